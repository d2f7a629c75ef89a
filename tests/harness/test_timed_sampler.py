from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from beatgans.generators import SamplerSettings, load_generator
from beatgans.harness.plan import Shard
from beatgans.harness.timed_sampler import TimedSampler

UNGUIDED = SamplerSettings("ddim", "ddim2")
GUIDED = SamplerSettings("ddim", "ddim2", guidance=1.0)


@pytest.fixture(scope="module")
def generator():
    return load_generator("digits-diffusion")


def test_a_shard_has_the_images_of_its_range_in_whatever_batches(generator):
    steps = []
    whole = TimedSampler(generator, 3, "balanced", 10).sample(UNGUIDED, Shard(1, 5, 15), steps.append)
    parts = TimedSampler(generator, 3, "balanced", 4).sample(UNGUIDED, Shard(1, 5, 15), steps.append)
    other = TimedSampler(generator, 3, "balanced", 5).sample(UNGUIDED, Shard(0, 10, 15), lambda _: None)

    assert steps == [10, 4, 4, 2]
    assert whole.batch.labels.tolist() == [5, 6, 7, 8, 9, 0, 1, 2, 3, 4]
    # On one machine the pixels may differ by a rounding; on most they do not.
    assert np.abs(whole.batch.images.astype(int) - parts.batch.images).max() <= 1
    assert np.abs(whole.batch.images[5:].astype(int) - other.batch.images).max() <= 1


def test_evaluations_are_counted(generator):
    sampled = TimedSampler(generator, 0, "balanced", 2).sample(GUIDED, Shard(0, 0, 4), lambda _: None)
    assert (sampled.network_evaluations, sampled.classifier_evaluations) == (2, 2)


def test_the_first_batch_of_each_kind_is_not_timed(generator):
    sampler = TimedSampler(generator, 0, "uniform", 2)

    def batches_timed(settings):
        return [images for images, seconds in sampler.sample(settings, Shard(0, 0, 5), lambda _: None).timings]

    assert batches_timed(UNGUIDED) == [2, 1]
    assert batches_timed(UNGUIDED) == [2, 2, 1]
    assert batches_timed(GUIDED) == [2, 1]
    assert batches_timed(GUIDED) == [2, 2, 1]
    assert batches_timed(replace(GUIDED, sampler="ddpm")) == [2, 1]
