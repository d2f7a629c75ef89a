"""Sampling in batches beside sampling image by image: the same pixels, for much less time."""

import numpy as np
import pytest

from beatgans.generators import SamplerSettings, load_generator

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
