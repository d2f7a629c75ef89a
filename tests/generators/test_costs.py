from __future__ import annotations

import pytest

from beatgans.generators import find_entry
from beatgans.generators.costs import Cost, costs, count_classifier, count_denoiser, count_gan


@pytest.mark.parametrize("name", ["digits-diffusion", "adm-imagenet64", "adm-imagenet64-to-256"])
def test_the_table_says_what_is_counted(name):
    entry = find_entry(name)
    assert count_denoiser(entry) == costs()[entry.network.weights]


def test_it_does_for_classifiers_and_gans():
    entry = find_entry("digits-diffusion")
    assert count_classifier(entry.classifier, entry.image_size) == costs()[entry.classifier.weights]
    entry = find_entry("biggan-deep-128")
    assert count_gan(entry) == costs()[entry.network.weights]


def test_a_known_network_counts_as_in_the_literature():
    # DiT (arXiv 2212.09748) gives 1,120 Gflops for ADM at 256x256, a multiplication and an addition counting as one.
    assert costs()["256x256_diffusion.pt"].flops / 2e9 == pytest.approx(1120, rel=0.001)
    assert costs()["256x256_diffusion.pt"].parameters == 553_838_086


def test_all_networks_of_the_catalog_are_in_the_table():
    from beatgans.generators import MODELS

    used = {network.weights for entry in MODELS.values() if entry.family != "stack" for network in entry.networks}
    assert used == set(costs())
    assert all(isinstance(cost, Cost) and cost.flops > 0 for cost in costs().values())
