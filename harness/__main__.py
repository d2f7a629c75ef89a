"""``python -m beatgans.harness`` is the program ``beatgans``."""

import sys

from .cli import main

if __name__ == "__main__":  # processes that a run starts import this module too
    sys.exit(main())
