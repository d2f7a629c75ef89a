from __future__ import annotations

import pytest

from beatgans.generators import SamplerSettings, costs, find_model
from beatgans.generators.costs import count_network
from beatgans.generators.operations import known_cost, operations

NETWORK, CLASSIFIER = (costs()[f"digits_{name}.safetensors"].flops for name in ("diffusion", "classifier"))


@pytest.mark.parametrize(
    ("settings", "evaluations"),
    [
        (SamplerSettings("ddim", "ddim5"), (5, 0)),
        (SamplerSettings("ddim", "ddim5", 1.0), (5, 5)),
        (SamplerSettings("heun", "karras5"), (9, 0)),
    ],
)
def test_an_image_takes_the_operations_of_all_its_evaluations(settings, evaluations):
    expected = evaluations[0] * NETWORK + evaluations[1] * CLASSIFIER
    assert operations(find_model("digits-diffusion"), settings) == expected


@pytest.fixture
def own_model():
    """A model of one's own, of the architecture that ships. Counting needs no weights."""
    entry = find_model("digits-diffusion")
    return entry.model_copy(update={"network": entry.network.model_copy(update={"weights": "mine.safetensors"})})


def test_a_network_of_ones_own_is_counted_only_where_that_is_asked_for(own_model):
    settings = SamplerSettings("ddim", "ddim5", 1.0)
    assert operations(own_model, settings) is None
    assert operations(own_model, settings, known_cost) == 5 * (NETWORK + CLASSIFIER)
    assert count_network(own_model, own_model.network) == costs()["digits_diffusion.safetensors"]


def test_what_another_program_makes_is_not_known():
    assert operations(find_model("somewhere:function"), SamplerSettings(None, None), known_cost) is None
