"""Tasks that are shared with whoever works on the same run."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")


POLL = 0.5
"""Seconds between looks at whether other processes have finished tasks, or died at them."""


class Claim(Enum):
    """What came of the attempt to claim a task."""

    MINE = "mine"
    ELSEWHERE = "elsewhere"
    DONE = "done"


class Tasks(Generic[T]):
    """Tasks in their order, each until it is taken here or done elsewhere."""

    def __init__(self, tasks: Sequence[T], claim: Callable[[T], Claim] = lambda _: Claim.MINE) -> None:
        """Takes tasks, and what is asked before one is given out; without that, all are this process's."""
        self._waiting = deque(tasks)
        self._claim = claim

    def __len__(self) -> int:
        """How many are left, those among them that other processes are at, which may die."""
        return len(self._waiting)

    def take(self) -> T | None:
        """The next task that is this process's, claimed; None where none is left or all that are left are others'."""
        for _ in range(len(self._waiting)):
            task = self._waiting.popleft()
            claim = self._claim(task)
            if claim is Claim.MINE:
                return task
            if claim is Claim.ELSEWHERE:
                self._waiting.append(task)
        return None


def taken(tasks: Tasks[T]) -> Iterator[T]:
    """The tasks that this process gets, until none is left; waits for those of others, and takes them if these die."""
    while tasks:
        task = tasks.take()
        if task is None:
            time.sleep(POLL)
        else:
            yield task
