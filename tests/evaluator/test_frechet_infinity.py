from __future__ import annotations

import numpy as np
import pytest

from beatgans.evaluator.frechet import frechet_distance
from beatgans.evaluator.frechet_infinity import frechet_infinity
from beatgans.evaluator.statistics import Moments, moments
from beatgans.evaluator.uncertainty import contiguous_groups
from beatgans.reference_batches import InputError

WIDTH = 8
SPREAD = np.linspace(0.7, 1.3, WIDTH)
STANDARD_NORMAL = Moments(np.zeros(WIDTH), np.eye(WIDTH))


def draw(seed, n, shift=0.1):
    """Samples whose distance from a standard normal is known: n shift^2 + sum (spread - 1)^2."""
    return (shift + SPREAD * np.random.default_rng(seed).normal(size=(n, WIDTH))).astype(np.float32)


def by_definition(samples, parts_of):
    """The intercept of numpy's fit to the mean distances of the parts, each given by its rows."""
    sizes, distances = [], []
    for parts in parts_of:
        sizes.append(np.mean([1 / len(part) for part in parts]))
        distances.append(
            np.mean([frechet_distance(moments(samples[part]), STANDARD_NORMAL, "nuclear-norm") for part in parts])
        )
    return np.polyfit(sizes, distances, 1)[1], sizes, distances


def parts_of(n, groups, without=None):
    """The rows of the 1, 2 and 4 parts of n samples, which are whole groups, without those of one group."""
    rows = [np.r_[group] for group in contiguous_groups(n, groups)]
    if without is not None:
        rows[without] = rows[without][:0]
    return [
        [np.concatenate(rows[groups * i // parts : groups * (i + 1) // parts]) for i in range(parts)]
        for parts in (1, 2, 4)
    ]


@pytest.mark.parametrize("groups", [8, 20, 21])
def test_agrees_with_a_fit_of_the_parts(groups):
    samples = draw(0, 403)
    expected, sizes, distances = by_definition(samples, parts_of(403, groups))
    result = frechet_infinity(samples, STANDARD_NORMAL, groups)
    assert result.value == pytest.approx(expected, rel=1e-9)
    np.testing.assert_allclose(result.points, np.stack([1 / np.array(sizes), distances], axis=1), rtol=1e-9)


@pytest.mark.parametrize("groups", [8, 20, 21])
def test_replicates_are_fits_of_what_is_left(groups):
    samples = draw(0, 403)
    expected = [by_definition(samples, parts_of(403, groups, without=group))[0] for group in range(groups)]
    np.testing.assert_allclose(
        frechet_infinity(samples, STANDARD_NORMAL, groups).without_each, expected, rtol=1e-8, atol=1e-10
    )


@pytest.fixture(scope="module")
def results():
    return [frechet_infinity(draw(seed, 400), STANDARD_NORMAL) for seed in range(60)]


def test_comes_nearer_to_the_closed_form_than_the_distance_of_all_samples(results):
    truth = WIDTH * 0.1**2 + np.square(SPREAD - 1).sum()
    values, plain = (np.array(x) for x in ([r.value for r in results], [r.points[0][1] for r in results]))
    noise = values.std() / np.sqrt(len(values))
    assert plain.mean() - truth > 5 * noise
    assert abs(values.mean() - truth) < 3 * noise
    assert values.std() < 1.2 * plain.std()  # the extrapolation costs little


def test_standard_error_is_the_spread_of_other_samples(results):
    errors, spread = [r.standard_error for r in results], np.std([r.value for r in results], ddof=1)
    assert 0.8 < np.mean(errors) / spread < 1.3


def test_equal_distributions_have_a_distance_of_zero_on_average():
    values = [frechet_infinity(draw(s, 640, 0), Moments(np.zeros(WIDTH), np.diag(SPREAD**2))).value for s in range(60)]
    plain = frechet_infinity(draw(0, 640, 0), Moments(np.zeros(WIDTH), np.diag(SPREAD**2))).points[0][1]
    assert abs(np.mean(values)) < 0.1 * plain
    assert min(values) < 0 < max(values)


def test_classes_that_take_turns_do_so_in_the_parts():
    """A shuffle unbalances the parts, which makes their distances, and with them the slope, too large."""
    random = np.random.default_rng(0)
    centres = 3 * random.normal(size=(10, WIDTH))

    def draw_in_turn(n):
        return (centres[np.arange(n) % 10] + random.normal(size=(n, WIDTH))).astype(np.float32)

    reference = moments(draw_in_turn(100_000))
    in_turn = [frechet_infinity(draw_in_turn(400), reference) for _ in range(20)]
    shuffled = [frechet_infinity(random.permutation(draw_in_turn(400)), reference) for _ in range(20)]
    noise = np.std([result.value for result in in_turn]) / np.sqrt(20)
    assert abs(np.mean([result.value for result in in_turn])) < 3 * noise
    assert np.mean([result.value for result in shuffled]) < -20 * noise


def test_too_few_samples_have_a_reason_and_no_value():
    result = frechet_infinity(draw(0, 79), STANDARD_NORMAL)
    assert result[:3] == (None, (), ())
    assert result.standard_error is None
    assert result.reason == "79 samples are too few to extrapolate FID in 8 dimensions, which takes 80"
    assert frechet_infinity(draw(0, 80), STANDARD_NORMAL).reason is None


def test_too_few_groups_are_refused():
    with pytest.raises(InputError, match="groups is 7; the jackknife of FID-infinity takes at least 8"):
        frechet_infinity(draw(0, 400), STANDARD_NORMAL, groups=7)
