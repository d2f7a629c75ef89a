"""A run that a process holds open."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random

from ..generators.stopwatch import Stopwatch
from .claims import Claims
from .folder import RunFolder
from .journal import CommandEvent, Event, Journal, SessionEvent, ShardEvent
from .manifest import Manifest
from .plan import Shard, plan_shards
from .points import OperatingPoint
from .progress import Progress
from .shards import damage
from .state import RunState
from .suite import Suite
from .tasks import Claim


@dataclass(frozen=True)
class OpenRun:
    """What the stages of a run work on.

    Attributes:
        suite: what is asked for.
        points: its operating points.
        folder: where everything is kept.
        manifest: what the run is.
        journal: what was done.
        state: what that adds up to.
        claims: which process does what.
        progress: where to say how it goes.
        session: the name of this process among those that work on the run.
        watch: what the stages take, and the work within them, by the names of :mod:`.overhead`.
    """

    suite: Suite
    points: tuple[OperatingPoint, ...]
    folder: RunFolder
    manifest: Manifest
    journal: Journal
    state: RunState
    claims: Claims
    progress: Progress
    session: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    watch: Stopwatch = field(default_factory=Stopwatch)

    def record(self, event: Event) -> None:
        """Notes that something was done.

        Raises:
            OSError: the journal cannot be written.
        """
        if isinstance(event, SessionEvent | ShardEvent | CommandEvent):
            event = event.model_copy(update={"session": self.session})
        for new in self.journal.append(event):
            self.state.apply(new)

    def refresh(self) -> None:
        """Takes note of what other processes have done.

        Raises:
            OSError: the journal cannot be read.
        """
        for new in self.journal.refresh():
            self.state.apply(new)

    def claim(self, name: str, is_done: Callable[[], bool]) -> Claim:
        """Claims a piece of work, unless another process is at it or has done it; :meth:`Claims.release` gives it back.

        Raises:
            OSError: the journal cannot be read.
            RunError: the file system knows no locks.
        """
        if is_done():
            return Claim.DONE
        if not self.claims.take(name):
            return Claim.ELSEWHERE
        self.refresh()  # what the last holder of the claim has recorded
        if not is_done():
            return Claim.MINE
        self.claims.release(name)
        return Claim.DONE

    def places(self) -> Random:
        """Draws where this process goes on among tasks that others are at: elsewhere than any of them."""
        return Random(self.session)

    def shards(self, point: OperatingPoint) -> tuple[Shard, ...]:
        """All shards of a point."""
        return plan_shards(self.manifest.identity.num_images_of(point), self.suite.shard_size)

    def missing_shards(self, point: OperatingPoint) -> list[Shard]:
        """The shards of a point that are still to be made."""
        done = self.state.point(point.id).shards
        return [shard for shard in self.shards(point) if shard.index not in done]

    def verify(self, chosen: Sequence[OperatingPoint]) -> None:
        """Checks the files of all points against the journal, and forgets those that are damaged and what came of them.

        Args:
            chosen: the points that are worked on now.
        """
        if self.journal.damaged_lines:
            lines = ", ".join(map(str, self.journal.damaged_lines))
            self.progress.warn(
                f"{self.folder.journal} is damaged in line {lines}; what it recorded there is made again"
            )
        for point in self.points:
            done = self.state.point(point.id)
            cure = "it is made again" if point in chosen else "it is made again by a run without --only"
            for index, event in sorted(done.shards.items()):
                path = self.folder.shard(point.id, index)
                if problem := damage(path, event.sha256):
                    self.progress.warn(f"{path} {problem}; {cure}")
                    done.void_shard(index)
            path = self.folder.features(point.id)
            if done.features and (problem := damage(path, done.features.sha256)):
                self.progress.warn(f"{path} {problem}; {cure}")
                done.void_features()
            if done.features is None or self.missing_shards(point):
                done.void_features()
