"""Files that a command is told to write: never those that it reads, nor the records of a run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from ..reference_batches import InputError, atomic_write

RECORDS = ("manifest.json", "journal.jsonl", "results.json")
"""The files of a run's folder that nothing but the run may write."""


def check_outputs(outputs: Mapping[str, Path | None], inputs: Iterable[Path]) -> None:
    """Refuses outputs that are inputs, records of a run, or one file twice.

    Args:
        outputs: the files by the options that name them; None where an option is not given.
        inputs: the files that the command reads.

    Raises:
        InputError: says which option.
    """
    read = {path.resolve() for path in inputs}
    taken: dict[Path, str] = {}
    for option, path in outputs.items():
        if path is None:
            continue
        place = path.resolve()
        if place in read:
            raise InputError(f"{option} {path}: this file is read by the same command; name another")
        if place.name in RECORDS and (place.parent / RECORDS[0]).exists():
            raise InputError(f"{option} {path}: this is a record of the run in {path.parent}; name another file")
        if (other := taken.setdefault(place, option)) != option:
            raise InputError(f"{option} {path}: {other} names the same file; name another")


def write_output(option: str, path: Path, content: bytes) -> None:
    """Writes a file, whole or not at all.

    Raises:
        InputError: it cannot be written; the message names the option.
    """
    try:
        with atomic_write(path) as file:
            file.write(content)
    except OSError as error:
        raise InputError(f"{option} {path} cannot be written ({error.strerror}); name another file") from error
