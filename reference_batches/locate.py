"""From what a user types to a file or a folder."""

from __future__ import annotations

from pathlib import Path

from .built_in import REFERENCES
from .catalog import catalog
from .download import check_file
from .errors import InputError
from .suggestions import hint, near_names


def locate(name_or_path: str) -> Path:
    """The path of a file or a folder that a user names by its path or by its name in the catalog.

    A file of the catalog is held to the SHA-256 that it had when it was fetched.

    Raises:
        InputError: nothing is there, the file of the catalog has not been fetched, or it has changed since.
    """
    path = Path(name_or_path)
    entry = catalog().get(name_or_path)
    if entry is not None and not path.exists():
        if not entry.path.exists():
            raise InputError(
                f"{name_or_path} has not been fetched; `beatgans reference fetch {name_or_path}` does so "
                f"({entry.approximate_bytes / 1e9:.1f} GB)"
            )
        check_file(entry.path)
        return entry.path
    if path.exists():
        return path
    if path.suffix in {".npz", ".zip"} or path.parent != Path():
        raise InputError(f"{path} does not exist")
    if close := near_names(name_or_path, [*REFERENCES, *catalog()]):
        raise InputError(f"there is no reference named {name_or_path!r}; {hint(name_or_path, close)}")
    raise InputError(
        f"there is no reference named {name_or_path!r}; known are {', '.join(REFERENCES)}, the names of `beatgans"
        " reference list`, and the path of an .npz file, a folder or a zip archive of images"
    )
