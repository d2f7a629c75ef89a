"""``beatgans list``."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Json


def list_names(
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="[models|suites|references|extractors|recipes]", help="What to list; everything by default."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List what can be named: models, suites, references, extractors, recipes of training."""
    from ..entries import list_entries

    lists = list_entries(kind)
    if as_json:
        import json

        print(json.dumps(lists, indent=2))
        return
    width = max(len(name) for entries in lists.values() for name in entries)
    for heading, entries in lists.items():
        print(heading)
        for name, description in entries.items():
            print(f"  {name:{width}}  {description}")
