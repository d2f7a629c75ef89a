from __future__ import annotations

import copy

import numpy as np
import pytest

from beatgans.harness.baseline_acceptance import accept
from beatgans.harness.gate import judge
from beatgans.harness.policy import Margin, Policy
from beatgans.reports import ReferenceRecord

RANDOM = np.random.default_rng(1)


@pytest.fixture
def baseline(make_run, steady):
    return accept(make_run(steady), "for the tests", "a tester")


@pytest.fixture
def changed(make_run, steady):
    """A run in which one score is shifted, with a little noise of its own; the seeds are the baseline's."""

    def changed(metric="fid", shift=0.0, noise=0.01, point="few-steps", **changes):
        points = copy.deepcopy(steady)
        points[point][metric] = points[point][metric] + shift + noise * RANDOM.normal(size=20)
        return make_run(points, **changes)

    return changed


def findings(verdict):
    return {(entry.point, entry.metric): entry.finding for entry in verdict.comparisons}


def test_identical_pixels_pass_at_once_and_are_not_tested(make_run, steady, baseline):
    verdict = judge(make_run(steady), baseline)
    assert verdict.outcome == "pass"
    assert set(findings(verdict).values()) == {"identical"}
    assert all(entry.p_value is None for entry in verdict.comparisons)
    assert verdict.reasons == ()
    assert verdict.sentence == "no regression of made: of 4 scores 4 identical"


def test_a_proven_change_for_the_worse_is_a_regression_that_names_the_score(changed, baseline):
    verdict = judge(changed(shift=0.5), baseline)
    assert verdict.outcome == "regression"
    assert findings(verdict) == {
        ("few-steps", "fid"): "worse",
        ("few-steps", "recall"): "unchanged",
        ("many-steps", "fid"): "identical",
        ("many-steps", "recall"): "identical",
    }
    (entry,) = [entry for entry in verdict.comparisons if entry.finding == "worse"]
    assert entry.difference == pytest.approx(0.5, abs=0.02)
    assert entry.margin == pytest.approx(0.02 * entry.baseline)
    assert entry.paired
    assert entry.p_value < 1e-6
    assert verdict.sentence.startswith("regression of made: FID of few-steps: ")
    assert "(margin 0.2, p = " in verdict.reasons[0]


def test_the_direction_is_the_scores_own(changed, baseline):
    assert judge(changed("recall", -0.05, 1e-4), baseline).outcome == "regression"
    assert judge(changed("recall", 0.05, 1e-4), baseline).outcome == "cannot judge"


def test_a_score_too_good_is_no_pass_until_it_is_tolerated_or_accepted(changed, baseline):
    better = changed(shift=-0.5)
    verdict = judge(better, baseline)
    assert verdict.outcome == "cannot judge"
    assert "a better model or a broken pipeline; accept a new baseline if it is meant" in verdict.reasons[0]
    tolerant = judge(better, baseline, tolerate=["better"])
    assert tolerant.outcome == "pass"
    assert tolerant.notes[0].startswith("Tolerated: FID of few-steps: ")
    assert [entry.tolerated for entry in tolerant.comparisons] == [True, False, False, False]
    assert judge(better, accept(better, "meant", "a tester")).outcome == "pass"


def test_pairing_passes_what_other_seeds_leave_open(changed, baseline):
    assert judge(changed(), baseline).outcome == "pass"
    verdict = judge(changed(seed=1), baseline)
    assert verdict.outcome == "cannot judge"
    assert findings(verdict)["few-steps", "fid"] == "inconclusive"
    needed = verdict.comparisons[0].samples_needed
    assert needed > 1_000
    assert f"scores are inconclusive, and {needed:,} images a point would decide them" in verdict.sentence
    assert any("The run's seed is 1 and the baseline's 0" in note for note in verdict.notes)
    assert judge(changed(seed=1), baseline, tolerate=["inconclusive"]).outcome == "pass"


def test_proof_is_corrected_for_the_number_of_scores(make_run):
    """One change of p about 0.02 among twenty is chance; alone it is proof."""
    random = np.random.default_rng(0)
    noise = random.normal(size=20)
    shift = 2.55 * noise.std(ddof=1) / np.sqrt(20) - noise.mean()
    before = {f"point-{number}": {"fid": 10 + random.normal(size=20)} for number in range(20)}
    after = {
        name: {"fid": scores["fid"] + (noise + shift if name == "point-0" else 1e-3 * random.normal(size=20))}
        for name, scores in before.items()
    }
    many = judge(make_run(after), accept(make_run(before), "x", "y"))
    alone = judge(make_run({"point-0": after["point-0"]}), accept(make_run({"point-0": before["point-0"]}), "x", "y"))
    assert alone.comparisons[0].p_value == pytest.approx(0.02, abs=0.001)
    assert many.comparisons[0].p_value == pytest.approx(20 * alone.comparisons[0].p_value)
    assert (alone.outcome, many.outcome) == ("regression", "cannot judge")


def test_the_policy_is_the_baselines_unless_another_is_given(changed, make_run, steady):
    wide = accept(make_run(steady), "x", "y", margins=["fid=10%"])
    assert judge(changed(shift=0.5), wide).outcome == "pass"
    assert judge(changed(shift=0.5), wide, Policy(margins={"fid": Margin(relative=0.01)})).outcome == "regression"


UNFAIR = [
    ({"status": "partial"}, "the run made is partial"),
    ({"protocol": {"protocol": "exact", "extractor_sha256": "cd" * 32, "neighbours": 3}}, 'protocol is "adm" in the'),
    ({"protocol": {"protocol": "adm", "neighbours": 3}}, "extractor_sha256 is cdcdcdcdcdcd... in the"),
    ({"protocol": {}}, "protocols differ"),
    ({"labels": "uniform"}, "label policies differ: balanced in the baseline and uniform in the run"),
    ({"reference": ReferenceRecord(name="other", num_images=5, sha256="ee" * 32)}, "references differ: digits (1297"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "reason"), UNFAIR, ids=[reason for _, reason in UNFAIR])
def test_a_run_that_is_not_comparable_is_not_judged_however_it_scores(make_run, steady, baseline, changes, reason):
    verdict = judge(make_run(steady, **changes), baseline)
    assert verdict.outcome == "cannot judge"
    assert reason in verdict.sentence
    assert verdict.comparisons == ()


def edit_point(run, **changes):
    first, *others = run.points
    return run.model_copy(update={"points": (first.model_copy(update=changes), *others)})


def edit_score(run, metric, **changes):
    scores = run.points[0].scores
    return edit_point(run, samples_sha256="x", scores=scores | {metric: scores[metric].model_copy(update=changes)})


NO_VALUE = {"value": None, "standard_error": None, "replicates": None, "reason": "it underflows"}
MISSING = [
    (lambda run: run.model_copy(update={"points": run.points[1:]}), "the run has no such point"),
    (lambda run: run.model_copy(update={"points": ()}), "nothing was compared"),
    (lambda run: edit_point(run, id="renamed"), "the run has no such point"),
    (lambda run: edit_point(run, num_images=500), "the run has 500 images of it and the baseline 1000"),
    (lambda run: edit_point(run, scores={"recall": run.points[0].scores["recall"]}), "the run has no such score"),
    (lambda run: edit_score(run, "fid", n=999), "the run scored 999 images of it and the baseline 1000"),
    (lambda run: edit_score(run, "fid", **NO_VALUE), "the run has no value of it (it underflows)"),
    (lambda run: edit_score(run, "fid", standard_error=None, replicates=None, reason="too few"), "no standard error"),
    (lambda run: edit_score(run, "fid", replicates=None), "the run has no replicates of it"),
    (lambda run: edit_score(run, "fid", higher_is_better=True), "which direction is better"),
]


@pytest.mark.parametrize(("edit", "reason"), MISSING, ids=[reason for _, reason in MISSING])
def test_whatever_is_missing_on_one_side_cannot_be_judged(make_run, steady, baseline, edit, reason):
    verdict = judge(edit(make_run(steady)), baseline)
    assert verdict.outcome == "cannot judge"
    assert any(reason in text for text in verdict.reasons)


def test_what_only_the_baseline_lacks_cannot_be_judged_either(make_run, steady):
    run = make_run(steady)
    bare = accept(edit_score(run, "fid", **NO_VALUE), "x", "y")
    verdict = judge(run, bare)
    assert verdict.outcome == "cannot judge"
    assert "the baseline has no value of it (it underflows)" in verdict.sentence


def test_a_value_that_neither_has_is_a_note_and_the_rest_is_judged(make_run, steady):
    run = edit_score(make_run(steady), "fid", **NO_VALUE)
    verdict = judge(run, accept(run, "x", "y"))
    assert verdict.outcome == "pass"
    assert "Without a value in run and baseline alike: fid of few-steps." in verdict.notes


def test_scores_that_neither_has_are_no_comparison_at_all(make_run, steady):
    run = edit_score(make_run({"few-steps": {"fid": steady["few-steps"]["fid"]}}), "fid", **NO_VALUE)
    verdict = judge(run, accept(run, "x", "y"))
    assert (verdict.outcome, verdict.reasons) == ("cannot judge", ("nothing was compared",))


def test_a_proven_regression_outweighs_what_is_missing(changed, baseline):
    run = changed(shift=0.5)
    verdict = judge(run.model_copy(update={"points": run.points[:1]}), baseline)
    assert verdict.outcome == "regression"
    assert [reason.partition(":")[0] for reason in verdict.reasons] == [
        "FID of few-steps",
        "FID of many-steps",
        "Recall of many-steps",
    ]


def test_identical_images_of_another_score_are_scored_in_another_way(make_run, steady, baseline):
    run = make_run(steady)
    scores = run.points[0].scores
    moved = edit_point(run, scores=scores | {"fid": scores["fid"].model_copy(update={"value": 11.0})})
    assert "computed in another way" in judge(moved, baseline).sentence


def move(run, metric, size):
    """The run with a score of its first point moved, on the same images."""
    scores = run.points[0].scores
    value = scores[metric].value + size
    return edit_point(run, scores=scores | {metric: scores[metric].model_copy(update={"value": value})})


@pytest.mark.parametrize(("metric", "size"), [("fid", 0.019 * 10), ("fid", 2e-4 * 10), ("recall", 0.003)])
def test_on_identical_images_a_move_within_the_margin_is_another_way_of_scoring_too(
    make_run, steady, baseline, metric, size
):
    verdict = judge(move(make_run(steady), metric, size), baseline)
    assert verdict.outcome == "cannot judge"
    assert findings(verdict)["few-steps", metric] == "not compared"
    assert "the images are identical and the score is not" in verdict.sentence


@pytest.mark.parametrize(("metric", "size"), [("fid", 2e-6 * 10), ("recall", 0.001), ("recall", -0.001)])
def test_on_identical_images_a_rounding_is_none(make_run, steady, baseline, metric, size):
    verdict = judge(move(make_run(steady), metric, 0.99 * size), baseline)
    assert (verdict.outcome, set(findings(verdict).values())) == ("pass", {"identical"})


def test_a_rounding_is_never_more_than_a_margin(make_run, steady):
    run = make_run(steady)
    strict = accept(run, "x", "y", margins=["recall=0.0001"])
    assert judge(move(run, "recall", 0.0009), strict).outcome == "cannot judge"


def test_images_too_few_for_errors_still_pass_if_they_are_identical(make_run, steady):
    run = make_run(steady)
    bare = {
        name: score.model_copy(update={"standard_error": None, "replicates": None, "reason": "too few"})
        for name, score in run.points[0].scores.items()
    }
    run = edit_point(run, scores=bare)
    assert judge(run, accept(run, "x", "y")).outcome == "pass"


def test_a_new_point_is_a_note(changed, make_run, steady, baseline):
    more = make_run(steady | {"new": {"fid": np.ones(20)}})
    verdict = judge(more, baseline)
    assert verdict.outcome == "pass"
    assert verdict.notes[0].startswith("Not in the baseline, and so not judged: new;")


def test_existing_images_are_paired_in_their_order_whatever_the_seed(changed, baseline):
    verdict = judge(edit_point(changed(shift=0.5, seed=1), family="real"), baseline)
    assert verdict.outcome == "regression"
    assert [entry.paired for entry in verdict.comparisons[:2]] == [True, True]


def test_other_software_is_named_where_pixels_differ(changed, make_run, steady, baseline):
    other = {"torch": "2.14.0", "cpu": "another"}
    notes = judge(changed(environment=other), baseline).notes
    assert any('other software or hardware than the baseline: torch "2.13.0" -> "2.14.0".' in note for note in notes)
    assert not any("software" in note for note in judge(make_run(steady, environment=other), baseline).notes)


def test_speeds_are_said_not_to_be_judged(make_run, steady, baseline):
    assert judge(make_run(steady), baseline).notes[-1].startswith("Speeds are not judged")
