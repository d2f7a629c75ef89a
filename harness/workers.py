"""Processes that take shards. Whoever makes a shard, it is the same; one that dies leaves its shard unmade."""

from __future__ import annotations

import contextlib
import multiprocessing
import signal
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess

from ..reference_batches import InputError, end_with_parent
from .errors import HarnessError, RunError
from .journal import ShardEvent
from .shard_maker import SamplingJob, ShardMaker, Task
from .tasks import Tasks, taken

ENDINGS = (signal.SIGINT, signal.SIGTERM)
OnProgress = Callable[[Task, int], None]
"""Told the number of images that were just made for a task."""
OnDone = Callable[[Task, ShardEvent], None]
"""Told that a task's shard is written."""


def make_shards(job: SamplingJob, tasks: Tasks[Task], workers: int, on_progress: OnProgress, on_done: OnDone) -> None:
    """Makes the shards of all tasks: in this process where one worker is asked for, else in so many others.

    It returns when none is left. Tasks that processes of other commands are at work on are waited for, and done here
    if these die.

    Raises:
        InputError: a model's weights are damaged.
        OSError: a shard cannot be written.
        RunError: a worker failed or died.
    """
    if workers == 1:
        maker = ShardMaker(job)
        for task in taken(tasks):
            on_done(task, maker.make(task, lambda images, task=task: on_progress(task, images)))  # type: ignore[misc]
        return
    with contextlib.ExitStack() as stack:
        pool = [_start(job, number, stack) for number in range(min(workers, len(tasks)))]
        _share_out(tasks, pool, on_progress, on_done)


def _share_out(tasks: Tasks[Task], pool: Sequence[Connection], on_progress: OnProgress, on_done: OnDone) -> None:
    """Gives each worker a task, and another one whenever it has finished one."""
    idle = deque(pool)
    at_work: dict[Connection, Task] = {}
    while tasks or at_work:
        while idle and (task := tasks.take()) is not None:
            worker = idle.popleft()
            at_work[worker] = task
            with conversation("sampling"):
                worker.send(task)
        if not at_work and tasks:
            time.sleep(tasks.pause)
        for ready in wait(list(at_work), tasks.pause if idle and tasks else None) if at_work else ():
            assert isinstance(ready, Connection)
            with conversation("sampling"):
                message: ShardEvent | Exception | int = ready.recv()
            if isinstance(message, Exception):
                raise message
            if isinstance(message, int):
                on_progress(at_work[ready], message)
            else:
                on_done(at_work.pop(ready), message)
                idle.append(ready)


@contextlib.contextmanager
def conversation(purpose: str) -> Iterator[None]:
    """Talks to a worker.

    Args:
        purpose: what it is for, such as ``sampling``.

    Raises:
        RunError: it is no more.
    """
    try:
        yield
    except (EOFError, ConnectionError) as error:
        raise RunError(f"a {purpose} process died, perhaps for lack of memory; give the same command again") from error


def _start(job: SamplingJob, number: int, stack: contextlib.ExitStack) -> Connection:
    """Starts a worker that ends with the stack, and returns the connection to it."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(job, number, theirs), daemon=True)
    with deaf_to_signals():
        process.start()
        stack.callback(_stop, process)
    theirs.close()  # so that the worker holds the only other end, and its death is heard
    return ours


@contextlib.contextmanager
def deaf_to_signals() -> Iterator[None]:
    """Starts processes that never hear what ends a command, as it may reach them all: this one answers for them.

    What comes meanwhile is heard afterwards, as a process that is half started would fail with a traceback of its own.
    """
    resource_tracker.ensure_running()  # its own start would unblock the signals
    heard: list[int] = []
    with _handled_by(heard.append):
        before = signal.pthread_sigmask(signal.SIG_BLOCK, ENDINGS)  # which a new process inherits
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
    for number in heard[:1]:
        signal.raise_signal(number)


@contextlib.contextmanager
def _handled_by(handle: Callable[[int], None]) -> Iterator[None]:
    """Gives the signals that end a command to ``handle``, for a while; only a main thread can, and only it needs to."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda number, _: handle(number)) for number in ENDINGS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _stop(process: BaseProcess) -> None:
    process.kill()
    process.join()


def _serve(job: SamplingJob, number: int, connection: Connection) -> None:
    """A worker's life: makes the shard of each task that arrives, and says so."""
    end_with_parent()
    try:
        maker = ShardMaker(job, number)
        while True:
            connection.send(maker.make(connection.recv(), connection.send))
    except Exception as error:
        with contextlib.suppress(ConnectionError):  # where the parent is gone nobody asks
            connection.send(portable(error))


def portable(error: Exception, work: str = "sampling") -> Exception:
    """An error of some work that survives the way to the parent, with the traceback from here as a note."""
    known = isinstance(error, InputError | OSError | HarnessError | FloatingPointError)
    portable = (
        error if known else RunError(f"{work} failed with {type(error).__name__}: {' '.join(str(error).split())}")
    )
    portable.add_note("".join(traceback.format_exception(error)))
    return portable
