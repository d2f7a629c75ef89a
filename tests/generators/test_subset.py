from __future__ import annotations

import numpy as np
import pytest

from beatgans.generators import choose_subset


@pytest.mark.parametrize("number", [10, 11, 1000])
def test_all_are_taken_in_the_order_of_the_file(number):
    assert choose_subset(number, 10, 3).tolist() == list(range(10))


def test_fewer_are_drawn_once_each_and_keep_their_order():
    chosen = choose_subset(100, 1000, 3)
    assert len(chosen) == len(set(chosen.tolist())) == 100
    assert (np.diff(chosen) > 0).all()
    assert chosen[-1] > 900, "the first of the file were taken"
    assert chosen.tolist() == choose_subset(100, 1000, 3).tolist()
    assert chosen.tolist() != choose_subset(100, 1000, 4).tolist()
    assert set(chosen.tolist()) < set(choose_subset(101, 1000, 3).tolist())


def test_every_image_is_as_likely_as_any_other():
    counts = np.bincount(np.concatenate([choose_subset(5, 20, seed) for seed in range(1000)]), minlength=20)
    # Binomial with n = 1000 and p = 1/4: four standard deviations are 55.
    assert abs(counts - 250).max() < 60


def test_classes_are_taken_in_equal_numbers_as_far_as_they_go():
    labels = np.repeat([0, 1, 2], [100, 100, 5])
    chosen = choose_subset(65, 205, 0, labels)
    assert np.bincount(labels[chosen]).tolist() == [30, 30, 5]
    assert (np.diff(chosen) > 0).all()
    assert np.bincount(labels[choose_subset(16, 205, 0, labels)]).max() == 6
    assert set(chosen.tolist()) < set(choose_subset(66, 205, 0, labels).tolist())
