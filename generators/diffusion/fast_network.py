"""Networks made ready to sample: their weights in the right format and type, their calls compiled or recorded."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from ..computation import Computation


def prepare_network(network: nn.Module, computation: Computation, device: torch.device) -> nn.Module:
    """Moves a UNet or a classifier to a device, without gradients of its parameters, and in the type asked for.

    As in guided-diffusion's ``convert_to_fp16``, the convolutions between the embedding and ``out`` take the type, and
    attention with them; norms, embeddings and the output stay in float32.
    """
    network = network.eval().requires_grad_(False).to(device)
    if computation.fused:
        network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    dtype = getattr(torch, computation.dtype)
    if dtype != torch.float32:
        _convert(network, dtype)
    return network


def fast_call(network: nn.Module, computation: Computation) -> nn.Module | GraphedNetwork:
    """What to call in place of a prepared network: itself, or what its code was compiled to, or what was recorded."""
    called: nn.Module = torch.compile(network) if computation.compile else network  # type: ignore[assignment]
    return GraphedNetwork(called) if computation.cuda_graphs else called


@contextlib.contextmanager
def attention_of(computation: Computation, device: torch.device) -> Iterator[None]:
    """Lets attention be one kernel, or products and a softmax where the reference path is asked for.

    On a GPU the process may have the fused kernels off, for the sake of gradients: those of theirs add up in any order.
    What is computed forward by them is the same every time.
    """
    if not computation.fused:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    elif device.type == "cuda":
        with sdpa_kernel([SDPBackend.FLASH_ATTENTION, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.MATH]):
            yield
    else:
        yield


def image_format(computation: Computation) -> torch.memory_format:
    """The memory format of images that the network takes without reordering."""
    return torch.channels_last if computation.fused else torch.contiguous_format


def _convert(network: nn.Module, dtype: torch.dtype) -> None:
    """Gives convolutions another type, and casts what goes into the first and comes out of the last of them."""
    for name in ("input_blocks", "middle_block", "output_blocks"):
        for module in getattr(network, name, nn.Module()).modules():
            if isinstance(module, nn.Conv1d | nn.Conv2d):
                module.to(dtype)
    first = network.input_blocks[0]  # type: ignore[index]
    assert isinstance(first, nn.Module)
    first.register_forward_pre_hook(lambda _, inputs: (inputs[0].to(dtype), *inputs[1:]))
    assert isinstance(network.out, nn.Module)
    network.out.register_forward_pre_hook(lambda _, inputs: (inputs[0].float(), *inputs[1:]))


class GraphedNetwork:
    """A network whose work on a GPU is recorded at the first batch of each size, and then replayed (CUDA graphs).

    Small batches gain, as the processor no longer has to start hundreds of kernels for each evaluation. Inputs are
    copied to where the recording reads them, and the output is copied, as the next replay overwrites it.
    """

    WARM_UP = 3
    """Calls before the recording, in which libraries choose their algorithms."""

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self._recordings: dict[tuple[Any, ...], tuple[torch.cuda.CUDAGraph, tuple[Tensor | None, ...], Tensor]] = {}

    def __call__(self, *inputs: Tensor | None) -> Tensor:
        """The network's output for inputs on a GPU, some of which may be None."""
        key = tuple(None if value is None else (value.shape, value.dtype) for value in inputs)
        if key not in self._recordings:
            self._recordings[key] = self._record(inputs)
        graph, places, output = self._recordings[key]
        for place, value in zip(places, inputs, strict=True):
            if place is not None and value is not None:
                place.copy_(value)
        graph.replay()
        return output.clone()

    def _record(
        self, inputs: tuple[Tensor | None, ...]
    ) -> tuple[torch.cuda.CUDAGraph, tuple[Tensor | None, ...], Tensor]:
        places = tuple(None if value is None else value.clone() for value in inputs)
        stream = torch.cuda.Stream()  # type: ignore[no-untyped-call]
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            for _ in range(self.WARM_UP):
                self.network(*places)
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            output = self.network(*places)
        return graph, places, output
