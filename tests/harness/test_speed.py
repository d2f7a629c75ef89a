from __future__ import annotations

import itertools

import pytest
from scipy.stats import mannwhitneyu

from beatgans.harness.speed import SpeedComparison, compare_speeds
from beatgans.reference_batches import InputError


def test_the_two_take_turns_and_neither_always_begins():
    calls = []
    ticks = itertools.count()
    compared = compare_speeds(lambda: calls.append("new"), lambda: calls.append("old"), 5, lambda: float(next(ticks)))
    assert calls == ["new", "old", "old", "new", "new", "old", "old", "new", "new", "old", "old", "new"]
    assert compared == SpeedComparison((1.0,) * 5, (1.0,) * 5)


def test_a_slower_function_is_found_and_the_warm_up_does_not_count():
    now = [0.0]

    def takes(seconds, first):
        times = itertools.chain([first], itertools.cycle(seconds))
        return lambda: now.__setitem__(0, now[0] + next(times))

    compared = compare_speeds(takes([1.2, 1.3], 100.0), takes([1.0, 1.1], 0.0), 9, lambda: now[0])
    assert compared.ratio == pytest.approx(1.2, abs=0.01)
    assert compared.p_value == pytest.approx(
        mannwhitneyu(compared.new_seconds, compared.old_seconds, alternative="greater").pvalue
    )
    assert compared.is_slower(1.1)
    assert not compared.is_slower(1.5)  # slower, but not by so much
    assert "1.20 times as long (9 rounds in turns" in compared.sentence


def test_noise_alone_proves_nothing_though_the_medians_differ():
    compared = SpeedComparison((2.0, 0.5, 2.1, 0.6, 1.9), (1.0, 1.1, 0.9, 2.2, 0.4))
    assert compared.ratio > 1.1
    assert not compared.is_slower(1.1)


def test_too_few_rounds_are_refused():
    with pytest.raises(InputError, match="at least 5"):
        compare_speeds(lambda: None, lambda: None, 4)
