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
    with pytest.raises(InputError, match="no label policy named 'even'; choose balanced or uniform"):
        choose_labels("even", 0, np.arange(3), 10)


def test_a_list_is_gone_through_again_and_again():
    assert choose_labels("7,3", 0, np.array([0, 1, 2, 5]), 10).tolist() == [7, 3, 7, 3]
    assert choose_labels("4", 0, np.arange(3), 10).tolist() == [4, 4, 4]


@pytest.mark.parametrize("policy", ["3,10", "10"])
def test_a_listed_label_out_of_range_is_refused(policy: str):
    with pytest.raises(InputError, match="label 10 is out of range; the model has classes 0 to 9"):
        choose_labels(policy, 0, np.arange(3), 10)


@pytest.mark.parametrize("policy", ["3,", ",3", "-1", "3, 4", "three", "9" * 5000])
def test_what_is_no_policy_and_no_list_is_refused_in_a_short_sentence(policy: str):
    with pytest.raises(InputError, match="choose balanced or uniform, or list labels: 3,7") as caught:
        choose_labels(policy, 0, np.arange(3), 10)
    assert len(str(caught.value)) < 200
