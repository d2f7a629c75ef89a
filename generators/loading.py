"""From a model's name to a generator with its weights."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..reference_batches import InputError
from .adapters.callable import CallableGenerator
from .adapters.entries import CallableEntry, ImagesEntry, PipelineEntry
from .adapters.images import ImagesGenerator
from .catalog import NetworkEntry
from .checkpoint import fill
from .computation import FAST, Computation
from .diffusion.architecture import flags_behind
from .diffusion.classifier import NoisyClassifier
from .diffusion.diffusion_generator import DiffusionGenerator
from .diffusion.entries import ClassifierEntry, DenoisingEntry, DiffusionEntry, UpsamplerEntry
from .diffusion.unet import UNet, UNetConfig
from .diffusion.upsampler import SuperResolutionUNet
from .diffusion.upsampler_generator import UpsamplerGenerator
from .entry import ModelEntry
from .gan.biggan_deep import BigGANDeepConfig, BigGANDeepGenerator
from .gan.common_weights import translate
from .gan.entry import GanEntry
from .gan.gan_generator import GanGenerator
from .generator import Generator
from .naming import find_entry, find_model
from .own_weights import with_weights
from .stack import StackEntry
from .stack_generator import StackGenerator
from .weight_files import FetchReport, weight_file


def load_generator(
    name: str,
    device: str = "cpu",
    weights: Path | str | None = None,
    computation: Computation = FAST,
    report: FetchReport | None = None,
) -> Generator:
    """Loads a model, fetching its weights where they are not here.

    Args:
        name: the model's name, or what else :mod:`.naming` knows.
        device: where to sample, such as ``"cpu"`` or ``"cuda"``.
        weights: a file or a folder with its weights, in place of those that ship or are fetched.
        computation: how its networks are computed.
        report: told how far a download is.

    Raises:
        InputError: there is no such model, a weights file is missing, damaged or of another architecture, or the device
            cannot compute so.
    """
    return generator_of(find_model(name, weights), device, computation, report)


def load_network(name: str, weights: Path | str | None = None, report: FetchReport | None = None) -> nn.Module:
    """Loads the network of a model, an upsampler or a classifier by itself, to be called as :mod:`.diffusion` says.

    It is in float32, on the CPU and in evaluation mode. Its arguments are ``(x, timesteps, labels)`` for a denoising
    network, and ``low_res`` after them for an upsampler; ``(x, timesteps)`` for a classifier; ``(latents, labels,
    truncation)`` for a GAN.

    Raises:
        InputError: as :func:`load_generator` does, or the model has no network of its own.
    """
    entry = find_entry(name)
    entry = entry if weights is None else with_weights(entry, Path(weights))
    match entry:
        case DenoisingEntry():
            return _filled_denoiser(entry, report)[0].eval()
        case GanEntry():
            return _filled_gan(entry, report)[0].eval()
        case ClassifierEntry():
            return _filled_classifier(entry.network, entry.image_size, report)[0].eval()
    raise InputError(f"{entry.name} has no network of its own; name one of its parts")


def generator_of(
    entry: ModelEntry, device: str = "cpu", computation: Computation = FAST, report: FetchReport | None = None
) -> Generator:
    """Makes a generator of an entry of :func:`~.naming.find_model`.

    Raises:
        InputError: as :func:`load_generator` does.
    """
    match entry:
        case StackEntry():
            first, second = entry.stages
            base = generator_of(first, device, computation if first.takes_computation else FAST, report)
            return StackGenerator(entry, base, _load_upsampler(second, device, computation, report))
        case DiffusionEntry():
            return _load_diffusion(entry, device, computation, report)
    if computation.dtype != FAST.dtype:
        raise InputError(
            f"{entry.name} is no diffusion model of its own networks, and has no other dtype; leave it out"
        )
    match entry:
        case GanEntry():
            network, hashes = _filled_gan(entry, report)
            return GanGenerator(entry, network, hashes, device)
        case CallableEntry():
            return CallableGenerator(entry)
        case PipelineEntry():
            from .adapters.pipeline import PipelineGenerator  # needs diffusers, which is an extra

            return PipelineGenerator(entry, device)
        case ImagesEntry():
            return ImagesGenerator(entry)
    raise TypeError(f"{type(entry).__name__} is no entry that can be sampled")


def architecture(network: NetworkEntry, image_size: int) -> dict[str, Any]:
    """A network's configuration fields; YAML's lists become the tuples that the configuration classes have."""
    fields = {key: tuple(value) if isinstance(value, list) else value for key, value in network.architecture.items()}
    return {"image_size": image_size, **fields}


def build_denoiser(entry: DenoisingEntry) -> UNet:
    """The denoising network of a diffusion model or an upsampler, without weights: on PyTorch's ``meta`` device."""
    kind = SuperResolutionUNet if isinstance(entry, UpsamplerEntry) else UNet
    try:
        with torch.device("meta"):
            return kind(UNetConfig(**architecture(entry.network, entry.image_size)))
    except (RuntimeError, MemoryError, OverflowError) as error:
        reason = str(error).splitlines()[0]
        raise InputError(
            f"no network can be built of the flags of {entry.name} ({reason}); look at its sizes"
        ) from None


def build_classifier(network: NetworkEntry, image_size: int) -> NoisyClassifier:
    """A noisy classifier, likewise."""
    fields = architecture(network, image_size)
    pool = fields.pop("pool", "attention")
    with torch.device("meta"):
        return NoisyClassifier(UNetConfig(**fields), pool)


def build_gan(entry: GanEntry) -> BigGANDeepGenerator:
    """A GAN's generator, likewise."""
    try:
        config = BigGANDeepConfig(**architecture(entry.network, entry.image_size))
    except ValueError as error:
        raise InputError(f"the architecture of {entry.name} is of no network: {error}") from None
    with torch.device("meta"):
        return BigGANDeepGenerator(config)


def _filled_denoiser(entry: DenoisingEntry, report: FetchReport | None) -> tuple[UNet, dict[str, str]]:
    """A network with its weights, and the SHA-256 of their file by its name."""
    network, file = build_denoiser(entry), weight_file(entry.network, report)
    return network, {file.path.name: fill(network, file, advice=_advice(entry.network))}


def _filled_classifier(
    given: NetworkEntry, image_size: int, report: FetchReport | None
) -> tuple[NoisyClassifier, dict[str, str]]:
    network, file = build_classifier(given, image_size), weight_file(given, report)
    return network, {file.path.name: fill(network, file, advice=_advice(given))}


def _filled_gan(entry: GanEntry, report: FetchReport | None) -> tuple[BigGANDeepGenerator, dict[str, str]]:
    network, file = build_gan(entry), weight_file(entry.network, report)
    return network, {file.path.name: fill(network, file, translate=translate)}


def _load_diffusion(
    entry: DiffusionEntry, device: str, computation: Computation, report: FetchReport | None
) -> DiffusionGenerator:
    network, hashes = _filled_denoiser(entry, report)
    generator = DiffusionGenerator(entry, network, None, hashes, device, computation)
    if entry.classifier is not None:
        generator.load_classifier = partial(_filled_classifier, entry.classifier, entry.image_size, report)
    return generator


def _load_upsampler(
    entry: UpsamplerEntry, device: str, computation: Computation, report: FetchReport | None
) -> UpsamplerGenerator:
    network, hashes = _filled_denoiser(entry, report)
    assert isinstance(network, SuperResolutionUNet)
    return UpsamplerGenerator(entry, network, hashes, device, computation)


def _advice(network: NetworkEntry) -> Callable[[str], str]:
    """What to look at where a tensor differs: the flags that decide on it, if the user gave flags for a file."""

    def advice(tensor: str) -> str:
        if network.flags is None or not network.is_own:
            return ""
        flags = [flag for flag in flags_behind(tensor) if flag in network.flags]
        return f"look at the flag{'s' if len(flags) > 1 else ''} {', '.join(flags)}"

    return advice
