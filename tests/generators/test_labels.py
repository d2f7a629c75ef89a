from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from beatgans.generators import LABEL_POLICIES, choose_labels
from beatgans.reference_batches import InputError


def test_balanced_labels_take_the_classes_in_turn():
    labels = choose_labels("balanced", 0, np.array([0, 1, 9, 10, 4999]), 10)
    assert labels.dtype == np.int64
    assert labels.tolist() == [0, 1, 9, 0, 9]


def test_uniform_labels_show_every_class_equally_often_but_for_chance():
    labels = choose_labels("uniform", 1, np.arange(20_000), 10)
    assert labels.dtype == np.int64
    assert stats.chisquare(np.bincount(labels, minlength=10)).pvalue > 0.01


def test_uniform_labels_depend_on_the_seed():
    indices = np.arange(100)
    assert not np.array_equal(choose_labels("uniform", 1, indices, 10), choose_labels("uniform", 2, indices, 10))


def test_uniform_labels_stay_what_they_have_always_been():
    expected = [583, 243, 521, 740, 560, 545, 603, 433, 755, 671]
    assert choose_labels("uniform", 2105, np.arange(10), 1000).tolist() == expected


@pytest.mark.parametrize("policy", LABEL_POLICIES)
def test_a_samples_label_is_the_same_in_any_batch(policy: str):
    indices = np.array([12, 3, 4_999, 50_000])
    alone = [choose_labels(policy, 5, indices[k : k + 1], 10)[0] for k in range(4)]
    assert choose_labels(policy, 5, indices, 10).tolist() == alone


def test_an_unknown_policy_is_refused_with_those_that_there_are():
    with pytest.raises(InputError, match="no label policy named 'even'; known are balanced, uniform"):
        choose_labels("even", 0, np.arange(3), 10)
