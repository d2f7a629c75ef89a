"""The journal of a run: one line of JSON for each thing that was done, in order, synced to disk line by line.

It is only ever appended to. What the lines mean together is :mod:`.state`'s matter.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal, Self

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
    command: str
    environment: dict[str, Setting]


class ShardEvent(_Event):
    """A shard was written."""

    event: Literal["shard"] = "shard"
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


class ReportEvent(_Event):
    """The report was written."""

    event: Literal["report"] = "report"
    results_sha256: str
    """Of the results.json that it shows."""


Event = SessionEvent | ShardEvent | FeaturesEvent | ScoresEvent | ReportEvent
_EVENT: TypeAdapter[Event] = TypeAdapter(Annotated[Event, Field(discriminator="event")])


class Journal:
    """An open journal.

    Attributes:
        events: what it says, oldest first.
        damaged_lines: the numbers of lines that say nothing readable, counted from 1.
    """

    def __init__(self, path: Path, events: list[Event], damaged_lines: list[int]) -> None:
        self.path = path
        self.events = events
        self.damaged_lines = damaged_lines

    @classmethod
    def open(cls, path: Path) -> Self:
        """Reads a journal, which may not exist yet, and readies it to be appended to.

        A last line without its end was being written when the process died. It records nothing and is cut off.

        Raises:
            InputError: it cannot be read.
            OSError: it cannot be written.
        """
        try:
            content = path.read_bytes() if path.exists() else b""
        except OSError as error:
            raise InputError(f"{path} cannot be read ({error.strerror}); choose another folder with -o") from error
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(path, whole)
        events: list[Event] = []
        damaged = []
        for number, line in enumerate(content[:whole].splitlines(), start=1):
            try:
                events.append(_EVENT.validate_json(line))
            except ValidationError:
                damaged.append(number)
        return cls(path, events, damaged)

    def append(self, event: Event) -> None:
        """Adds an event, which is on disk when this returns.

        Raises:
            OSError: it cannot be written.
        """
        with self.path.open("ab") as file:
            file.write(event.model_dump_json().encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        self.events.append(event)
