"""Work in processes of its own, several at a time, which end with this one however that goes."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections import deque
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from typing import TypeVar

from ...reference_batches import end_with_parent
from ..workers import conversation, deaf_to_signals, portable

Task = TypeVar("Task")
Tell = Callable[[int], None]
"""Called with the amount of work that was just done."""
Work = Callable[[Task, int, Tell], None]
"""Does a task in the process of a number, and tells how far it is."""


def do_side_by_side(work: Work[Task], tasks: Sequence[Task], processes: int, tell: Tell) -> None:
    """Does the tasks in so many processes, in their order.

    A task that fails ends all others.

    Raises:
        InputError: a task has bad input.
        FloatingPointError: as a task does.
        OSError: a file cannot be written.
        RunError: a process failed otherwise or died.
    """
    waiting = deque(tasks)
    with contextlib.ExitStack() as stack:
        idle = deque(_start(work, number, stack) for number in range(min(processes, len(tasks))))
        at_work: set[Connection] = set()
        while waiting or at_work:
            while waiting and idle:
                process = idle.popleft()
                with conversation("training"):
                    process.send(waiting.popleft())
                at_work.add(process)
            for ready in wait(list(at_work)):
                assert isinstance(ready, Connection)
                with conversation("training"):
                    message: int | Exception | None = ready.recv()
                if isinstance(message, Exception):
                    raise message
                if message is None:
                    at_work.remove(ready)
                    idle.append(ready)
                else:
                    tell(message)


def _start(work: Work[Task], number: int, stack: contextlib.ExitStack) -> Connection:
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


def _serve(work: Work[Task], number: int, connection: Connection) -> None:
    """A process's life: does each task that arrives, and says None at its end."""
    end_with_parent()
    with contextlib.suppress(ConnectionError, EOFError):  # where the parent is gone nobody asks
        try:
            while True:
                work(connection.recv(), number, connection.send)
                connection.send(None)
        except Exception as error:
            connection.send(portable(error, "training"))
