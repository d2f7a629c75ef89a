"""The models of the catalog with small networks, which a processor samples in seconds.

A small network has the layers of the large one, tensor by tensor and by the same names: only widths and images are
smaller. Images have an eighth of the original's height and width, those of CIFAR-10 a quarter, BigGAN-deep's all of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch

from beatgans.generators import MODELS
from beatgans.generators.diffusion.entries import ClassifierEntry, DenoisingEntry, UpsamplerEntry
from beatgans.generators.entry import ModelEntry, NetworkEntry
from beatgans.generators.gan.entry import GanEntry
from beatgans.generators.gan.huggingface import network_fields, read_config
from beatgans.generators.stack import StackEntry

GROUPS = 32
"""Of every GroupNorm: no level can be narrower."""
GAN_WIDTHS = {"channel_width": 8, "z_dim": 16}


def small_models() -> dict[str, ModelEntry]:
    """All models that are fetched, by their names in the catalog."""
    models = {
        name: small(entry)
        for name, entry in MODELS.items()
        if entry.networks and entry.networks[0].url is not None and not isinstance(entry, StackEntry)
    }
    stacks = {
        name: entry.joined(models[entry.base], models[entry.upsampler])
        for name, entry in MODELS.items()
        if isinstance(entry, StackEntry)
    }
    return models | stacks


@singledispatch
def small(entry: ModelEntry) -> ModelEntry:
    """The entry with a small network."""
    raise TypeError(f"there is no small {entry.family}")


@small.register
def _(entry: DenoisingEntry) -> ModelEntry:
    size, network = small_network(entry.network, entry.image_size)
    changes: dict[str, object] = {"image_size": size, "network": network}
    if entry.classifier is not None:
        changes["classifier"] = small_network(entry.classifier, entry.image_size)[1]
    if isinstance(entry, UpsamplerEntry):
        changes["small_size"] = entry.small_size * size // entry.image_size
    return entry.model_copy(update=changes)


@small.register
def _(entry: ClassifierEntry) -> ModelEntry:
    size, network = small_network(entry.network, entry.image_size)
    return entry.model_copy(update={"image_size": size, "network": network})


@small.register
def _(entry: GanEntry) -> ModelEntry:
    config = read_config({**(entry.network.config or {}), **GAN_WIDTHS}, entry.name)
    changes = {"config": config.model_dump(mode="json"), "architecture": network_fields(config)}
    return entry.model_copy(update={"network": entry.network.model_copy(update=changes)})


def small_network(network: NetworkEntry, image_size: int) -> tuple[int, NetworkEntry]:
    """An eighth of an image size, or what a network can still halve at each of its levels; and the network for it."""
    architecture: Mapping[str, object] = network.architecture
    multiples = network.architecture["channel_mult"]
    size = max(image_size // 8, 2 ** (len(multiples) - 1))
    small_architecture = {
        **architecture,
        "model_channels": int(GROUPS / min(1, *multiples)),
        "attention_resolutions": [
            resolution * size // image_size for resolution in network.architecture["attention_resolutions"]
        ],
        "num_head_channels": network.architecture["num_head_channels"] and GROUPS,
    }
    return size, network.model_copy(update={"architecture": small_architecture})
