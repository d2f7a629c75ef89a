"""The most images that a device holds at once, and the batch that makes it fastest, found by trying."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from ..generators import Generator, SamplerSettings, labels_of
from ..generators.stopwatch import Stopwatch
from .memory import measure_peak_memory, resident_memory

MOST_ON_CPU = 64
"""Images: more take memory and make a processor no faster."""
MOST_ON_GPU = 1024
"""Images: by then every GPU is busy."""
MEMORY_INFO = Path("/proc/meminfo")
STEPS = "3"
"""Of a trial: solvers of third order then hold all that they ever hold."""
SHARE = 0.8
"""Of the free memory that a batch may take."""
GROWTH = 1.02
"""Twice the images must be faster by this, or throughput has stopped growing."""


class BatchTrials:
    """Tries batches of a generator, with few steps of the sampler, which take the memory of all."""

    def __init__(self, generator: Generator, settings: SamplerSettings, device: str, processes: int = 1) -> None:
        """Prepares for settings of which the steps are left aside; so many ``processes`` share a processor's memory."""
        # Guided at each of them: where guidance acts on some steps alone, those are the ones that need the memory.
        quick = settings if settings.respacing is None else replace(settings, respacing=STEPS, guidance_interval=None)
        if settings.upsampler is not None:
            quick = replace(quick, upsampler=replace(settings.upsampler, respacing=STEPS))
        self._generator = generator
        self._settings = quick
        self._device = device
        self._budget = SHARE * _free_memory() / processes
        self.most = MOST_ON_GPU if device == "cuda" else MOST_ON_CPU

    def fits(self, size: int) -> bool:
        """Whether the memory of the device holds a batch."""
        import torch

        held = resident_memory() if self._device == "cpu" else None
        try:
            with measure_peak_memory(self._device) as peak:
                self._generate(size)
        except torch.OutOfMemoryError:
            torch.cuda.empty_cache()
            return False
        # A processor's memory gives no error before the system ends the process: the next size must be foreseen.
        return held is None or peak.bytes is None or 2 * max(peak.bytes - held, 1) < self._budget

    def images_per_second(self, size: int) -> float | None:
        """The throughput of a batch, the faster of two after one to warm up; None where it does not fit."""
        if not self.fits(size):
            return None
        seconds = []
        for _ in range(2):
            watch = Stopwatch(on_gpu=self._device == "cuda")
            watch.timed("batch", self._generate)(size)
            seconds.append(watch.seconds()["batch"])
        return size / min(seconds)

    def _generate(self, size: int) -> None:
        indices = np.arange(size, dtype=np.int64)
        if self._generator.labels is not None:
            indices %= len(self._generator.labels)
        self._generator.generate(0, indices, labels_of(self._generator, "balanced", 0, indices), self._settings)


def find_batch_size(generator: Generator, settings: SamplerSettings, device: str, processes: int = 1) -> int:
    """The largest batch of a generator that fits into the memory of the device, of those that make it faster.

    So many ``processes`` share a processor's memory.
    """
    trials = BatchTrials(generator, settings, device, processes)
    return largest_that_fits(trials.fits, trials.most)


def try_batch_sizes(images_per_second: Callable[[int], float | None], most: int) -> dict[int, float | None]:
    """The throughput of powers of two up to ``most``, until it stops growing or the memory ends.

    It has stopped where a size is not faster than the fastest before by :data:`GROWTH`.

    Returns:
        By size; None for one that does not fit, which then is the last.
    """
    tried: dict[int, float | None] = {}
    best = 0.0
    size = 1
    while size <= most:
        tried[size] = speed = images_per_second(size)
        if speed is None or speed < GROWTH * best:
            break
        best, size = max(best, speed), 2 * size
    return tried


def fastest(tried: dict[int, float | None]) -> int:
    """The size of the highest throughput; 1 where none fits."""
    known = {size: speed for size, speed in tried.items() if speed is not None}
    return max(known, key=lambda size: known[size], default=1)


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
