"""Work in processes of its own, several at a time, which end with this one however that goes."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TypeVar

from ...reference_batches import end_with_parent
from ..errors import RunError
from ..workers import deaf_to_signals, portable

Task = TypeVar("Task")
Tell = Callable[[int], None]
"""Called with the amount of work that was just done."""
Work = Callable[[Task, int, Tell], None]
"""Does a task, the number of whose place among those at work it is told, and tells how far it is."""


def do_side_by_side(work: Work[Task], tasks: Sequence[Task], places: int, tell: Tell) -> None:
    """Does each task in a process of its own, so many at a time, in their order.

    A process that fails ends all others.

    Raises:
        InputError: a task has bad input.
        FloatingPointError: a training has diverged.
        OSError: a file cannot be written.
        RunError: a process failed otherwise or died.
    """
    waiting = deque(tasks)
    free = list(range(places))
    at_work: dict[Connection, tuple[int, BaseProcess]] = {}
    with _ended(at_work):
        while waiting or at_work:
            while waiting and free:
                place = free.pop()
                ours, process = _start(work, waiting.popleft(), place)
                at_work[ours] = place, process
            for ready in wait(list(at_work)):
                assert isinstance(ready, Connection)
                message = _received(ready)
                if isinstance(message, Exception):
                    raise message
                if message is not None:
                    tell(message)
                    continue
                place, process = at_work.pop(ready)
                process.join()
                free.append(place)


def _received(connection: Connection) -> int | Exception | None:
    """What a process says: work done, what went wrong, or None at its end.

    Raises:
        RunError: it is no more.
    """
    try:
        message: int | Exception | None = connection.recv()
    except (EOFError, ConnectionError) as error:
        raise RunError("a training process died, perhaps for lack of memory; give the same command again") from error
    return message


def _start(work: Work[Task], task: Task, place: int) -> tuple[Connection, BaseProcess]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_do, args=(work, task, place, theirs), daemon=True)
    with deaf_to_signals():
        process.start()
    theirs.close()  # so that the process holds the only writing end, and its death is heard
    return ours, process


def _do(work: Work[Task], task: Task, place: int, connection: Connection) -> None:
    """The life of a process."""
    end_with_parent()
    try:
        work(task, place, connection.send)
        connection.send(None)
    except Exception as error:
        with contextlib.suppress(ConnectionError):  # where the parent is gone nobody asks
            connection.send(portable(error, "training"))


@contextlib.contextmanager
def _ended(at_work: dict[Connection, tuple[int, BaseProcess]]) -> Iterator[None]:
    """Ends at last what is still at work."""
    try:
        yield
    finally:
        for _, process in at_work.values():
            process.kill()
            process.join()
