"""The most images that a device holds at once, found by trying."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..generators import Generator, SamplerSettings, labels_of
from .memory import measure_peak_memory, resident_memory

MOST_ON_CPU = 64
"""Images: more take memory and make a processor no faster."""
MOST_ON_GPU = 1024
"""Images: by then every GPU is busy."""
MEMORY_INFO = Path("/proc/meminfo")
SHARE = 0.8
"""Of the free memory that a batch may take."""


def find_batch_size(generator: Generator, settings: SamplerSettings, device: str, processes: int = 1) -> int:
    """The largest batch of a generator that fits into the memory of the device, of those that make it faster.

    Every size is tried with two steps of the sampler, which take the memory of all. So many ``processes`` share a
    processor's memory.
    """
    quick = settings if settings.respacing is None else replace(settings, respacing="2")
    if settings.upsampler is not None:
        quick = replace(quick, upsampler=replace(settings.upsampler, respacing="2"))
    budget = SHARE * _free_memory() / processes

    def fits(size: int) -> bool:
        import torch

        indices = np.arange(size, dtype=np.int64)
        if generator.labels is not None:
            indices %= len(generator.labels)
        labels = labels_of(generator, "balanced", 0, indices)
        held = resident_memory() if device == "cpu" else None
        try:
            with measure_peak_memory(device) as peak:
                generator.generate(0, indices, labels, quick)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            return False
        # A processor's memory gives no error before the system ends the process: the next size must be foreseen.
        return held is None or peak.bytes is None or 2 * max(peak.bytes - held, 1) < budget

    return largest_that_fits(fits, MOST_ON_GPU if device == "cuda" else MOST_ON_CPU)


def largest_that_fits(fits: Callable[[int], bool], most: int) -> int:
    """The largest size up to ``most`` that fits, to within an eighth; 1 where not even 2 does.

    Doubles until one does not fit, then halves the gap.
    """
    low, high = 1, most + 1
    size = 2
    while size < high:
        if fits(size):
            low, size = size, min(2 * size, most) if size < most else most + 1
        else:
            high = size
    while high - low > max(1, low // 8):
        middle = (low + high) // 2
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low


def _free_memory() -> int:
    """The memory that processes can still have, in bytes: on Linux with what caches of files would give back."""
    if MEMORY_INFO.exists() and (
        match := re.search(r"^MemAvailable:\s+(\d+) kB$", MEMORY_INFO.read_text(), re.MULTILINE)
    ):
        return int(match[1]) * 1024
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
