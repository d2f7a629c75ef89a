"""The most memory that a piece of work held."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .errors import RunError

CLEAR_REFERENCES = Path("/proc/self/clear_refs")
STATUS = Path("/proc/self/status")
RESET_PEAK = "5"  # proc(5): resets the peak resident set size


@dataclass
class PeakMemory:
    """The outcome of a measurement: filled in when its ``with`` ends.

    Attributes:
        bytes: the peak; None if it could not be measured.
        reason: why not.
    """

    bytes: int | None = None
    reason: str | None = None


@contextlib.contextmanager
def measure_peak_memory(device: str) -> Iterator[PeakMemory]:
    """Measures the peak over a ``with``: of torch's tensors on a GPU, of the whole process's resident set on a CPU."""
    peak = PeakMemory()
    if device == "cuda":
        import torch

        torch.cuda.reset_peak_memory_stats()
        yield peak
        peak.bytes = torch.cuda.max_memory_allocated()
        return
    try:
        CLEAR_REFERENCES.write_text(RESET_PEAK)
    except OSError as error:
        peak.reason = f"the system cannot reset the process's peak memory ({error.strerror})"
    yield peak
    if peak.reason is None:
        peak.bytes = resident_peak(STATUS.read_text())


@contextlib.contextmanager
def enough_memory(batch_size: int) -> Iterator[None]:
    """Computes batches of a size.

    Raises:
        RunError: the GPU's memory is too small for them.
    """
    # Torch is there by now; at the top of the module it would delay whoever needs no more than a name from here.
    from torch import OutOfMemoryError

    try:
        yield
    except OutOfMemoryError:
        raise RunError(
            f"the GPU's memory does not hold batches of {batch_size} images; give a smaller --batch-size"
        ) from None


def resident_memory() -> int | None:
    """The memory that this process holds now, in bytes; None where the system does not tell."""
    match = re.search(r"^VmRSS:\s+(\d+) kB$", STATUS.read_text(), re.MULTILINE) if STATUS.exists() else None
    return int(match[1]) * 1024 if match else None


def resident_peak(status: str) -> int:
    """The peak resident set size, in bytes, of the text of ``/proc/<process>/status``."""
    match = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    assert match is not None
    return int(match[1]) * 1024
