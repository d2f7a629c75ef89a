"""What one evaluation of each network of the catalog costs, counted once and kept in ``costs.csv``.

Reading the table needs no torch, so that a plan is made at once; counting does, and a test does it again.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from .catalog import MODELS
from .diffusion.entries import DenoisingEntry, UpsamplerEntry
from .entry import ModelEntry, NetworkEntry
from .gan.entry import GanEntry

if TYPE_CHECKING:
    from torch import Tensor, nn

FIELDS = ("weights", "parameters", "flops")


class Cost(NamedTuple):
    """The size of a network, and the work of one evaluation for one image."""

    parameters: int
    flops: int
    """Operations of matrix products and convolutions, a multiplication and an addition counting as two; those of a
    classifier include the gradient with respect to the image."""


@cache
def costs() -> dict[str, Cost]:
    """The table, by the names of the networks' weights files."""
    text = resources.files(__package__).joinpath("costs.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["weights"]: Cost(int(row["parameters"]), int(row["flops"])) for row in rows}


def count_all() -> dict[str, Cost]:
    """Counts every network of the catalog anew, by its weights file. Needs torch; takes half a minute."""
    counted: dict[str, Cost] = {}
    for entry in MODELS.values():
        match entry:
            case DenoisingEntry():
                counted.setdefault(entry.network.weights, count_denoiser(entry))
                if entry.classifier is not None and entry.classifier.weights not in counted:
                    counted[entry.classifier.weights] = count_classifier(entry.classifier, entry.image_size)
            case GanEntry():
                counted[entry.network.weights] = count_gan(entry)
    return counted


_COUNTED: dict[tuple[str, str, int | None], Cost | None] = {}


def count_network(entry: ModelEntry, network: NetworkEntry) -> Cost | None:
    """Counts a network of a model, and remembers it; None where the model is not one of ours. Needs torch."""
    key = (type(entry).__name__, network.model_dump_json(), entry.image_size)
    if key not in _COUNTED:
        _COUNTED[key] = _count_network(entry, network)
    return _COUNTED[key]


def _count_network(entry: ModelEntry, network: NetworkEntry) -> Cost | None:
    match entry:
        case DenoisingEntry() if network is entry.classifier:
            return count_classifier(network, entry.image_size)
        case DenoisingEntry():
            return count_denoiser(entry)
        case GanEntry():
            return count_gan(entry)
    return None


def count_denoiser(entry: DenoisingEntry) -> Cost:
    """Counts a denoising network, without weights and without computing anything. Needs torch."""
    from .loading import build_denoiser

    size = entry.image_size
    inputs = [_zeros(1, 3, size, size), _zeros(1), _label() if entry.network.architecture.get("num_classes") else None]
    if isinstance(entry, UpsamplerEntry):
        inputs.append(_zeros(1, 3, entry.small_size, entry.small_size))
    return _count(build_denoiser(entry), lambda network: network(*inputs))


def count_classifier(network: NetworkEntry, image_size: int) -> Cost:
    """Counts a noisy classifier and its gradient, likewise."""
    from .loading import build_classifier

    image = _zeros(1, 3, image_size, image_size).requires_grad_()
    return _count(build_classifier(network, image_size), lambda made: made(image, _zeros(1)).sum().backward())


def count_gan(entry: GanEntry) -> Cost:
    """Counts a GAN's generator, likewise."""
    from .loading import build_gan

    latent = _zeros(1, entry.network.architecture["latent_width"])
    return _count(build_gan(entry), lambda network: network(latent, _label(), 1.0))


def _count(network: nn.Module, evaluate: Callable[[nn.Module], object]) -> Cost:
    from torch.utils.flop_counter import FlopCounterMode

    parameters = sum(parameter.numel() for parameter in network.parameters())
    with FlopCounterMode(display=False) as counter:
        evaluate(network.eval().requires_grad_(False))
    return Cost(parameters, counter.get_total_flops())


def _zeros(*shape: int) -> Tensor:
    import torch

    return torch.zeros(shape, device="meta")


def _label() -> Tensor:
    import torch

    return torch.zeros(1, dtype=torch.int64, device="meta")


def main() -> None:
    """Writes ``costs.csv`` anew; ``nox -s costs`` runs it."""
    import sys

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(FIELDS)
    writer.writerows([weights, *cost] for weights, cost in count_all().items())


if __name__ == "__main__":
    main()
