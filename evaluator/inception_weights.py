"""The weights of the 2015 Inception graph, from TensorFlow's own file or from its best-known conversions to PyTorch."""

from __future__ import annotations

import csv
import hashlib
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..reference_batches import InputError
from .graphdef import Node, constant, read_graph

CLASSES = 1008
POOL_WIDTH = 2048
EPSILON = float(np.float32(0.001))  # of all batch norms, as the graph stores it
REMEDY = "name OpenAI's classify_image_graph_def.pb with --weights"


@dataclass(frozen=True)
class Layer:
    """One convolution of the graph.

    Attributes:
        scope: its name in TensorFlow, such as ``mixed_4/tower/conv_1``.
        torchvision_name: its name in torchvision's Inception v3 and the files of pytorch-fid and torch-fidelity.
        in_channels: channels of its input.
        out_channels: channels of its output.
        kernel: height and width of the kernel.
        stride: in both directions.
        padding: zeros above and below, left and right.
    """

    scope: str
    torchvision_name: str
    in_channels: int
    out_channels: int
    kernel: tuple[int, int]
    stride: int
    padding: tuple[int, int]


class Convolution(NamedTuple):
    """A convolution and the batch norm behind it, as one affine map."""

    weight: Tensor
    """float64 [out, in, height, width]."""
    bias: Tensor
    """float64 [out]."""


@dataclass(frozen=True, eq=False)
class InceptionWeights:
    """All weights of the graph.

    Attributes:
        convolutions: by scope.
        classifier: float64 [2048, 1008]; the Inception Score uses no bias, as the original evaluator multiplies only.
    """

    convolutions: Mapping[str, Convolution]
    classifier: Tensor

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the numbers, whichever kind of file they came from."""
        digest = hashlib.sha256()
        for scope, convolution in self.convolutions.items():
            digest.update(scope.encode())
            for tensor in convolution:
                digest.update(tensor.contiguous().numpy().tobytes())
        digest.update(self.classifier.contiguous().numpy().tobytes())
        return digest.hexdigest()


@cache
def layers() -> tuple[Layer, ...]:
    """The 94 convolutions of the graph, in the order of their evaluation."""
    text = resources.files(__package__).joinpath("inception_layers.csv").read_text(encoding="utf-8")
    return tuple(
        Layer(
            row["scope"],
            row["torchvision_name"],
            int(row["in_channels"]),
            int(row["out_channels"]),
            (int(row["kernel_height"]), int(row["kernel_width"])),
            int(row["stride"]),
            (int(row["pad_height"]), int(row["pad_width"])),
        )
        for row in csv.DictReader(text.splitlines())
    )


def read_weights(path: Path | str) -> InceptionWeights:
    """Reads the weights from a TensorFlow graph (``.pb``) or from a PyTorch state dict (``.pth``, ``.pt``).

    Raises:
        InputError: the file is missing, damaged or of another network; the message names the first node that is not
            as expected.
    """
    path = Path(path)
    if not path.is_file():
        raise InputError(f"the weights file {path} does not exist")
    if path.suffix in {".pth", ".pt"}:
        return _from_state_dict(_read_state_dict(path), path)
    return _from_graph(read_graph(path), path)


def _from_graph(graph: Mapping[str, Node], path: Path) -> InceptionWeights:
    convolutions = {layer.scope: _convolution_of_graph(graph, layer, path) for layer in layers()}
    product = _node(graph, "softmax/logits/MatMul", "MatMul", path)
    weights = constant(_input(graph, product, 1, path), (POOL_WIDTH, CLASSES), path)
    return InceptionWeights(convolutions, _float64(weights))


def _convolution_of_graph(graph: Mapping[str, Node], layer: Layer, path: Path) -> Convolution:
    node = _node(graph, f"{layer.scope}/Conv2D", "Conv2D", path)
    kernel = constant(_input(graph, node, 1, path), (*layer.kernel, layer.in_channels, layer.out_channels), path)
    padded = any(layer.padding) or layer.kernel == (1, 1)
    if node.integers("strides") != (1, layer.stride, layer.stride, 1):
        raise InputError(f"the node {node.name} of the graph {path} has not the stride {layer.stride}; {REMEDY}")
    if node.text("padding") != ("SAME" if padded else "VALID") and layer.kernel != (1, 1):
        raise InputError(f"the node {node.name} of the graph {path} is padded otherwise than Inception's; {REMEDY}")
    norm = _node(graph, f"{layer.scope}/batchnorm", "BatchNormWithGlobalNormalization", path)
    mean, variance, beta, gamma = (
        constant(_input(graph, norm, index, path), (layer.out_channels,), path) for index in range(1, 5)
    )
    scaled = norm.attributes["scale_after_normalization"].b if "scale_after_normalization" in norm.attributes else False
    epsilon = norm.attributes["variance_epsilon"].f if "variance_epsilon" in norm.attributes else 0.0
    gamma = gamma if scaled else np.ones_like(gamma)
    weight = _float64(kernel.transpose(3, 2, 0, 1))
    return _folded(weight, _float64(mean), _float64(variance), _float64(beta), _float64(gamma), epsilon)


def _node(graph: Mapping[str, Node], name: str, op: str, path: Path) -> Node:
    if name not in graph:
        raise InputError(f"the graph {path} has no node {name}, so it is not the Inception graph of 2015; {REMEDY}")
    if graph[name].op != op:
        raise InputError(f"the node {name} of the graph {path} is of the kind {graph[name].op}, not {op}; {REMEDY}")
    return graph[name]


def _input(graph: Mapping[str, Node], node: Node, index: int, path: Path) -> Node:
    """The node that an input comes from, through any that hand it on unchanged."""
    for _ in range(len(graph)):
        if index >= len(node.inputs) or node.inputs[index] not in graph:
            raise InputError(f"the node {node.name} of the graph {path} has no input {index}; {REMEDY}")
        node, index = graph[node.inputs[index]], 0
        if node.op != "Identity":
            return node
    raise InputError(f"the node {node.name} of the graph {path} is an input of itself; {REMEDY}")


def _read_state_dict(path: Path) -> dict[str, Any]:
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"{path} cannot be read as a PyTorch state dict ({reason}); {REMEDY}") from None
    if not isinstance(content, dict):
        raise InputError(f"{path} is no PyTorch state dict; {REMEDY}")
    return content


def _from_state_dict(tensors: Mapping[str, Any], path: Path) -> InceptionWeights:
    def tensor(name: str, *shape: int) -> Tensor:
        found = tensors.get(name)
        if not isinstance(found, Tensor):
            raise InputError(f"{path} has no tensor {name}, so it holds no Inception v3 of pytorch-fid; {REMEDY}")
        if found.shape != shape:
            raise InputError(
                f"the tensor {name} of {path} has the shape {list(found.shape)}, not {list(shape)}; {REMEDY}"
            )
        return found.double()

    def convolution(layer: Layer) -> Convolution:
        name, width = layer.torchvision_name, layer.out_channels
        mean, variance, beta, gamma = (
            tensor(f"{name}.bn.{part}", width) for part in ("running_mean", "running_var", "bias", "weight")
        )
        weight = tensor(f"{name}.conv.weight", width, layer.in_channels, *layer.kernel)
        return _folded(weight, mean, variance, beta, gamma, EPSILON)

    convolutions = {layer.scope: convolution(layer) for layer in layers()}
    return InceptionWeights(convolutions, tensor("fc.weight", CLASSES, POOL_WIDTH).T)


def _folded(weight: Tensor, mean: Tensor, variance: Tensor, beta: Tensor, gamma: Tensor, epsilon: float) -> Convolution:
    """Y = (Wx - mean) / sqrt(variance + epsilon) * gamma + beta as one affine map, in float64."""
    scale = gamma / torch.sqrt(variance + epsilon)
    return Convolution(weight * scale[:, None, None, None], beta - mean * scale)


def _float64(array: NDArray[np.float32]) -> Tensor:
    return torch.from_numpy(array.astype(np.float64))
