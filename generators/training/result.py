"""What a training leaves behind: the weights, the record of how they were made, and a model file."""

from __future__ import annotations

import json
import platform
from typing import Any

import torch
import yaml
from safetensors.torch import save
from torch import nn

from ...reference_batches import atomic_write, sha256_file
from ..catalog import MODELS
from ..diffusion.unet import count_parameters
from .folder import TrainingFolder
from .model import TrainedEntry
from .recipe import Recipe

OF_THE_NETWORK = ("network", "classifier", "reported", "licence")


def write_result(
    recipe: Recipe,
    entry: TrainedEntry,
    network: nn.Module,
    folder: TrainingFolder,
    num_images: int,
    made_by: str,
    seconds: float,
) -> None:
    """Writes ``weights.safetensors``, ``weights.json`` and, as the sign that all is done, ``model.yaml``.

    Raises:
        OSError: a file cannot be written.
    """
    write_weights(network, folder)
    device = next(network.parameters()).device
    record = {
        "weights": folder.weights.name,
        "sha256": sha256_file(folder.weights),
        "made_by": made_by,
        "trained_on": f"{recipe.data.images}, {num_images} images",
        "parameters": count_parameters([network]),
        "architecture": entry.network.architecture,
        "recipe": recipe.model_dump(mode="json"),
        "seed": recipe.seed,
        "device": torch.cuda.get_device_name() if device.type == "cuda" else f"CPU, {torch.get_num_threads()} thread",
        "machine": platform.machine(),
        "torch": torch.__version__,
        "seconds": round(seconds),
    }
    with atomic_write(folder.record) as file:
        file.write(json.dumps(record, indent=2).encode() + b"\n")
    write_model(entry, folder)


def write_weights(network: nn.Module, folder: TrainingFolder) -> None:
    """Writes ``weights.safetensors``.

    Raises:
        OSError: it cannot be written.
    """
    weights = {key: tensor.contiguous().cpu() for key, tensor in network.state_dict().items()}
    with atomic_write(folder.weights) as file:
        file.write(save(weights))


def write_model(entry: TrainedEntry, folder: TrainingFolder) -> None:
    """Writes ``model.yaml``.

    Raises:
        OSError: it cannot be written.
    """
    with atomic_write(folder.model) as file:
        file.write(yaml.safe_dump(model_file(entry), sort_keys=False, allow_unicode=True).encode())


def model_file(entry: TrainedEntry) -> dict[str, Any]:
    """The model file of an entry whose weights lie beside it.

    A packaged recipe is called after the catalog's model that it trains again. No model file may have such a name, as
    tables would take the two for each other, so ``-retrained`` is put behind it.
    """
    fields = entry.model_dump(mode="json", exclude_none=True)
    tree = {key: value for key, value in fields.items() if key not in OF_THE_NETWORK}
    # YAML has lists where a network's configuration has tuples.
    architecture = json.loads(json.dumps(entry.network.architecture))
    if entry.name in MODELS:
        tree["name"] = f"{entry.name}-retrained"
    return {**tree, "weights": entry.network.weights, "architecture": architecture}
