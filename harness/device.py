"""The device that a command computes on."""

from __future__ import annotations

from ..reference_batches import InputError

DEVICES = ("auto", "cpu", "cuda")


def check_device(name: str) -> None:
    """Refuses a device that is not on the list.

    Raises:
        InputError: says which are.
    """
    if name not in DEVICES:
        raise InputError(f"--device {name}: choose one of {', '.join(DEVICES)}")


def resolve_device(name: str) -> str:
    """``"cpu"`` or ``"cuda"``: as asked for, or for ``"auto"`` CUDA where there is a GPU.

    Also has cuDNN choose only among algorithms that give equal results every time, as resuming a run relies on it.

    Raises:
        InputError: CUDA is asked for and not there.
    """
    import torch

    check_device(name)
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False
    available = torch.cuda.is_available()
    if name == "cuda" and not available:
        raise InputError("CUDA is not available: there is no GPU, or this torch was built without it; choose --device cpu")
    return "cuda" if available and name != "cpu" else "cpu"
