"""The processes that torchrun starts, which share one training."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import TypeVar

import torch.distributed as dist

Said = TypeVar("Said")

LONGEST_WAIT = timedelta(hours=6)
"""For a process that does something alone, such as to score. If one dies, torchrun ends the others at once."""


@contextlib.contextmanager
def process_group(device: str) -> Iterator[None]:
    """Joins the processes that torchrun has started, for the length of the ``with``.

    Over NCCL where they have GPUs, else over gloo. Does nothing without torchrun, or where the caller has joined them.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1 or dist.is_initialized():
        yield
        return
    dist.init_process_group("nccl" if device == "cuda" else "gloo", timeout=LONGEST_WAIT)
    try:
        yield
    finally:
        dist.destroy_process_group()


def is_first() -> bool:
    """Whether this is the process that writes."""
    return not dist.is_initialized() or dist.get_rank() == 0


def said_by_all(said: Said) -> list[Said]:
    """What each process says, by rank."""
    if not dist.is_initialized():
        return [said]
    heard: list[Said | None] = [None] * dist.get_world_size()
    dist.all_gather_object(heard, said)
    return heard  # type: ignore[return-value]  # all are filled by now


def wait_for_all() -> None:
    """Goes on once all processes are here."""
    if dist.is_initialized():
        dist.barrier()
