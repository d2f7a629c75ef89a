"""What NVIDIA's management library says of a GPU: energy and clocks. Its Python face, nvidia-ml-py, is an extra."""

from __future__ import annotations

import importlib
from typing import Any

NO_GPU = "energy is read from NVIDIA GPUs alone"
NOT_INSTALLED = "nvidia-ml-py is not installed; pip install 'beatgans[energy]'"


class GpuMeter:
    """Reads one GPU."""

    def __init__(self, library: Any, uuid: str) -> None:
        """Opens the GPU of a UUID such as ``GPU-1b2c...``.

        Args:
            library: the module ``pynvml``.
            uuid: the GPU's; its number would not do, as ``CUDA_VISIBLE_DEVICES`` renumbers them for torch alone.

        Raises:
            NVMLError: there is no driver or no such GPU.
        """
        self._library = library
        library.nvmlInit()
        self._handle = library.nvmlDeviceGetHandleByUUID(uuid)

    def joules(self) -> float:
        """The energy that the whole GPU has taken since its driver was loaded, whoever made it work.

        Raises:
            NVMLError: the GPU does not count it, as those before Volta.
        """
        return float(self._library.nvmlDeviceGetTotalEnergyConsumption(self._handle)) / 1000  # millijoules

    def clocks(self) -> dict[str, int]:
        """The clocks of now, in MHz.

        Raises:
            NVMLError: the GPU does not tell them.
        """
        library = self._library
        kinds = {"gpu_sm": library.NVML_CLOCK_SM, "gpu_memory": library.NVML_CLOCK_MEM}
        return {name: int(library.nvmlDeviceGetClockInfo(self._handle, kind)) for name, kind in kinds.items()}


def open_meter(device: str) -> tuple[GpuMeter | None, str | None]:
    """The meter of the current GPU, or why there is none.

    Args:
        device: ``cpu`` or ``cuda``.
    """
    if device != "cuda":
        return None, NO_GPU
    try:
        library = importlib.import_module("pynvml")
    except ModuleNotFoundError:
        return None, NOT_INSTALLED
    import torch

    uuid = torch.cuda.get_device_properties(torch.cuda.current_device()).uuid
    try:
        meter = GpuMeter(library, f"GPU-{uuid}")
        meter.joules()
    except library.NVMLError as error:
        return None, f"NVML does not tell ({error})"
    return meter, None
