"""A run that a process holds open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .folder import RunFolder
from .journal import Event, Journal
from .manifest import Manifest
from .plan import Shard, plan_shards
from .points import OperatingPoint
from .progress import Progress
from .shards import damage
from .state import RunState
from .suite import Suite


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
        progress: where to say how it goes.
    """

    suite: Suite
    points: tuple[OperatingPoint, ...]
    folder: RunFolder
    manifest: Manifest
    journal: Journal
    state: RunState
    progress: Progress

    def record(self, event: Event) -> None:
        """Notes that something was done.

        Raises:
            OSError: the journal cannot be written.
        """
        self.journal.append(event)
        self.state.apply(event)

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
