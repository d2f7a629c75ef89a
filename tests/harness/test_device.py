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


def test_a_gpu_computes_in_whole_float32_and_in_one_order(monkeypatch):
    cuda, cudnn = torch.backends.cuda, torch.backends.cudnn
    before = cudnn.deterministic, cudnn.benchmark, cudnn.allow_tf32, cuda.matmul.allow_tf32
    fused = cuda.flash_sdp_enabled(), cuda.mem_efficient_sdp_enabled(), cuda.cudnn_sdp_enabled()
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "set_device", lambda _: None)
    cudnn.allow_tf32 = cuda.matmul.allow_tf32 = True
    try:
        assert prepare_device("auto") == "cuda"
        assert cudnn.deterministic
        assert not any([cudnn.benchmark, cudnn.allow_tf32, cuda.matmul.allow_tf32])
        assert not any([cuda.flash_sdp_enabled(), cuda.mem_efficient_sdp_enabled(), cuda.cudnn_sdp_enabled()])
        assert cuda.math_sdp_enabled()
    finally:
        cudnn.deterministic, cudnn.benchmark, cudnn.allow_tf32, cuda.matmul.allow_tf32 = before
        cuda.enable_flash_sdp(fused[0])
        cuda.enable_mem_efficient_sdp(fused[1])
        cuda.enable_cudnn_sdp(fused[2])


def test_an_unknown_device_is_refused():
    with pytest.raises(InputError, match="--device tpu: choose one of auto, cpu, cuda"):
        prepare_device("tpu")
