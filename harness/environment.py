"""Provenance: the machine and the software that numbers were made with. Needs no torch."""

from __future__ import annotations

import platform
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

from ..reports.record import Setting
from .device import available_cores
from .identity import LIBRARIES

ROOT = Path(__file__).parents[1]
"""The folder that holds the rooms: a checkout's root, or ``beatgans`` among the installed packages."""
CPU_INFO = Path("/proc/cpuinfo")


def describe_environment() -> dict[str, Setting]:
    """What can be known of machine and software before anything is computed. What is not there is None."""
    gpu, driver = _gpu()
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu": cpu_name(),
        "cores": available_cores(),
        "gpu": gpu,
        "gpu_driver": driver,
        **{library: version(library) for library in LIBRARIES},
        "git_commit": git_commit(ROOT),
    }


def describe_computation(device: str, workers: int) -> dict[str, Setting]:
    """The environment of so many processes that are about to compute on ``device``, with what only torch knows."""
    import torch

    return {
        **describe_environment(),
        "device": device,
        "device_name": torch.cuda.get_device_name() if device == "cuda" else cpu_name(),
        "workers": workers,
        "threads": torch.get_num_threads(),
        "cpu_capability": torch.backends.cpu.get_cpu_capability(),
        "cuda": torch.version.cuda if device == "cuda" else None,
        "cudnn": torch.backends.cudnn.version() if device == "cuda" else None,  # type: ignore[no-untyped-call]
        "matmul_tf32": torch.backends.cuda.matmul.allow_tf32 if device == "cuda" else None,
        "convolution_tf32": torch.backends.cudnn.allow_tf32 if device == "cuda" else None,
    }


def cpu_name() -> str:
    """The processor's name as the system gives it."""
    if CPU_INFO.exists():
        names = [
            line.partition(":")[2].strip()
            for line in CPU_INFO.read_text().splitlines()
            if line.startswith("model name")
        ]
        if names:
            return names[0]
    return platform.processor() or platform.machine()


def cpu_megahertz() -> float | None:
    """The clock of the processor's cores, the mean of now, in MHz; None where the system does not tell."""
    lines = CPU_INFO.read_text().splitlines() if CPU_INFO.exists() else []
    clocks = [float(line.partition(":")[2]) for line in lines if line.startswith("cpu MHz")]
    return sum(clocks) / len(clocks) if clocks else None


def git_commit(root: Path) -> str | None:
    """The commit that is checked out at ``root``, ``-dirty`` behind it if files differ; None if it is no checkout."""
    if not (root / ".git").exists():
        return None
    commit = _output("git", "-C", str(root), "rev-parse", "HEAD")
    return commit and commit + ("-dirty" if _output("git", "-C", str(root), "status", "--porcelain") else "")


def _gpu() -> tuple[str | None, str | None]:
    """The name of the first GPU and the version of its driver."""
    output = _output("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader")
    name, comma, driver = (output or "").partition("\n")[0].partition(", ")
    return (name, driver) if comma else (None, None)


def _output(*command: str) -> str | None:
    """What a command prints; None if there is no such command, or nothing comes of it."""
    if shutil.which(command[0]) is None:
        return None
    finished = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return finished.stdout.strip() or None if finished.returncode == 0 else None
