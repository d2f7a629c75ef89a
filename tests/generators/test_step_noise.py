from __future__ import annotations

import numpy as np
import pytest
import torch

from beatgans.generators.noise import Stream, standard_normal
from beatgans.generators.step_noise import StepNoise

INDICES = np.array([7, 3, 100, 4, 9])
SHAPE = (3, 4, 4)
CPU = torch.device("cpu")


def test_it_is_the_addressed_noise_of_each_step():
    with StepNoise(5, INDICES, SHAPE, CPU) as noise:
        assert np.array_equal(noise.initial().numpy(), standard_normal(5, INDICES, Stream.INITIAL, 0, SHAPE))
        for step in (9, 3):
            assert np.array_equal(noise(step).numpy(), standard_normal(5, INDICES, Stream.STEP, step, SHAPE))


def test_drawing_ahead_changes_no_bit():
    with StepNoise(5, INDICES, SHAPE, CPU, ahead=True) as noise:
        for step in (9, 8, 7, 3, 2, 1, 0):  # with a gap, as where churn skips steps
            assert np.array_equal(noise(step).numpy(), standard_normal(5, INDICES, Stream.STEP, step, SHAPE))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_gets_the_same_bits():
    with StepNoise(5, INDICES, SHAPE, torch.device("cuda")) as noise:
        for step in (9, 8):
            expected = standard_normal(5, INDICES, Stream.STEP, step, SHAPE)
            assert np.array_equal(noise(step).cpu().numpy(), expected)
