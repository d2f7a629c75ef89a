"""From a model's name to a generator with its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..reference_batches import InputError
from .catalog import DiffusionEntry, GanEntry, NetworkEntry, find_model
from .checkpoint import load_weights
from .computation import FAST, Computation
from .diffusion.classifier import NoisyClassifier
from .diffusion.diffusion_generator import DiffusionGenerator
from .diffusion.unet import UNet, UNetConfig
from .gan.biggan_deep import BigGANDeepConfig, BigGANDeepGenerator
from .gan.gan_generator import GanGenerator
from .generator import Generator

WEIGHTS_FOLDER = Path(__file__).parent / "weights"


def load_generator(
    name: str, device: str = "cpu", weights_folder: Path = WEIGHTS_FOLDER, computation: Computation = FAST
) -> Generator:
    """Loads a model of the catalog.

    Args:
        name: the model's name.
        device: where to sample, such as ``"cpu"`` or ``"cuda"``.
        weights_folder: where its weights files are; by default those that ship with the package.
        computation: how its networks are computed.

    Raises:
        InputError: there is no such model, a weights file is missing, damaged or of another architecture, or the device
            cannot compute so.
    """
    entry = find_model(name)
    return (
        _load_diffusion(entry, device, weights_folder, computation)
        if isinstance(entry, DiffusionEntry)
        else _load_gan(entry, device, weights_folder, computation)
    )


def architecture(network: NetworkEntry, image_size: int) -> dict[str, Any]:
    """A network's configuration fields; YAML's lists become the tuples that the configuration classes have."""
    fields = {key: tuple(value) if isinstance(value, list) else value for key, value in network.architecture.items()}
    return {"image_size": image_size, **fields}


def _load_diffusion(entry: DiffusionEntry, device: str, folder: Path, computation: Computation) -> DiffusionGenerator:
    network = UNet(UNetConfig(**architecture(entry.network, entry.image_size)))
    hashes = {entry.network.weights: load_weights(network, folder / entry.network.weights)}
    classifier = None
    if entry.classifier is not None:
        classifier = NoisyClassifier(UNetConfig(**architecture(entry.classifier, entry.image_size)))
        hashes[entry.classifier.weights] = load_weights(classifier, folder / entry.classifier.weights)
    return DiffusionGenerator(entry, network, classifier, hashes, device, computation)


def _load_gan(entry: GanEntry, device: str, folder: Path, computation: Computation) -> GanGenerator:
    if computation.dtype != "float32":
        raise InputError(f"{entry.name} is a GAN, which is computed in float32; leave dtype out")
    network = BigGANDeepGenerator(BigGANDeepConfig(**architecture(entry.network, entry.image_size)))
    hashes = {entry.network.weights: load_weights(network, folder / entry.network.weights)}
    return GanGenerator(entry, network, hashes, device)
