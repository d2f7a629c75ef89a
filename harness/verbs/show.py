"""``beatgans show``."""

from __future__ import annotations

from typing import Annotated

import typer

from .options import Json


def show(
    name: Annotated[str, typer.Argument(help="A model, suite, reference, extractor or recipe, or a run's folder.")],
    as_json: Json = False,
) -> None:
    """Show all that is known under a name."""
    from ..entries import show_entries

    entries = show_entries(name)
    if as_json:
        import json

        print(json.dumps(entries, indent=2))
        return
    import yaml

    print(
        yaml.safe_dump({kind.removesuffix("s"): entry for kind, entry in entries.items()}, sort_keys=False, width=120),
        end="",
    )
