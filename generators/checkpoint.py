"""Weights from files, which either fit a network exactly or are refused. Nothing in a file is ever executed."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ..reference_batches import InputError
from .weight_files import REINSTALL, WeightFile

Tensors = dict[str, Tensor]
PICKLED = re.compile(r"GLOBAL (\S+)")
"""How PyTorch names what a pickle would have called."""


def load_weights(network: nn.Module, path: Path) -> str:
    """Fills a network with weights that have a ``.json`` record beside them; see :func:`fill`."""
    return fill(network, WeightFile(path, "shipped"))


def fill(
    network: nn.Module,
    file: WeightFile,
    translate: Callable[[Tensors], Tensors] = lambda tensors: tensors,
    advice: Callable[[str], str] = lambda _: "",
) -> str:
    """Fills a network with the weights of a file, in float32. The network may be on PyTorch's ``meta`` device.

    Args:
        network: what to fill.
        file: a safetensors file or a ``state_dict`` that PyTorch has saved.
        translate: brings the file's tensors to the network's names and shapes.
        advice: what to say about the first tensor that differs, given its name.

    Returns:
        The SHA-256 of the file.

    Raises:
        InputError: the file is missing or damaged, holds anything but tensors, or its tensors are not those of the
            network: the message names the first that differs.
    """
    sha256 = file.sha256()
    weights = translate(read_tensors(file.path, file.remedy))
    name, difference = first_difference(network.state_dict(), weights) or ("", "")
    if difference:
        remedy = _prefix_advice(name, weights) or advice(name) or file.remedy
        raise InputError(f"the weights file {file.path} does not fit the model: {difference}; {remedy}")
    # Copied, since what is mapped from a file would change with it.
    network.load_state_dict(
        {name: tensor.to(torch.float32, copy=True) for name, tensor in weights.items()}, assign=True
    )
    return sha256


def read_tensors(path: Path, remedy: str = REINSTALL) -> Tensors:
    """The tensors of a safetensors file or of a checkpoint of PyTorch, by name.

    Raises:
        InputError: the file cannot be read, has pickled code in it, or holds anything but tensors.
    """
    if path.suffix == ".safetensors":
        try:
            return load_file(path)
        except SafetensorError as error:
            raise InputError(f"the weights file {path} is no safetensors file ({error}); {remedy}") from None
    found = _unpickled(path, remedy)
    if not isinstance(found, Mapping) or not found:
        raise InputError(f"{path} holds a {type(found).__name__} in place of a state_dict; save the state_dict alone")
    strangers = [name for name, value in found.items() if not isinstance(value, Tensor)]
    if strangers:
        value = found[strangers[0]]
        raise InputError(
            f"{path} holds {strangers[0]!r} ({type(value).__name__}) beside or in place of the tensors of a state_dict;"
            " save the state_dict alone"
        )
    return {str(name): tensor for name, tensor in found.items()}


def _unpickled(path: Path, remedy: str) -> object:
    """What PyTorch's restricted unpickler, which calls nothing but the constructors of tensors, makes of a file."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # it warns of archives of TorchScript, and then refuses them
            return torch.load(path, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(path))
    except OSError as error:
        raise InputError(f"the weights file {path} cannot be read ({error.strerror or error}); {remedy}") from None
    except Exception as error:  # a damaged or malicious pickle can make the unpickler raise anything
        code = PICKLED.search(str(error))
        if code is not None:
            raise InputError(
                f"{path} has pickled code in it ({code[1]}), which is never executed; save the state_dict alone, "
                "with torch.save(model.state_dict(), path)"
            ) from None
        raise InputError(f"{path} is no checkpoint that PyTorch can read without executing it; {remedy}") from None


def _prefix_advice(name: str, weights: Tensors) -> str:
    """What to do where all names are right but for what a wrapper around the network has put before them."""
    longer = next((found for found in weights if found.endswith(f".{name}")), None)
    if longer is None or name in weights:
        return ""
    return (
        f"its names begin with {longer.removesuffix(name)!r}, so save the state_dict of the network without its wrapper"
    )


def first_difference(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> tuple[str, str] | None:
    """The first tensor to be missing, of another shape or too much, and a phrase on it; None where all agree."""
    for name, tensor in expected.items():
        if name not in found:
            return name, f"it has no tensor {name}"
        if found[name].shape != tensor.shape:
            shapes = f"{list(found[name].shape)} instead of {list(tensor.shape)}"
            return name, f"its tensor {name} has the shape {shapes}"
    surplus = next((name for name in found if name not in expected), None)
    return None if surplus is None else (surplus, f"it has a tensor {surplus}, which the network has not")
