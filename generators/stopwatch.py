"""Where the time of a batch goes, by kinds of work. Needs no torch where no GPU is timed."""

from __future__ import annotations

import contextlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, ParamSpec, TypeVar

if TYPE_CHECKING:
    import torch

P = ParamSpec("P")
R = TypeVar("R")

NETWORK, GUIDANCE, NOISE, TRANSFER = "network", "guidance", "noise", "transfer"
"""Kinds of work: the generating network; the classifier and its gradient; drawing noise; making whole levels of the
images, and bringing arrays from one memory to the other."""


class Stopwatch:
    """Adds up the seconds of each kind of work.

    A GPU works behind the program's back, so there each piece of work lies between two events in its queue, and no
    time is read before all is done: timing holds nothing up. On a processor the clock is read before and after.
    """

    def __init__(self, on_gpu: bool = False, clock: Callable[[], float] = time.perf_counter) -> None:
        """Begins at nothing.

        Args:
            on_gpu: whether the work is that of the current CUDA device.
            clock: tells the time in seconds, for all other work.
        """
        self._on_gpu = on_gpu
        self._clock = clock
        self._seconds: defaultdict[str, float] = defaultdict(float)
        self._events: list[tuple[str, torch.cuda.Event, torch.cuda.Event]] = []

    @contextlib.contextmanager
    def span(self, kind: str) -> Iterator[None]:
        """Counts the length of the ``with`` as work of a kind. Work of one kind must not lie within that of another."""
        if self._on_gpu:
            began = _recorded_event()
            yield
            self._events.append((kind, began, _recorded_event()))
            return
        start = self._clock()
        yield
        self._seconds[kind] += self._clock() - start

    def timed(self, kind: str, work: Callable[P, R]) -> Callable[P, R]:
        """The same function, each of whose calls is work of a kind."""

        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with self.span(kind):
                return work(*args, **kwargs)

        return call

    def seconds(self) -> dict[str, float]:
        """The seconds of each kind so far; waits for a GPU to be done with them."""
        for kind, began, ended in self._events:
            ended.synchronize()
            self._seconds[kind] += began.elapsed_time(ended) / 1000
        self._events.clear()
        return dict(self._seconds)


def _recorded_event() -> torch.cuda.Event:
    """An event in the queue of the current stream."""
    import torch

    event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
    event.record()
    return event


def sum_of_seconds(*parts: dict[str, float]) -> dict[str, float]:
    """The seconds of several stopwatches together, by kind."""
    total: defaultdict[str, float] = defaultdict(float)
    for part in parts:
        for kind, seconds in part.items():
            total[kind] += seconds
    return dict(total)
