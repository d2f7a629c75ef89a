"""A folder that one process at a time works in."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from .errors import InputError

LOCK = ".lock"
"""The name of the file that is locked; it stays, and says nothing by being there."""


@contextlib.contextmanager
def locked_folder(path: Path, others: str) -> Iterator[None]:
    """Makes a folder if need be, and keeps others out of it for the length of the ``with``.

    The lock is the kernel's, so it ends with the process however that dies.

    Args:
        path: the folder.
        others: what to say if it is taken, such as ``another process is training in``; the path follows.

    Raises:
        InputError: another process has it, or it cannot be written.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = os.open(path / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise InputError(f"the folder {path} cannot be written ({error.strerror}); choose another with -o") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(f"{others} {path}; wait for it, or choose another folder with -o") from None
        yield
    finally:
        os.close(lock)
