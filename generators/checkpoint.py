"""Weights from files, which either fit a network exactly or are refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ..reference_batches import InputError, sha256_file

REMEDY = "reinstall beatgans or train the model again"


def load_weights(network: nn.Module, path: Path) -> str:
    """Fills a network with the weights of a safetensors file that has a ``.json`` record beside it.

    Returns:
        The SHA-256 of the file, which is that of the record.

    Raises:
        InputError: the file or its record is missing or damaged, or its tensors are not those of the network.
    """
    sha256 = _verified_sha256(path)
    try:
        weights = load_file(path)
    except SafetensorError as error:
        raise InputError(f"the weights file {path} is no safetensors file ({error}); {REMEDY}") from None
    difference = first_difference(network.state_dict(), weights)
    if difference:
        raise InputError(f"the weights file {path} is not of the catalog's architecture: {difference}; {REMEDY}")
    network.load_state_dict(weights)
    return sha256


def first_difference(expected: Mapping[str, Tensor], found: Mapping[str, Tensor]) -> str | None:
    """Says which tensor is the first to be missing, of another shape or too much; None where all agree."""
    for name, tensor in expected.items():
        if name not in found:
            return f"it has no tensor {name}"
        if found[name].shape != tensor.shape:
            return f"its tensor {name} has the shape {list(found[name].shape)} instead of {list(tensor.shape)}"
    surplus = [name for name in found if name not in expected]
    return f"it has a tensor {surplus[0]}, which the network has not" if surplus else None


def _verified_sha256(path: Path) -> str:
    """The SHA-256 of a weights file, once it is found to be that of the record."""
    record = path.with_suffix(".json")
    try:
        sha256 = sha256_file(path)
        recorded = json.loads(record.read_text(encoding="utf-8"))["sha256"]
    except OSError as error:
        raise InputError(f"{error.filename} cannot be read ({error.strerror}); {REMEDY}") from None
    except (ValueError, KeyError, TypeError):
        raise InputError(f"the record {record} is damaged; {REMEDY}") from None
    if sha256 != recorded:
        raise InputError(f"the weights file {path} is damaged: its SHA-256 is not that of {record.name}; {REMEDY}")
    return sha256
