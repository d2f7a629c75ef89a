from __future__ import annotations

import numpy as np

from beatgans.harness.holm import holm


def test_the_example_of_holms_paper_kind_worked_by_hand():
    # Ascending: 0.005 x 4, 0.01 x 3, 0.03 x 2, then 0.04 x 1, which may not fall below the one before.
    np.testing.assert_allclose(holm([0.01, 0.04, 0.03, 0.005]), [0.03, 0.06, 0.06, 0.02])


def test_no_p_value_exceeds_one_and_none_is_made_smaller():
    assert holm([0.9, 0.6]) == [1.0, 1.0]
    assert holm([0.04]) == [0.04]
    assert holm([]) == []


def test_rejections_are_those_of_the_stepwise_rule():
    random = np.random.default_rng(0)
    for _ in range(200):
        p = random.random(8) ** 3
        rejected, order = set(), np.argsort(p)
        for rank, index in enumerate(order):  # the procedure as the paper words it
            if p[index] > 0.05 / (len(p) - rank):
                break
            rejected.add(int(index))
        assert {index for index, value in enumerate(holm(p)) if value <= 0.05} == rejected


def test_of_true_hypotheses_alone_one_in_twenty_families_is_rejected_at_most():
    random = np.random.default_rng(1)
    families = random.random((4_000, 10))
    rejected = np.mean([min(holm(p)) <= 0.05 for p in families])
    assert 0.03 < rejected < 0.06  # independent: 1 - (1 - 0.05 / 10)^10 = 0.049
