"""Work in threads whose results come in the order of the input."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

THREADS = min(8, os.cpu_count() or 1)


def map_in_order(work: Callable[[Item], Result], items: Iterable[Item], threads: int = THREADS) -> Iterator[Result]:
    """``map`` in threads, a few items ahead of the consumer and no further, so that memory does not grow.

    Worth it where ``work`` releases the interpreter's lock, as Pillow's decoders do. An exception is raised at the
    place of its item, after the results of all items before.
    """
    pending: deque[Future[Result]] = deque()
    executor = ThreadPoolExecutor(threads, thread_name_prefix="beatgans")
    try:
        for item in items:
            pending.append(executor.submit(work, item))
            if len(pending) > 2 * threads:
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()
    finally:
        executor.shutdown(cancel_futures=True)
