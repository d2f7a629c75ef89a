"""What a journal's events add up to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .journal import Event, FeaturesEvent, ReportEvent, ScoresEvent, SessionEvent, ShardEvent


@dataclass
class PointState:
    """What is done of one operating point. Each depends on the one before: a new shard voids features and scores."""

    shards: dict[int, ShardEvent] = field(default_factory=dict)
    features: FeaturesEvent | None = None
    scores: ScoresEvent | None = None
    shard_sessions: dict[int, int | None] = field(default_factory=dict)
    """The session, counted from 0, that each shard was made in; None where the journal's line on it is damaged."""

    @property
    def sessions(self) -> set[int | None]:
        """The sessions that its shards were made in."""
        return {self.shard_sessions[index] for index in self.shards}

    def void_shard(self, index: int) -> None:
        """Forgets a shard that is no longer what it was, and all that was made from it."""
        self.shards.pop(index, None)
        self.void_features()

    def void_features(self) -> None:
        """Forgets the features, and the scores that were made from them."""
        self.features = None
        self.scores = None


@dataclass
class RunState:
    """What is done of a run."""

    points: dict[str, PointState] = field(default_factory=dict)
    sessions: list[SessionEvent] = field(default_factory=list)
    session_numbers: dict[str, int] = field(default_factory=dict)
    """Where a process stands among the sessions; by its name the last one of it."""
    report: ReportEvent | None = None
    last_change: str | None = None
    """When the numbers last changed, in UTC."""

    @classmethod
    def of(cls, events: Iterable[Event]) -> RunState:
        """Adds up events."""
        state = cls()
        for event in events:
            state.apply(event)
        return state

    def point(self, name: str) -> PointState:
        """What is done of a point; nothing at first."""
        return self.points.setdefault(name, PointState())

    def apply(self, event: Event) -> None:
        """Adds one event."""
        match event:
            case SessionEvent():
                self.session_numbers[event.session] = len(self.sessions)
                self.sessions.append(event)
            case ShardEvent():
                point = self.point(event.point)
                point.void_shard(event.shard)
                point.shards[event.shard] = event
                point.shard_sessions[event.shard] = self.session_numbers.get(event.session)
            case FeaturesEvent():
                point = self.point(event.point)
                point.void_features()
                point.features = event
            case ScoresEvent():
                self.point(event.point).scores = event
                self.last_change = event.time
            case ReportEvent():
                self.report = event
