"""Sampling in batches beside sampling image by image: the same pixels, for much less time."""

import time

import numpy as np
import pytest

from beatgans.generators import SamplerSettings, load_generator
from beatgans.generators.noise import Stream, standard_normal

SETTINGS = SamplerSettings("ddim", "ddim5")
INDICES = np.arange(50)


@pytest.fixture(scope="module")
def generator():
    return load_generator("digits-diffusion")


def in_batches_of(size, generator):
    parts = [
        generator.generate(0, INDICES[start : start + size], INDICES[start : start + size] % 10, SETTINGS).images
        for start in range(0, len(INDICES), size)
    ]
    return np.concatenate(parts)


@pytest.mark.benchmark(group="sampling 50 digits")
@pytest.mark.parametrize("batch_size", [50, 1])
def test_batches(benchmark, generator, batch_size):
    images = benchmark(in_batches_of, batch_size, generator)
    differences = np.abs(images.astype(int) - in_batches_of(25, generator))
    assert differences.max() <= 1  # the arithmetic of a batch may round otherwise than that of an image


@pytest.mark.benchmark(group="noise of 25 steps for 50 digits")
def test_noise_takes_little_of_the_time(benchmark, generator, full_scale):
    """Of ancestral sampling, which draws some at every step, and of the smallest model, which is the fastest."""
    settings = SamplerSettings("ddpm", "25")
    generator.generate(0, INDICES, INDICES % 10, settings)
    began = time.process_time()
    generator.generate(0, INDICES, INDICES % 10, settings)
    sampling = time.process_time() - began

    def draw():
        return [standard_normal(0, INDICES, Stream.STEP, step, (3, 8, 8)) for step in range(25)]

    noises = benchmark(draw)
    assert np.std(noises) == pytest.approx(1, abs=0.01)
    if full_scale:
        assert benchmark.stats.stats.min < 0.05 * sampling
