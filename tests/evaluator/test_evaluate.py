from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest

from beatgans.evaluator.evaluate import METRICS, PreparedReference, Score, evaluate
from beatgans.evaluator.features import Features
from beatgans.evaluator.inception_score import UNDERFLOW
from beatgans.reference_batches import InputError


def draw(n, seed, shift=0.0):
    random = np.random.default_rng(seed)
    arrays = random.normal(size=(n, 6)) + shift, random.normal(size=(n, 8)) + shift, 2 * random.normal(size=(n, 5))
    return Features(*(array.astype(np.float32) for array in arrays))


@pytest.fixture(scope="module")
def reference():
    return draw(300, seed=0)


@pytest.fixture(scope="module")
def samples():
    return draw(200, seed=1, shift=0.2)


@pytest.mark.parametrize("protocol", ["adm", "exact"])
def test_all_metrics_have_values_and_standard_errors(reference, samples, protocol):
    scores = evaluate(reference, samples, protocol)
    assert tuple(scores) == METRICS
    for score in scores.values():
        assert math.isfinite(score.value)
        assert score.standard_error > 0
        assert score.n == 200
        assert score.reason is None
    assert not scores["fid"].higher_is_better
    assert scores["recall"].higher_is_better


def test_protocols_agree_but_for_rounding(reference, samples):
    adm, exact = evaluate(reference, samples, "adm"), evaluate(reference, samples, "exact")
    for metric in ("fid", "sfid", "inception_score"):
        assert adm[metric].value == pytest.approx(exact[metric].value, rel=1e-5)
        assert adm[metric].value != exact[metric].value
    for metric in ("precision", "recall"):
        assert adm[metric].value == pytest.approx(exact[metric].value, abs=0.02)


def test_worse_samples_score_worse(reference, samples):
    good, bad = evaluate(reference, samples), evaluate(reference, draw(200, seed=1, shift=2.0))
    assert bad["fid"].value > good["fid"].value
    assert bad["sfid"].value > good["sfid"].value
    assert bad["precision"].value < good["precision"].value


def test_only_what_is_asked_for_in_that_order(reference, samples):
    assert list(evaluate(reference, samples, metrics=["recall", "fid"])) == ["recall", "fid"]


def test_prepared_reference_gives_the_same_scores(reference, samples):
    assert evaluate(PreparedReference(reference, "exact"), samples, "exact") == evaluate(reference, samples, "exact")


@pytest.mark.parametrize("protocol", ["adm", "exact"])
def test_replicates_are_the_scores_of_the_samples_without_each_group(reference, samples, protocol):
    prepared = PreparedReference(reference, protocol)
    scores = evaluate(prepared, samples, protocol)
    for group in (0, 7, 19):
        rest = Features(*(np.delete(part, np.s_[group * 10 : group * 10 + 10], 0) for part in vars(samples).values()))
        for metric, score in evaluate(prepared, rest, protocol, groups=3).items():
            assert len(scores[metric].replicates) == 20
            rounding = 1e-6 if metric not in {"precision", "recall"} or protocol == "exact" else 0.005
            assert scores[metric].replicates[group] == pytest.approx(score.value, rel=rounding)


def test_standard_errors_are_those_of_the_replicates_but_for_shares_of_the_samples(reference, samples):
    for metric, score in evaluate(reference, samples).items():
        jackknife = math.sqrt(19 * np.var(score.replicates))
        if metric == "precision":
            assert score.standard_error == pytest.approx(jackknife, rel=0.5)
        else:
            assert score.standard_error == pytest.approx(jackknife)


def test_few_samples_have_no_replicates(reference):
    assert all(score.replicates is None for score in evaluate(reference, draw(39, seed=1)).values())


def test_few_samples_have_values_without_standard_errors(reference):
    scores = evaluate(reference, draw(39, seed=1))
    for metric in ("fid", "sfid", "inception_score", "recall"):
        assert scores[metric].value is not None
        assert scores[metric].standard_error is None
        assert scores[metric].reason == "39 samples are too few for a standard error, which takes at least 40"
    assert scores["precision"].standard_error is not None
    assert evaluate(reference, draw(40, seed=1))["recall"].standard_error is not None


def test_underflowing_probability_is_a_reason_and_not_nan(reference, samples):
    sure = dataclasses.replace(samples, logits=samples.logits * 1000)
    assert evaluate(reference, sure)["inception_score"] == Score(None, None, 200, True, UNDERFLOW)
    assert evaluate(reference, sure, "exact")["inception_score"].value == pytest.approx(5, rel=0.05)


def test_unknown_names_suggest_near_ones(reference, samples):
    with pytest.raises(InputError, match="'reccall'; did you mean recall"):
        evaluate(reference, samples, metrics=["reccall"])
    with pytest.raises(InputError, match="known are fid, sfid"):
        evaluate(reference, samples, metrics=["vendi"])
    with pytest.raises(InputError, match="no protocol named 'openai'"):
        evaluate(reference, samples, "openai")


def test_features_of_another_extractor_are_refused(reference, samples):
    wider = dataclasses.replace(samples, spatial=np.zeros((200, 9), np.float32))
    with pytest.raises(InputError, match="9 spatial features and the reference 8; extract both"):
        evaluate(reference, wider)


def test_too_few_images_are_refused(reference, samples):
    with pytest.raises(InputError, match="samples hold features of 3 images; scores take at least 4"):
        evaluate(reference, samples[:3])
    with pytest.raises(InputError, match="reference hold"):
        evaluate(reference[:3], samples)


def test_features_that_are_not_finite_are_refused(reference, samples):
    broken = dataclasses.replace(samples, pool=np.where(samples.pool > 2, np.nan, samples.pool))
    with pytest.raises(InputError, match="samples are not all finite"):
        evaluate(reference, broken)


def test_too_few_groups_are_refused(reference, samples):
    with pytest.raises(InputError, match="groups is 1; a jackknife takes at least 3"):
        evaluate(reference, samples, groups=1)


def test_reference_prepared_for_another_protocol_is_refused(reference, samples):
    with pytest.raises(InputError, match="prepared for the protocol exact; prepare it for adm"):
        evaluate(PreparedReference(reference, "exact"), samples, "adm")
