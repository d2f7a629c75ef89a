"""The journal of a run: one line of JSON for each thing that was done, in order, synced to disk line by line.

It is only ever appended to, by one process or by several in turn. What the lines mean together, :mod:`.state` says.
"""

from __future__ import annotations

import fcntl
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, BinaryIO, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ..reference_batches import InputError
from ..reports import ScoreRecord
from ..reports.record import Setting


def now() -> str:
    """The time in UTC, to the second, as ISO-8601."""
    return datetime.now(UTC).isoformat(timespec="seconds")


class _Event(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    time: str = Field(default_factory=now)
    """When it was done, in UTC."""


class SessionEvent(_Event):
    """A process began to work on the run."""

    event: Literal["session"] = "session"
    session: str = ""
    """Tells it from other processes, which may work at the same time."""
    command: str
    environment: dict[str, Setting]


class ShardEvent(_Event):
    """A shard was written."""

    event: Literal["shard"] = "shard"
    session: str = ""
    """The process that made it."""
    point: str
    shard: int
    sha256: str
    """Of the shard's file."""
    num_parameters: int | None = None
    """Of the model; None for existing images, as are all of the following."""
    batch_size: int | None = None
    """Images sampled at once."""
    timings: tuple[tuple[int, float], ...] = ()
    """(images, seconds) of each measured batch; the warm-up is not among them."""
    measured_seconds: dict[str, float] = {}
    """Of these batches together, by kinds of work; empty where the generator does not tell them apart."""
    all_seconds: dict[str, float] = {}
    """Of all batches together, the warm-up included; of a generator that does not tell, all are the network's."""
    writing_seconds: float | None = None
    """Of the shard's file."""
    num_images: int | None = None
    """How many it holds."""
    flops_per_image: int | None = None
    """Operations of all networks; None where another program makes the images."""
    network_evaluations: int | None = None
    """For each image, as counted."""
    classifier_evaluations: int | None = None
    """For each image, as counted."""
    peak_memory_bytes: int | None = None
    peak_memory_reason: str | None = None
    """Why the peak is unknown."""


class FeaturesEvent(_Event):
    """The features of a point were written."""

    event: Literal["features"] = "features"
    point: str
    sha256: str
    """Of the features' file."""
    samples_sha256: str
    """Of the pixels of all samples in their order."""


class ScoresEvent(_Event):
    """A point was scored."""

    event: Literal["scores"] = "scores"
    point: str
    samples_sha256: str
    """Of the pixels that were scored."""
    scores: dict[str, ScoreRecord]
    class_fids: dict[str, ScoreRecord] = {}
    """By label; empty where the suite does not ask for them."""
    protocol: dict[str, Setting]
    warnings: tuple[str, ...]


class CommandEvent(_Event):
    """A command that had work to do has done it."""

    event: Literal["command"] = "command"
    session: str = ""
    """The process."""
    workers: int
    """Processes that it sampled with."""
    wall_seconds: float
    """From its beginning to the end of the report."""
    seconds: dict[str, float]
    """Of its stages and of the work within them, by the names of :mod:`.overhead`."""


class ReportEvent(_Event):
    """The report was written."""

    event: Literal["report"] = "report"
    results_sha256: str
    """Of the results.json that it shows."""


Event = SessionEvent | ShardEvent | FeaturesEvent | ScoresEvent | CommandEvent | ReportEvent
_EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


class Journal:
    """An open journal, which other processes may append to as well.

    Attributes:
        events: what it says, oldest first, as far as it has been read.
        damaged_lines: the numbers of lines that say nothing readable, counted from 1.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.events: list[Event] = []
        self.damaged_lines: list[int] = []
        self._read_to = 0
        self._lines = 0

    @classmethod
    def open(cls, path: Path) -> Self:
        """Reads a journal, which may not exist yet.

        Raises:
            InputError: it cannot be read.
        """
        journal = cls(path)
        try:
            journal.refresh()
        except OSError as error:
            raise InputError(f"{path} cannot be read ({error.strerror}); choose another folder with -o") from error
        return journal

    def refresh(self) -> list[Event]:
        """Reads on, and returns the events that are new.

        A last line without its end is left alone: it is being written, or was when its process died.

        Raises:
            OSError: it cannot be read.
        """
        if not self.path.exists():
            return []
        with self.path.open("rb") as file:
            return self._read(file)

    def append(self, event: Event) -> list[Event]:
        """Adds an event, which is on disk when this returns.

        Returns:
            The events that are new since it was last read: those of other processes, then this one.

        Raises:
            OSError: the journal cannot be written.
        """
        with self.path.open("a+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX)  # until it is closed
            new = self._read(file)
            file.truncate(self._read_to)  # less the line that a process wrote as it died; it records nothing
            file.write(event.model_dump_json().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
            return [*new, *self._read(file)]

    def _read(self, file: BinaryIO) -> list[Event]:
        """The events from where it was last read up to the last whole line."""
        file.seek(self._read_to)
        content = file.read()
        whole = content.rfind(b"\n") + 1
        new: list[Event] = []
        for line in content[:whole].splitlines():
            self._lines += 1
            try:
                new.append(_EVENT.validate_json(line))
            except ValidationError:
                self.damaged_lines.append(self._lines)
        self._read_to += whole
        self.events += new
        return new
