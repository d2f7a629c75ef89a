"""Claims: which process does which piece of a run's work, so that no two do the same.

A claim is a lock of the kernel on one byte of one file, whose place the name of the work decides. It ends with the
process however that dies, so there is no stale claim and nothing to clean up; on file systems that machines share, as
far as these keep POSIX locks. Nothing depends on claims but time: work that two processes did would come out the same.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from .errors import RunError

PLACES = 2**62


class Claims:
    """The claims of this process on the work in a folder."""

    def __init__(self, path: Path) -> None:
        """Opens the file of the claims; it is made where it is not there yet.

        Raises:
            OSError: it cannot be written.
        """
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._file)  # which ends all claims

    def take(self, name: str) -> bool:
        """Claims the work of that name, unless another process has it; says whether it is this one's now.

        Raises:
            RunError: the file system knows no locks.
        """
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, _place(name))
        except OSError as error:
            if error.errno in {errno.EACCES, errno.EAGAIN}:
                return False
            raise self._without_locks(error) from error
        return True

    def release(self, name: str) -> None:
        """Gives back the claim on the work of that name."""
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _place(name))

    @contextlib.contextmanager
    def hold(self, name: str) -> Iterator[None]:
        """Claims the work of that name for the length of the ``with``, and waits for it if need be.

        Raises:
            RunError: the file system knows no locks.
        """
        try:
            fcntl.lockf(self._file, fcntl.LOCK_EX, 1, _place(name))
        except OSError as error:
            raise self._without_locks(error) from error
        try:
            yield
        finally:
            self.release(name)

    def _without_locks(self, error: OSError) -> RunError:
        return RunError(
            f"{self.path} cannot be locked ({error.strerror}); choose a folder with -o on another file system"
        )


def _place(name: str) -> int:
    """The byte that stands for a name."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big") % PLACES
