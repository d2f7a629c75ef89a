"""Tasks that are shared with whoever works on the same run."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")

LOOKS = 8
"""Tasks in a row that are tried although others are at them, before a pause."""
POLL = 0.5
"""Seconds between looks at whether other processes have finished tasks, or died at them; at first."""
LONGEST_POLL = 10.0
"""Where that takes long: many processes that look often would keep the file server from those that work."""
GROWTH = 1.25
"""How much longer each pause is than the one before, so that it is about a fifth of what was waited already."""


class Claim(Enum):
    """What came of the attempt to claim a task."""

    MINE = "mine"
    ELSEWHERE = "elsewhere"
    DONE = "done"


class Tasks(Generic[T]):
    """Tasks in their order, each until it is taken here or done elsewhere.

    Where many processes share tasks, those that come in one order would all walk over what the others are at. So
    whoever meets others goes on at a place of its own; whoever is alone keeps to the order.

    Attributes:
        pause: seconds to wait before the next look, where the last one found nothing.
    """

    def __init__(
        self,
        tasks: Sequence[T],
        claim: Callable[[T], Claim] = lambda _: Claim.MINE,
        places: Random | None = None,
    ) -> None:
        """Takes tasks.

        Args:
            tasks: in their order.
            claim: asked before one is given out; without it, all are this process's.
            places: draws where to go on after a task that others are at; without it, at the next one.
        """
        self._waiting = deque(tasks)
        self._claim = claim
        self._places = places
        self.pause = POLL

    def __len__(self) -> int:
        """How many are left, those among them that other processes are at, which may die."""
        return len(self._waiting)

    def take(self) -> T | None:
        """The next task that is this process's, claimed; None where none is left or all that were tried are others'."""
        taken: T | None = None
        others: list[T] = []
        while self._waiting and taken is None and len(others) < LOOKS:
            task = self._waiting.popleft()
            claim = self._claim(task)
            if claim is Claim.MINE:
                taken = task
            elif claim is Claim.ELSEWHERE:
                others.append(task)
                self._go_on()
        self._waiting.extend(others)
        self.pause = min(GROWTH * self.pause, LONGEST_POLL) if taken is None else POLL
        return taken

    def _go_on(self) -> None:
        if self._places is not None and self._waiting:
            self._waiting.rotate(self._places.randrange(len(self._waiting)))


def taken(tasks: Tasks[T]) -> Iterator[T]:
    """The tasks that this process gets, until none is left; waits for those of others, and takes them if these die."""
    while tasks:
        task = tasks.take()
        if task is not None:
            yield task
        elif tasks:
            time.sleep(tasks.pause)
