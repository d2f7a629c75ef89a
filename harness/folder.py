"""The folder of a run: where things are in it, and who may work in it."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from ..reference_batches import InputError, is_unfinished

LOCK = ".lock"
CLAIMS = ".claims"
FIGURES = ("fid_against_steps", "fid_against_seconds", "precision_against_recall")
"""The figures that every report has; others are there where there is something to draw in them."""
NOTATIONS = ("md", "tex", "csv", "html")
REPORT_FILES = (
    *(f"table.{notation}" for notation in NOTATIONS),
    *(f"figures/{name}.{kind}" for name in FIGURES for kind in ("svg", "png")),
    "index.html",
)
"""The files that every report has, the page last: where it is, all that it is made of is there too."""


@dataclass(frozen=True)
class RunFolder:
    """The paths of a run's files.

    Attributes:
        path: the folder.
    """

    path: Path

    @property
    def manifest(self) -> Path:
        """What the run is."""
        return self.path / "manifest.json"

    @property
    def claims(self) -> Path:
        """Which process does what."""
        return self.path / CLAIMS

    @property
    def journal(self) -> Path:
        """What was done, line by line."""
        return self.path / "journal.jsonl"

    @property
    def results(self) -> Path:
        """What came out."""
        return self.path / "results.json"

    @property
    def overhead(self) -> Path:
        """Where the time of each command went."""
        return self.path / "overhead.json"

    @property
    def report(self) -> Path:
        """The folder of what people read."""
        return self.path / "report"

    @property
    def page(self) -> Path:
        """The report's page."""
        return self.report / "index.html"

    def has_report(self) -> bool:
        """Whether all files of the report are there."""
        return all((self.report / name).is_file() for name in REPORT_FILES)

    def shard(self, point: str, index: int) -> Path:
        """A shard of an operating point's images."""
        return self.path / "points" / point / "shards" / f"{index:05d}.npz"

    @property
    def reference_features(self) -> Path:
        """The folder of the features of the reference's images."""
        return self.path / "reference"

    def part_of_features(self, point: str, digest: str) -> Path:
        """The features of some shards of an operating point, which ``digest`` tells from those of any others."""
        return self.path / "points" / point / "parts" / f"{digest}.npz"

    def features(self, point: str) -> Path:
        """The features of an operating point's images."""
        return self.path / "points" / point / "features.npz"


def unused_folder(path: Path) -> Path:
    """``path``, or the first of ``path-2``, ``path-3``, ... that is not there yet."""
    if path.name in {"", ".."}:  # "." and ".." have no name that a number could be put behind
        path = path.resolve()
    return next(
        folder
        for number in count(1)
        if not (folder := path if number == 1 else path.with_name(f"{path.name}-{number}")).exists()
    )


def check_folder(path: Path) -> None:
    """Refuses a folder that no run can be in, without touching it.

    Raises:
        InputError: the folder holds something other than a run, or cannot be read.
    """
    try:
        foreign = path.exists() and not _is_run_or_empty(RunFolder(path))
    except OSError as error:
        raise InputError(f"the folder {path} cannot be read ({error.strerror}); choose another with -o") from error
    if foreign:
        raise InputError(
            f"{path} is not empty and holds no run (it has no manifest.json); choose another folder with -o"
        )


@contextlib.contextmanager
def open_folder(path: Path) -> Iterator[RunFolder]:
    """Makes the folder where it is not there yet, and works in it beside any other processes that do.

    Raises:
        InputError: the folder holds something other than a run, or cannot be written.
    """
    check_folder(path)
    make_folder(path)
    with hold_folder(path):
        yield RunFolder(path)


@contextlib.contextmanager
def hold_folder(path: Path) -> Iterator[None]:
    """Works in a folder that is there, beside any other processes that do.

    Whoever is alone in it first removes what killed processes have left half-written. The lock is the kernel's, so it
    ends with the process however that dies.

    Raises:
        InputError: the folder cannot be written.
    """
    try:
        lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise _not_writable(path, error) from error
    try:
        if _is_alone(lock):
            _remove_unfinished(path)
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield
    finally:
        os.close(lock)


def make_folder(path: Path) -> None:
    """Makes a folder where it is not there yet.

    Raises:
        InputError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _not_writable(path, error) from error


def _not_writable(path: Path, error: OSError) -> InputError:
    return InputError(f"the folder {path} cannot be written ({error.strerror}); choose another with -o")


def _is_run_or_empty(folder: RunFolder) -> bool:
    """Whether a run lives here, or may."""
    return folder.manifest.exists() or is_empty(folder.path)


def is_empty(path: Path) -> bool:
    """Whether a folder holds nothing, but for what a command that was killed at birth leaves: files with a dot.

    Raises:
        OSError: it cannot be read.
    """
    return all(_is_ours(entry) for entry in path.iterdir())


def _is_ours(entry: Path) -> bool:
    return entry.name in {LOCK, CLAIMS} or is_unfinished(entry)


def _is_alone(lock: int) -> bool:
    """Whether no other process works in the folder of this lock, which keeps others out until it is shared."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove_unfinished(path: Path) -> None:
    """Removes the temporary files of writes that a killed process did not finish."""
    for file in filter(is_unfinished, path.rglob(".*.tmp")):
        file.unlink(missing_ok=True)
