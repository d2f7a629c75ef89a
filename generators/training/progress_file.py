"""``progress.csv``: how a training goes, a line for so many steps."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from ...reference_batches import atomic_write

STEP = "step"


class ProgressFile:
    """Lines behind one another; of a training that goes on, those up to its checkpoint stay."""

    def __init__(self, path: Path, first_step: int) -> None:
        """Opens the file, and drops what was written after ``first_step`` steps.

        Raises:
            OSError: it cannot be written.
        """
        self._path = path
        self._header: list[str] | None = None
        kept = [row for row in _rows(path) if int(row[STEP]) <= first_step]
        if kept:
            self._header = list(kept[0])
        with atomic_write(path) as file:
            if self._header is not None:
                file.write(_line(self._header).encode())
                for row in kept:
                    file.write(_line(list(row.values())).encode())

    def write(self, values: Mapping[str, float | int]) -> None:
        """Adds a line; the first one names the columns.

        Raises:
            OSError: it cannot be written.
        """
        with self._path.open("a", encoding="utf-8", newline="") as file:
            if self._header is None:
                self._header = list(values)
                file.write(_line(self._header))
            file.write(_line([_text(values[name]) for name in self._header]))


def read_progress(path: Path) -> dict[str, list[float]]:
    """The columns of a file, by their names."""
    rows = _rows(path)
    return {name: [float(row[name]) for row in rows] for name in (rows[0] if rows else ())}


def _rows(path: Path) -> list[dict[str, str]]:
    """The whole lines of a file; a process that was killed may have left the last one cut off."""
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8")
    whole = text[: text.rfind("\n") + 1]
    return list(csv.DictReader(io.StringIO(whole)))


def _text(value: float | int) -> str:
    return str(value) if isinstance(value, int) else f"{value:.6g}"


def _line(values: list[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue()
