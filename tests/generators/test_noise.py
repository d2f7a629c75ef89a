from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from beatgans.generators.noise import Stream, random_bits, standard_normal, truncated_normal
from beatgans.reference_batches import InputError

MANY = np.arange(2000)


def philox4x64(counter: list[int], key: list[int]) -> list[int]:
    """Philox4x64-10 in whole numbers, after the paper: nothing of NumPy in it."""
    mask = 2**64 - 1
    for _ in range(10):
        first, second = 0xD2E7470EE14C6C93 * counter[0], 0xCA5A826395121157 * counter[2]
        counter = [
            (second >> 64) ^ counter[1] ^ key[0],
            second & mask,
            (first >> 64) ^ counter[3] ^ key[1],
            first & mask,
        ]
        key = [(key[0] + 0x9E3779B97F4A7C15) & mask, (key[1] + 0xBB67AE8584CAA73B) & mask]
    return counter


def test_the_oracle_gives_the_known_answers_of_random123():
    zeros = [0x16554D9ECA36314C, 0xDB20FE9D672D0FDC, 0xD7E772CEE186176B, 0x7E68B68AEC7BA23B]
    ones = [0x87B092C3013FE90B, 0x438C3C67BE8D0224, 0x9CC7D7C69CD777B6, 0xA09CAEBF594F0BA0]
    assert philox4x64([0, 0, 0, 0], [0, 0]) == zeros
    assert philox4x64([2**64 - 1] * 4, [2**64 - 1] * 2) == ones


def test_bits_are_those_of_philox_at_the_documented_address():
    seed, index, stream, step = 2**64 - 1, 49_999, 3, 250
    bits = random_bits(seed, np.array([index]), stream, step, (6,))
    # NumPy counts up before it draws, so the first block is number 1.
    expected = philox4x64([1, step, stream, 0], [seed, index]) + philox4x64([2, step, stream, 0], [seed, index])
    assert bits.dtype == np.uint64
    assert bits[0].tolist() == expected[:6]


def test_normal_numbers_stay_what_they_have_always_been():
    # Frozen: should another NumPy give others, every published image of a seed would change unnoticed.
    values = standard_normal(2105, np.array([0, 4999]), Stream.STEP, 3, (2, 2))
    expected = "49eb7a3c 88e9c0be 69aa843f 2deb943f fd3c743f eaaa633f ce2c633f 11fd0a3f"
    assert values.astype("<f4").tobytes().hex(" ", 4) == expected


def test_truncated_normal_numbers_stay_what_they_have_always_been():
    values = truncated_normal(2105, np.array([0, 4999]), Stream.LATENT, 0, (3,), 2.0)
    expected = [[1.232201, -1.3270315, -0.01687616], [0.35862115, -1.4838315, 0.00772882]]
    np.testing.assert_allclose(values, expected, rtol=1e-6)


def test_a_sample_has_the_same_noise_in_any_batch_and_order():
    shape = (3, 5, 5)
    together = standard_normal(7, MANY[:60], Stream.STEP, 9, shape)
    order = np.random.RandomState(0).permutation(60)
    assert np.array_equal(standard_normal(7, order, Stream.STEP, 9, shape), together[order])
    alone = np.concatenate([standard_normal(7, MANY[k : k + 1], Stream.STEP, 9, shape) for k in range(60)])
    assert np.array_equal(alone, together)


@pytest.mark.parametrize("other", [(8, 5, 1, 9), (7, 6, 1, 9), (7, 5, 0, 9), (7, 5, 1, 8)])
def test_every_part_of_the_address_gives_unrelated_noise(other: tuple[int, int, int, int]):
    def draw(seed: int, index: int, stream: int, step: int):
        return standard_normal(seed, np.array([index]), stream, step, (4000,))[0]

    correlation = np.corrcoef(draw(7, 5, 1, 9), draw(*other))[0, 1]
    assert abs(correlation) < 4 / np.sqrt(4000)


def test_normal_numbers_are_standard_normal():
    values = standard_normal(0, MANY, Stream.INITIAL, 0, (20,))
    assert values.dtype == np.float32
    assert values.shape == (2000, 20)
    assert stats.kstest(values.ravel(), "norm").pvalue > 0.01


def test_neighbouring_samples_and_neighbouring_numbers_of_a_sample_are_uncorrelated():
    values = standard_normal(0, MANY, Stream.INITIAL, 0, (20,))
    for one, next_one in ((values[:-1], values[1:]), (values[:, :-1], values[:, 1:])):
        assert abs(np.corrcoef(one.ravel(), next_one.ravel())[0, 1]) < 4 / np.sqrt(one.size)


def test_truncated_normal_numbers_have_scipys_distribution_and_bounds():
    values = truncated_normal(0, MANY, Stream.LATENT, 0, (20,), 2.0)
    assert values.dtype == np.float32
    assert values.shape == (2000, 20)
    assert -2 <= values.min() < -1.99
    assert 1.99 < values.max() <= 2
    assert stats.kstest(values.ravel(), stats.truncnorm(-2, 2).cdf).pvalue > 0.01


def test_truncated_normal_numbers_are_scipys_quantiles_of_the_bits():
    uniform = (random_bits(3, MANY[:50], Stream.LATENT, 0, (4,)) >> np.uint64(11)) / 2**53
    values = truncated_normal(3, MANY[:50], Stream.LATENT, 0, (4,), 1.5)
    np.testing.assert_allclose(values, stats.truncnorm(-1.5, 1.5).ppf(uniform), rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("seed", [-1, 2**64])
def test_a_seed_that_does_not_fit_is_refused(seed: int):
    with pytest.raises(InputError, match=f"seed {seed} is out of range"):
        standard_normal(seed, MANY[:1], Stream.STEP, 0, (1,))
