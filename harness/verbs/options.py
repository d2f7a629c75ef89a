"""Options that several verbs share, spelt alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Device = Annotated[str, typer.Option(metavar="auto|cpu|cuda", help="Where to compute.")]
BatchSize = Annotated[
    int | None,
    typer.Option(min=1, help="Images computed at once; pixels differ by a rounding.", show_default="the suite's"),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RunPath = Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run, or its results.json.")]
BaselineFile = Annotated[
    Path, typer.Option("--baseline", metavar="FILE", help="What it is held against; see `beatgans baseline`.")
]
