"""Progress on stderr: bars where it is a terminal, a line of text now and then where it is not."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress as Bars

Advance = Callable[[float], None]
"""Called with the amount of work that was just done."""


class Progress:
    """Where a command says how far it is. Standard output stays free for its results."""

    def __init__(self, quiet: bool = False) -> None:
        """Says nothing but warnings if ``quiet``, for all but one of the processes that do the same."""
        self._bars: Bars | None = None
        self._quiet = quiet

    @contextlib.contextmanager
    def bar(self, description: str, total: float, unit: str) -> Iterator[Advance]:
        """A bar with rate and time left, for the length of the ``with``; nothing where stderr is no terminal.

        Args:
            description: what is being done.
            total: the amount of work.
            unit: what it is measured in, in the plural.
        """
        if self._quiet or not sys.stderr.isatty() or total == 0:
            yield lambda _: None
            return
        self._bars = _make_bars(unit)
        with self._bars as bars:
            task = bars.add_task(description, total=total)
            try:
                yield lambda amount: bars.advance(task, amount)
            finally:
                self._bars = None

    def describe(self, description: str) -> None:
        """Changes what the bar says is being done."""
        if self._bars is not None:
            self._bars.update(self._bars.task_ids[-1], description=description)

    def note(self, text: str) -> None:
        """A line on how it goes, for logs; a terminal has the bar."""
        if not self._quiet and not sys.stderr.isatty():
            self.warn(text)

    def warn(self, text: str) -> None:
        """A line that should be seen in any case."""
        if self._bars is not None:
            self._bars.console.print(f"beatgans: {text}", markup=False, highlight=False, soft_wrap=True)
        else:
            print(f"beatgans: {text}", file=sys.stderr, flush=True)


class PacedNotes:
    """Lines on how far a long work is, for logs: one a minute, with the rate and the time that is left."""

    INTERVAL = 60.0
    """Seconds between two lines."""

    def __init__(
        self, progress: Progress, total: float, unit: str, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begins to count.

        Args:
            progress: where the lines go.
            total: the amount of work.
            unit: what it is measured in, in the plural.
            clock: tells the time, in seconds.
        """
        self.progress = progress
        self.total = total
        self.unit = unit
        self.clock = clock
        self.done = 0.0
        self.began = self.last = clock()

    def advance(self, amount: float, detail: str = "") -> None:
        """Counts work that was done, and says so when it is time; ``detail`` goes behind the line."""
        self.done += amount
        now = self.clock()
        if now - self.last < self.INTERVAL or self.done >= self.total:
            return
        self.last = now
        left = (self.total - self.done) * (now - self.began) / self.done
        self.progress.note(
            f"{self.done:,.0f} of {self.total:,.0f} {self.unit}, {self._rate()}, about {duration(left)} left{detail}"
        )

    def finish(self) -> None:
        """Says what it came to, if there was anything to do."""
        if self.total == 0:
            return
        self.progress.note(f"{self.done:,.0f} {self.unit} in {duration(self.clock() - self.began)}, {self._rate()}")

    def _rate(self) -> str:
        return f"{self.done / max(self.clock() - self.began, 1e-9):,.3g} {self.unit}/s"


def duration(seconds: float) -> str:
    """A time as people say it: ``42 s``, ``3 min``, ``2.5 h``."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _make_bars(unit: str) -> Bars:
    # Imported here because only terminals need it, and rich takes a tenth of a second.
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        ProgressColumn,
        Task,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class RateColumn(ProgressColumn):
        """Units a second."""

        def render(self, task: Task) -> Text:
            return Text(f"{task.speed:,.3g} {unit}/s" if task.speed is not None else f"... {unit}/s")

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        RateColumn(),
        TimeRemainingColumn(compact=True),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True, speed_estimate_period=60)
