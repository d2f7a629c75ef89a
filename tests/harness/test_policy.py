from __future__ import annotations

import pytest
from pydantic import ValidationError

from beatgans.harness.policy import DEFAULT_MARGINS, Margin, Policy
from beatgans.reference_batches import InputError


def test_a_margin_is_the_larger_of_a_share_and_a_size():
    assert Margin(relative=0.02).of(50.0) == 1.0
    assert Margin(absolute=0.01).of(0.9) == 0.01
    assert Margin(relative=0.1, absolute=0.5).of(2.0) == 0.5
    assert Margin(relative=0.1).of(-2.0) == pytest.approx(0.2)


def test_every_metric_has_a_margin():
    assert Policy().margin("fid") == DEFAULT_MARGINS["fid"]
    assert Policy().margin("my:metric") == Margin(relative=0.02)


def test_margins_are_changed_by_name_and_the_others_stay():
    policy = Policy().changed(["fid=3%", "recall=0.02", "kid=.5"], ["fid", "recall", "kid"])
    assert policy.margin("fid") == Margin(relative=0.03)
    assert policy.margin("recall") == Margin(absolute=0.02)
    assert policy.margin("kid") == Margin(absolute=0.5)
    assert policy.margin("precision") == DEFAULT_MARGINS["precision"]
    assert Policy().margin("fid") == DEFAULT_MARGINS["fid"]


@pytest.mark.parametrize("text", ["fid", "fid=", "fid=-1%", "fid=2%%", "=2%", "fid=two", "fid=nan"])
def test_what_is_no_margin_is_refused(text):
    with pytest.raises(InputError, match=r"such as fid=2% or recall=0.01"):
        Policy().changed([text], ["fid"])


def test_a_margin_of_a_score_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="has no score named 'fidd'; it has fid, recall"):
        Policy().changed(["fidd=2%"], ["recall", "fid"])


@pytest.mark.parametrize("significance", [0.0, 0.6, float("nan")])
def test_a_significance_that_proves_nothing_is_refused(significance):
    with pytest.raises(ValidationError):
        Policy(significance=significance)
