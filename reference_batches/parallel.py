"""Work in threads or in processes whose results come in the order of the input."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any, TypeVar

from .orphans import end_with_parent

Item = TypeVar("Item")
Result = TypeVar("Result")

THREADS = min(8, os.cpu_count() or 1)


def map_in_order(
    work: Callable[[Item], Result],
    items: Iterable[Item],
    threads: int = THREADS,
    stop: Callable[[], None] = lambda: None,
) -> Iterator[Result]:
    """``map`` in threads, a few items ahead of the consumer and no further, so that memory does not grow.

    Worth it where ``work`` releases the interpreter's lock, as Pillow's decoders do. An exception is raised at the
    place of its item, after the results of all items before. At the end, or when no more results are wanted, ``stop``
    is called before the threads are waited for: work of minutes can then be told to end.
    """
    return _in_order(ThreadPoolExecutor(threads, thread_name_prefix="beatgans"), work, items, 2 * threads, stop)


def map_in_processes(work: Callable[[Item], Result], items: Iterable[Item], processes: int) -> Iterator[Result]:
    """The same in processes, each of which is given ``work`` once; a single one is this process.

    Worth it where ``work`` keeps the interpreter busy. ``work``, items and results are pickled, and a script that calls
    this needs an ``if __name__ == "__main__"``.
    """
    if processes == 1:
        return map(work, items)
    context = multiprocessing.get_context("spawn")
    return _in_order(ProcessPoolExecutor(processes, context, _begin, (work,)), _do, items, 2 * processes)


def _in_order(
    executor: Executor,
    work: Callable[[Item], Result],
    items: Iterable[Item],
    ahead: int,
    stop: Callable[[], None] = lambda: None,
) -> Iterator[Result]:
    pending: deque[Future[Result]] = deque()
    try:
        for item in items:
            pending.append(executor.submit(work, item))
            if len(pending) > ahead:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        stop()
        executor.shutdown(cancel_futures=True)


_given: list[Callable[[Any], Any]] = []
"""In a process of :func:`map_in_processes`, its work."""


def _begin(work: Callable[[Any], Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all; the parent ends the others
    end_with_parent()
    _given.append(work)


def _do(item: Any) -> Any:
    return _given[0](item)
