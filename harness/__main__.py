"""``python -m beatgans.harness`` is the program ``beatgans``."""

import sys

from .cli import main

sys.exit(main())
