from __future__ import annotations

import sys

import pytest

from beatgans.harness.nvml import NO_GPU, NOT_INSTALLED, GpuMeter, open_meter


class Library:
    """Stands in for pynvml, where there is no GPU to ask: it answers as NVML's documentation says."""

    NVML_CLOCK_SM, NVML_CLOCK_MEM = 1, 2

    def __init__(self):
        self.millijoules = iter([1000, 3500])

    def nvmlInit(self):  # noqa: N802 - as the library spells it
        pass

    def nvmlDeviceGetHandleByUUID(self, uuid):  # noqa: N802 - as the library spells it
        return f"handle of {uuid}"

    def nvmlDeviceGetTotalEnergyConsumption(self, handle):  # noqa: N802 - as the library spells it
        assert handle == "handle of GPU-1b2c"
        return next(self.millijoules)

    def nvmlDeviceGetClockInfo(self, handle, kind):  # noqa: N802 - as the library spells it
        return {1: 1980, 2: 2619}[kind]


def test_energy_is_in_joules_and_clocks_in_megahertz():
    meter = GpuMeter(Library(), "GPU-1b2c")
    assert -meter.joules() + meter.joules() == pytest.approx(2.5)
    assert meter.clocks() == {"gpu_sm": 1980, "gpu_memory": 2619}


def test_a_processor_has_no_meter():
    assert open_meter("cpu") == (None, NO_GPU)


def test_without_the_library_the_reason_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)  # as if it were not installed
    assert open_meter("cuda") == (None, NOT_INSTALLED)
