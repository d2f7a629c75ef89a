from __future__ import annotations

import pytest

from beatgans.generators import SamplerSettings, load_generator
from beatgans.harness import batch_size
from beatgans.harness.batch_size import (
    MOST_ON_CPU,
    BatchTrials,
    fastest,
    find_batch_size,
    largest_that_fits,
    try_batch_sizes,
)

SETTINGS = SamplerSettings("ddim", "ddim25", guidance=1.0)


@pytest.mark.parametrize("limit", [1, 2, 3, 5, 8, 13, 100, 127, 128, 1000])
def test_the_largest_size_is_found_to_within_an_eighth(limit: int):
    tried = []

    def fits(size: int) -> bool:
        tried.append(size)
        return size <= limit

    found = largest_that_fits(fits, 128)
    assert found <= min(limit, 128) < found + max(1, found // 8) + 1
    assert max(tried, default=0) <= 128
    assert len(tried) < 14


def test_a_small_model_takes_the_most_that_make_a_processor_faster():
    assert find_batch_size(load_generator("digits-diffusion"), SETTINGS, "cpu") == MOST_ON_CPU


def test_memory_bounds_the_batch(monkeypatch):
    monkeypatch.setattr(batch_size, "_free_memory", lambda: 1)
    assert find_batch_size(load_generator("digits-gan"), SamplerSettings(None, None, truncation=1.0), "cpu") == 1


@pytest.mark.parametrize(
    ("speeds", "tried", "best"),
    [
        ({1: 10, 2: 19, 4: 30, 8: 30.1, 16: 99}, [1, 2, 4, 8], 8),  # 8 is not faster by a fiftieth: the search ends
        ({1: 10, 2: 19, 4: None, 8: 99}, [1, 2, 4], 2),  # the memory ends
        ({1: 10, 2: 9, 4: 99}, [1, 2], 1),
        ({1: None}, [1], 1),
        ({1: 1, 2: 2, 4: 4, 8: 8, 16: 16}, [1, 2, 4, 8, 16], 16),  # as many as are allowed
    ],
)
def test_the_fastest_batch_is_sought_until_it_gets_no_faster(speeds, tried, best):
    found = try_batch_sizes(speeds.__getitem__, 16)
    assert list(found) == tried
    assert fastest(found) == best


def test_a_trial_is_guided_and_as_long_as_the_solvers_memory(monkeypatch):
    seen = []
    generator = load_generator("digits-diffusion")
    monkeypatch.setattr(generator, "generate", lambda *arguments: seen.append(arguments[-1]))
    settings = SamplerSettings("unipc3", "logsnr20", guidance=1.0, guidance_interval=(200, 300))
    BatchTrials(generator, settings, "cpu").fits(2)
    assert generator.entry.evaluations(seen[0]) == (3, 3)


def test_throughput_is_measured_where_a_batch_fits(monkeypatch):
    generator, settings = load_generator("digits-gan"), SamplerSettings(None, None, truncation=1.0)
    assert BatchTrials(generator, settings, "cpu").images_per_second(2) > 0
    monkeypatch.setattr(batch_size, "_free_memory", lambda: 1)
    assert BatchTrials(generator, settings, "cpu").images_per_second(2) is None
