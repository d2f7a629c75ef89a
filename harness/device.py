"""The device that a process computes on."""

from __future__ import annotations

import os

from ..reference_batches import InputError

DEVICES = ("auto", "cpu", "cuda")


def check_device(name: str) -> None:
    """Refuses a device that is not on the list.

    Raises:
        InputError: says which are.
    """
    if name not in DEVICES:
        raise InputError(f"--device {name}: choose one of {', '.join(DEVICES)}")


def prepare_device(name: str, worker: int = 0) -> str:
    """Readies this process to compute, so that equal input gives equal bits every time, and says where it will.

    On a CPU it computes in one thread, since sums that are divided among threads round differently for each number of
    them: pixels would depend on the number of cores. More cores are put to use by more processes. On a GPU, cuDNN is
    held to its deterministic algorithms, products keep all bits of float32 rather than the ten of TF32, and attention
    is plain products and a softmax, as the gradients of the fused kernels add up in any order.

    Args:
        name: ``cpu``, ``cuda`` or ``auto``.
        worker: the number of this process among the workers of a command. Where there are several GPUs, each worker
            has its own; processes that torchrun starts have that of their local rank.

    Returns:
        ``"cpu"`` or ``"cuda"``: as asked for, or for ``"auto"`` CUDA where there is a GPU.

    Raises:
        InputError: CUDA is asked for and not there.
    """
    import torch

    check_device(name)
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise InputError("CUDA is not available: this machine has no GPU or this torch no CUDA; choose --device cpu")
    if name == "cpu" or not available:
        torch.set_num_threads(1)
        return "cpu"
    torch.cuda.set_device((local_rank() + worker) % torch.cuda.device_count())
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
    torch.backends.cuda.enable_flash_sdp(False)
    torch.backends.cuda.enable_mem_efficient_sdp(False)
    torch.backends.cuda.enable_cudnn_sdp(False)
    torch.backends.cuda.enable_math_sdp(True)
    return "cuda"


def rank() -> int:
    """The number of this process among all that torchrun started; 0 for any other."""
    return int(os.environ.get("RANK", 0))


def world_size() -> int:
    """How many processes torchrun started; 1 without it."""
    return int(os.environ.get("WORLD_SIZE", 1))


def local_rank() -> int:
    """The number of this process among those that torchrun started on this machine; 0 for any other."""
    return int(os.environ.get("LOCAL_RANK", 0))


def default_workers(device: str) -> int:
    """Processes to sample with: one for each core, or for each GPU; under torchrun this process's share of them."""
    import torch

    there = available_cores() if device == "cpu" else torch.cuda.device_count()
    return max(1, there // int(os.environ.get("LOCAL_WORLD_SIZE", 1)))


def available_cores() -> int:
    """The cores that this process may use, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def use_all_cores() -> None:
    """Lets torch compute in as many threads as there are cores, for work whose last bits may depend on their number."""
    import torch

    torch.set_num_threads(available_cores())
