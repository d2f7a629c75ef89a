"""The operations of one image: those of every network that makes it, times its evaluations. Needs no torch to look up.

Networks of the catalog are in the table of :mod:`.costs`; those of a user's own are counted when somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from .costs import Cost, costs, count_network
from .entry import ModelEntry, NetworkEntry
from .generator import SamplerSettings
from .stack import StackEntry

CostOf: TypeAlias = Callable[[ModelEntry, NetworkEntry], Cost | None]
"""What one evaluation of a model's network costs; None where that is not known."""


def listed_cost(entry: ModelEntry, network: NetworkEntry) -> Cost | None:  # noqa: ARG001 - as for those that count
    """What the table says."""
    return costs().get(network.weights)


def known_cost(entry: ModelEntry, network: NetworkEntry) -> Cost | None:
    """What the table says, or what counting comes to: that needs torch, and takes seconds once a network and process.

    None for a network that only another program can build.
    """
    return listed_cost(entry, network) or count_network(entry, network)


def operations(entry: ModelEntry, settings: SamplerSettings, cost_of: CostOf = listed_cost) -> int | None:
    """Floating-point operations of one image, a multiplication and an addition counting as two.

    Those of matrix products and convolutions of all networks, a classifier's gradient included. The sampler's own
    arithmetic, the norms and the activations are not counted, as is the custom.

    Returns:
        None where a network is not known, or another program makes the images.
    """
    if isinstance(entry, StackEntry):
        stages = [
            operations(*stage, cost_of) for stage in zip(entry.stages, entry.stage_settings(settings), strict=True)
        ]
        return None if None in stages else sum(flops or 0 for flops in stages)
    evaluations = entry.evaluations(settings)
    return None if evaluations is None else _total(entry, evaluations, cost_of)


def _total(entry: ModelEntry, evaluations: Sequence[int], cost_of: CostOf) -> int | None:
    total = 0
    for network, number in zip(entry.networks, evaluations, strict=False):  # some models have no classifier
        if number == 0:
            continue
        cost = cost_of(entry, network)
        if cost is None:
            return None
        total += number * cost.flops
    return total
