from __future__ import annotations

import pytest
import torch

from beatgans.harness.device import prepare_device
from beatgans.reference_batches import InputError


@pytest.fixture
def threads():
    """Puts torch's number of threads back, for the tests that follow."""
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


def test_a_cpu_computes_in_one_thread_so_that_cores_do_not_change_pixels(threads):
    torch.set_num_threads(2)
    assert prepare_device("cpu") == "cpu"
    assert torch.get_num_threads() == 1


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_auto_is_the_cpu_and_cuda_is_refused(threads):
    assert prepare_device("auto") == "cpu"
    with pytest.raises(InputError, match="choose --device cpu"):
        prepare_device("cuda")


def test_an_unknown_device_is_refused():
    with pytest.raises(InputError, match="--device tpu: choose one of auto, cpu, cuda"):
        prepare_device("tpu")
