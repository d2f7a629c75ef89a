"""``beatgans compare``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Json


def compare(
    before: Annotated[Path, typer.Argument(metavar="A", help="The folder of a run, or its results.json.")],
    after: Annotated[Path, typer.Argument(metavar="B", help="Another one; changes are B less A.")],
    as_json: Json = False,
) -> None:
    """Compare two runs score by score, paired where they share seeds. It gives no verdict; `beatgans gate` does."""
    from ...reference_batches import InputError
    from ..compare import compare_runs
    from ..gating import read_run

    compared = compare_runs(read_run(before), read_run(after))
    if not compared.comparisons:
        raise InputError(f"no operating point is both in {before} and in {after}; there is nothing to compare")
    if as_json:
        from ...reports.readable_json import readable_json

        comparisons = [entry.model_dump(mode="json") for entry in compared.comparisons]
        print(
            readable_json({"comparisons": comparisons, "only_a": compared.only_before, "only_b": compared.only_after}),
            end="",
        )
        return
    from rich.console import Console

    from ...reports.labels import printable
    from ...reports.render.comparisons import comparison_table

    identical = sum(entry.finding == "identical" for entry in compared.comparisons)
    if identical < len(compared.comparisons):
        Console().print(comparison_table(compared.comparisons))
        print()
    print(f"{identical} of {len(compared.comparisons)} scores: the images are identical.")
    for name, only in (("A", compared.only_before), ("B", compared.only_after)):
        if only:
            print(f"Only in {name}: {printable(', '.join(only))}.")
