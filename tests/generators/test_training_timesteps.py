"""The choice of timesteps against its definition."""

import numpy as np
import pytest
import torch

from beatgans.generators.training.timesteps import HISTORY, LossSecondMoment, UniformTimesteps, draw


def filled(losses_of):
    """A sampler that has seen ten losses and more of each of five timesteps."""
    sampler = LossSecondMoment(5)
    for turn in range(13):
        sampler.update(np.arange(5), np.array([losses_of(step, turn) for step in range(5)]))
    return sampler


def test_timesteps_come_as_often_as_they_should():
    probabilities = np.array([0.5, 0.0, 0.3, 0.2])
    uniform = (np.arange(1000) + 0.5) / 1000
    steps, weights = draw(probabilities, uniform)
    assert torch.bincount(steps, minlength=4).tolist() == [500, 0, 300, 200]
    assert weights.unique().tolist() == pytest.approx([0.5, 1 / 1.2, 1.25])


def test_weights_leave_the_mean_what_it_is():
    sampler = filled(lambda step, turn: 1.0 + step)
    steps, weights = draw(sampler.probabilities(), (np.arange(100_000) + 0.5) / 100_000)
    values = torch.arange(5.0) ** 2
    assert (values[steps] * weights).mean().item() == pytest.approx(values.mean().item(), rel=1e-3)


def test_the_largest_number_below_one_draws_the_last_timestep():
    steps, _ = draw(UniformTimesteps(7).probabilities(), np.array([0.0, np.nextafter(1, 0)]))
    assert steps.tolist() == [0, 6]


def test_it_is_uniform_until_every_timestep_has_its_history():
    sampler = LossSecondMoment(3)
    for _ in range(HISTORY):
        sampler.update(np.array([0, 1]), np.array([5.0, 1.0]))
    assert not sampler.is_warm
    assert sampler.probabilities().tolist() == pytest.approx([1 / 3] * 3)
    sampler.update(np.full(HISTORY, 2), np.ones(HISTORY))
    assert sampler.is_warm
    assert sampler.probabilities()[0] > 0.6


def test_the_probability_is_the_root_of_the_mean_square_of_the_last_ten():
    sampler = filled(lambda step, turn: (step + 1) * (turn + 1))
    last_ten = np.array([[(step + 1) * (turn + 1) for turn in range(3, 13)] for step in range(5)], np.float64)
    roots = np.sqrt((last_ten**2).mean(axis=1))
    assert sampler.probabilities() == pytest.approx(0.999 * roots / roots.sum() + 0.001 / 5)


def test_its_state_is_all_there_is():
    sampler = filled(lambda step, turn: 1.0 + step * turn)
    copied = LossSecondMoment(5)
    copied.load(sampler.state())
    for each in (sampler, copied):
        each.update(np.array([3]), np.array([9.0]))
    assert copied.probabilities().tolist() == sampler.probabilities().tolist()
