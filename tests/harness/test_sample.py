from __future__ import annotations

import pytest

from beatgans.generators import SamplerSettings
from beatgans.harness import Progress
from beatgans.harness.sample import sample_batch
from beatgans.reference_batches import InputError, read_batch

SETTINGS = SamplerSettings("ddim", "ddim2", guidance=1.0)


def test_samples_are_those_of_a_run_with_the_same_seed(undisturbed):
    images, labels = sample_batch("digits-diffusion", SETTINGS, 20, 0, "balanced", 10, "cpu", Progress())

    shards = undisturbed / "points" / "digits-diffusion_ddim2_guidance1" / "shards"
    for index in range(2):
        shard = read_batch(shards / f"{index:05d}.npz")
        assert (images[10 * index : 10 * index + 10] == shard.images).all()
        assert (labels[10 * index : 10 * index + 10] == shard.labels).all()


def test_an_unknown_label_policy_is_refused():
    with pytest.raises(InputError, match="label policy"):
        sample_batch("digits-diffusion", SETTINGS, 1, 0, "sorted", 1, "cpu", Progress())
