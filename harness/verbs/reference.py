"""``beatgans reference``: what real images there are, and how to come by them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Json
from .reference_build import build

if TYPE_CHECKING:
    from ...reference_batches import CatalogEntry
    from ..progress import Progress

MEGABYTE = 1e6

app = typer.Typer(name="reference", no_args_is_help=False)
app.command("build")(build)


@app.callback()
def reference() -> None:
    """List, fetch and build references: the real images that samples are scored against."""


@app.command("list")
def list_references(as_json: Json = False) -> None:
    """List the built-in references and the batches that OpenAI released."""
    from ...reference_batches.catalog import TWO_PARTS
    from ..reference_entries import list_references

    references = list_references()
    if as_json:
        import json

        print(json.dumps(references, indent=2))
        return
    width = max(len(entry["name"]) for entry in references)
    for entry in references:
        print(f"{entry['name']:{width}}  {entry['description']}{' (fetched)' if entry['fetched'] else ''}")
        if entry["trap"]:
            print(f"{'':{width}}  ! {entry['trap']}")
    print(f"Of each released reference: {TWO_PARTS}.")


@app.command("show")
def show(
    name: Annotated[str, typer.Argument(help="A name of the list, or the path of a file or folder.")],
    as_json: Json = False,
) -> None:
    """Show all that is known of a reference, and what its file holds."""
    from ..reference_entries import show_reference

    facts = show_reference(name)
    if as_json:
        import json

        print(json.dumps(facts, indent=2))
        return
    import yaml

    print(yaml.safe_dump(facts, sort_keys=False, width=120, allow_unicode=True), end="")


@app.command("fetch")
def fetch_files(
    names: Annotated[list[str], typer.Argument(metavar="NAME...", help="Names of the list.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", help="Another folder.", show_default="the cache, found by name"),
    ] = None,
) -> None:
    """Fetch released batches; what was interrupted is continued."""
    from ...reference_batches import REFERENCES, InputError, catalog, hint
    from ..progress import Progress

    entries = []
    for name in names:
        if name in REFERENCES:
            raise InputError(f"{name} is built in; there is nothing to fetch")
        if name not in catalog():
            raise InputError(f"there is no released batch named {name!r}; {hint(name, catalog())}")
        entries.append(catalog()[name])
    for entry in entries:
        print(f"{entry.name}: {_fetch(entry, output or entry.path.parent, Progress())}")


def _fetch(entry: CatalogEntry, folder: Path, progress: Progress) -> Path:
    from ...reference_batches import fetch, remote_size

    if entry.note is not None:
        progress.warn(f"{entry.name}: {entry.note}")
    if (folder / entry.file).exists():
        return fetch(entry.url, entry.file, folder)
    size = remote_size(entry.url) or entry.approximate_bytes
    progress.warn(f"{entry.name}: fetching {size / 1e9:.2f} GB from {entry.url}")
    with progress.bar(f"Fetching {entry.name}", size / MEGABYTE, "MB") as advance:
        there = 0

        def report(done: int, _: int | None) -> None:
            nonlocal there
            advance((done - there) / MEGABYTE)
            there = done

        return fetch(entry.url, entry.file, folder, report)
