"""``beatgans papers``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Json

if TYPE_CHECKING:
    from ...reports import ResultsTable
    from ...reports.published import PublishedRow, Quantity

FORMATS = "terminal|markdown|latex|csv|html"


def papers(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[WORDS...]",
            help="What to look for: a paper, a table, a data set, a model, such as adm 'table 5' 'imagenet 256'."
            " All tables are listed by default.",
        ),
    ] = None,
    form: Annotated[str, typer.Option("--format", metavar=FORMATS, help="How to print what is found.")] = "terminal",
    as_json: Json = False,
) -> None:
    """Show published numbers, with their sources and errata: the tables of ADM, Improved DDPM and later models."""
    from ...reference_batches import InputError, hint
    from ...reports.published import published_quantities, published_scores, search

    if form not in FORMATS.split("|"):
        raise InputError(f"there is no format {form!r}; {hint(form, FORMATS.split('|'))}")
    scores, quantities = published_scores(), published_quantities()
    if not words:
        _list_tables([*scores, *quantities], as_json)
        return
    rows, others = search(scores, words), search(quantities, words)
    if not rows and not others:
        raise InputError(
            f"no published number is found under {' '.join(words)!r}; `beatgans papers` lists papers and tables"
        )
    if as_json:
        _print_json(rows, others)
    else:
        _print(rows, others, form)


def _list_tables(entries: Sequence[PublishedRow | Quantity], as_json: bool) -> None:
    """The papers and their tables, with how many numbers each has."""
    counts = Counter((entry.provenance.paper, entry.provenance.citation, entry.provenance.table) for entry in entries)
    if as_json:
        import json

        keys = ("paper", "citation", "table", "rows")
        print(json.dumps([dict(zip(keys, (*place, count), strict=True)) for place, count in counts.items()], indent=2))
        return
    by_paper: dict[str, list[str]] = {}
    for (paper, citation, table), count in counts.items():
        by_paper.setdefault(f"{paper} ({citation})", []).append(f"  {count:4}  {table}")
    for paper, tables in by_paper.items():
        print("\n".join([paper, *tables]))


def _print_json(rows: Sequence[PublishedRow], others: Sequence[Quantity]) -> None:
    import json
    from dataclasses import asdict

    found = {"scores": [asdict(row) for row in rows], "quantities": [asdict(entry) for entry in others]}
    print(json.dumps(found, indent=2, ensure_ascii=False))


def _print(rows: Sequence[PublishedRow], others: Sequence[Quantity], form: str) -> None:
    from ...reports import render
    from ...reports.published import quantities_table, scores_table

    tables: list[ResultsTable] = [scores_table(rows)] if rows else []
    tables += [quantities_table(others)] if others else []
    if form == "terminal":
        from rich.console import Console

        for table in tables:
            Console().print(render.terminal(table))
        return
    draw = {"markdown": render.markdown, "latex": render.latex, "csv": render.csv, "html": render.html}[form]
    print("\n".join(map(draw, tables)), end="")
