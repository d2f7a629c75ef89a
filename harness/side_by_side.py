"""Work in processes of its own, several at a time, which end with this one however that goes."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from typing import Generic, TypeVar

from ..reference_batches import end_with_parent
from .workers import conversation, deaf_to_signals, portable

Task = TypeVar("Task")
Result = TypeVar("Result")
Tell = Callable[[int], None]
"""Called with the amount of work that was just done."""
Work = Callable[[Task, int, Tell], Result]
"""Does a task in the process of a number, tells how far it is, and returns what came of it."""


@dataclass(frozen=True)
class _Done(Generic[Result]):
    """What a process says at the end of a task."""

    result: Result


def do_side_by_side(work: Work[Task, Result], tasks: Sequence[Task], processes: int, tell: Tell) -> list[Result]:
    """Does the tasks in so many processes, begun in their order.

    A task that fails ends all others.

    Returns:
        What came of each, in the order of the tasks.

    Raises:
        InputError: a task has bad input.
        FloatingPointError: as a task does.
        OSError: a file cannot be written.
        RunError: a process failed otherwise or died.
    """
    waiting = deque(range(len(tasks)))
    results: dict[int, Result] = {}
    with contextlib.ExitStack() as stack:
        idle = deque(_start(work, number, stack) for number in range(min(processes, len(tasks))))
        at_work: dict[Connection, int] = {}
        while waiting or at_work:
            while waiting and idle:
                process = idle.popleft()
                at_work[process] = waiting.popleft()
                with conversation("training"):
                    process.send(tasks[at_work[process]])
            for ready in wait(list(at_work)):
                assert isinstance(ready, Connection)
                with conversation("training"):
                    message: int | Exception | _Done[Result] = ready.recv()
                if isinstance(message, Exception):
                    raise message
                if isinstance(message, _Done):
                    results[at_work.pop(ready)] = message.result
                    idle.append(ready)
                else:
                    tell(message)
    return [results[place] for place in range(len(tasks))]


def _start(work: Work[Task, Result], number: int, stack: contextlib.ExitStack) -> Connection:
    """Starts a process that ends with the stack, and returns the connection to it."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(work, number, theirs), daemon=True)
    with deaf_to_signals():
        process.start()
        stack.callback(process.join)
        stack.callback(process.kill)
    theirs.close()  # so that the process holds the only other end, and its death is heard
    return ours


def _serve(work: Work[Task, Result], number: int, connection: Connection) -> None:
    """A process's life: does each task that arrives, and says what came of it."""
    end_with_parent()
    with contextlib.suppress(ConnectionError, EOFError):  # where the parent is gone nobody asks
        try:
            while True:
                connection.send(_Done(work(connection.recv(), number, connection.send)))
        except Exception as error:
            connection.send(portable(error, "training"))
