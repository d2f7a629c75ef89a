"""Shard files: batch files that are known by the SHA-256 of their bytes."""

from __future__ import annotations

from pathlib import Path

from ..reference_batches import Batch, read_batch, sha256_file, write_batch
from .errors import RunError


def write_shard(path: Path, batch: Batch) -> str:
    """Writes a shard, whole or not at all, and returns the SHA-256 of its file.

    Raises:
        OSError: it cannot be written.
    """
    write_batch(path, batch)
    return sha256_file(path)


def read_shard(path: Path, sha256: str) -> Batch:
    """Reads a shard that was found to be whole when the command began.

    Raises:
        RunError: it is so no longer.
    """
    if damage(path, sha256):
        raise RunError(
            f"{path} {damage(path, sha256)} since the command began; give the command again to have it made again"
        )
    return read_batch(path)


def damage(path: Path, sha256: str) -> str | None:
    """What has become of a file that once had this SHA-256, in words; None if nothing has."""
    if not path.is_file():
        return "is missing"
    return None if sha256_file(path) == sha256 else "is damaged"
