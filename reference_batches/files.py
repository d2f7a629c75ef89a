"""Files that are either whole or absent."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

UNFINISHED = re.compile(r"\.beatgans-[a-z0-9_]{8}\.tmp")
"""The names of files that are being written."""


@contextlib.contextmanager
def atomic_write(path: Path | str) -> Iterator[BinaryIO]:
    """Opens a binary file that appears under ``path`` only once it is complete and on disk.

    The bytes go to a temporary file in the same folder, which is synced and then renamed, so that a process killed at
    any moment leaves either the old file or the new one. An exception in the ``with`` body leaves the old one.
    A symbolic link stays one, and what it points to is written. A device or a pipe, such as ``/dev/stdout``, cannot be
    replaced: it is written as the bytes come.

    Raises:
        OSError: the path is a folder, or its folder cannot be made or written.
    """
    path = Path(path)
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if _is_stream(path):
        with path.open("wb") as file:
            yield file
        return
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=".beatgans-", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o666 & ~_umask())  # mkstemp makes files that only their owner can read
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def is_unfinished(path: Path) -> bool:
    """Whether a file is what a killed process left of an :func:`atomic_write`."""
    return UNFINISHED.fullmatch(path.name) is not None and path.is_file() and not path.is_symlink()


def sha256_file(path: Path | str) -> str:
    """The SHA-256 of a file's bytes, as 64 hexadecimal digits."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_sha256(folder: Path, suffixes: tuple[str, ...] | None = None) -> str:
    """SHA-256 of the names and contents of all files in a folder and those in it, or of those with such a suffix."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if suffixes is None or path.suffix in suffixes):
        if path.is_dir():
            continue
        digest.update(f"{path.relative_to(folder).as_posix()} {sha256_file(path)}\n".encode())
    return digest.hexdigest()


def _is_stream(path: Path) -> bool:
    """Whether a path is a device, a pipe, or an open file of a process, which must not be replaced by a file."""
    folder = os.path.realpath(path.parent)
    return (path.exists() and not path.is_file()) or folder == "/dev" or folder.startswith("/proc/")


def _umask() -> int:
    """The process's file-mode mask, which can only be read by setting it."""
    mask = os.umask(0o022)
    os.umask(mask)
    return mask
