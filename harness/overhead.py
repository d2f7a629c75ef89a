"""What a command of a run spends on anything but networks, pixels and metrics."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..generators.stopwatch import GUIDANCE, NETWORK, TRANSFER, sum_of_seconds
from ..reference_batches import atomic_write
from .journal import CommandEvent, Event, SessionEvent, ShardEvent

SCHEMA = "beatgans/overhead/1"

STARTING, SAMPLING, SCORING, REPORT = "starting", "sampling", "scoring", "report"
"""The stages of a command."""
FEATURES, METRICS = "features", "metrics"
"""The work within scoring."""
STAGES = (STARTING, SAMPLING, SCORING, REPORT)
SAMPLED = (NETWORK, GUIDANCE, TRANSFER)
"""The work of making images that is a network's, or makes pixels of what it puts out."""


@dataclass(frozen=True)
class Overhead:
    """The time of one command, as far as it had work to do. All is in seconds.

    Attributes:
        session: the process, as the journal has it.
        command: the command line.
        workers: processes that it sampled with.
        wall: from the command's beginning to the end of its report, without the start of Python itself.
        stages: of the wall time: ``starting``, ``sampling``, ``scoring``, ``report``.
        sampling: of all workers together: what their batches took by kinds of work, and ``writing``.
        features: of the extractor's network.
        metrics: of the scores and their standard errors.
        overhead: what is left of the wall time without networks, pixels, features and metrics; work of several
            processes counts as if they had shared it evenly.
    """

    session: str
    command: str
    workers: int
    wall: float
    stages: Mapping[str, float]
    sampling: Mapping[str, float]
    features: float
    metrics: float
    overhead: float

    @property
    def share(self) -> float:
        """The overhead's share of the wall time: 0 to 1."""
        return self.overhead / self.wall


def overheads(events: Iterable[Event]) -> list[Overhead]:
    """Those of all commands that the journal has the end of, oldest first."""
    events = list(events)
    commands = {event.session: event.command for event in events if isinstance(event, SessionEvent)}
    shards = [event for event in events if isinstance(event, ShardEvent)]
    return [
        _overhead(event, commands.get(event.session, ""), [shard for shard in shards if shard.session == event.session])
        for event in events
        if isinstance(event, CommandEvent)
    ]


def _overhead(event: CommandEvent, command: str, shards: Sequence[ShardEvent]) -> Overhead:
    sampling = sum_of_seconds(
        *(shard.all_seconds for shard in shards), {"writing": sum(shard.writing_seconds or 0.0 for shard in shards)}
    )
    features, metrics = (event.seconds.get(kind, 0.0) for kind in (FEATURES, METRICS))
    useful = sum(sampling.get(kind, 0.0) for kind in SAMPLED) / event.workers + features + metrics
    return Overhead(
        event.session,
        command,
        event.workers,
        event.wall_seconds,
        {stage: event.seconds.get(stage, 0.0) for stage in STAGES},
        sampling,
        features,
        metrics,
        max(0.0, event.wall_seconds - useful),
    )


def write_overheads(path: Path, all_of_them: Sequence[Overhead]) -> None:
    """Writes the commands of a run and where their time went.

    Raises:
        OSError: it cannot be written.
    """
    commands: list[dict[str, Any]] = [{**asdict(each), "share": each.share} for each in all_of_them]
    with atomic_write(path) as file:
        file.write(json.dumps({"schema": SCHEMA, "commands": commands}, indent=2).encode() + b"\n")
