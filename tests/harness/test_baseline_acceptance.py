from __future__ import annotations

import subprocess

import pytest

from beatgans.harness.baseline_acceptance import accept, changes, current_user
from beatgans.harness.policy import Margin
from beatgans.reference_batches import InputError
from beatgans.reports import ReferenceRecord


def test_it_says_who_when_and_why_and_keeps_what_comparisons_need(make_run, steady):
    run = make_run(steady)
    baseline = accept(run, "  the first\nrelease ", "a tester")
    assert (baseline.accepted.who, baseline.accepted.why) == ("a tester", "the first release")
    assert baseline.accepted.when.endswith("+00:00")
    assert baseline.made_with["torch"] == "2.13.0"
    assert "cpu" not in baseline.made_with
    for point in run.points:
        kept = baseline.points[point.id]
        assert (kept.num_images, kept.samples_sha256) == (point.num_images, point.samples_sha256)
        for metric, score in point.scores.items():
            assert kept.scores[metric].value == pytest.approx(score.value, rel=1e-8)
            assert kept.scores[metric].replicates == score.replicates


def test_numbers_are_kept_to_nine_digits(make_run, steady):
    value = accept(make_run(steady), "x", "y").points["few-steps"].scores["fid"].value
    assert value == float(f"{value:.9g}")


@pytest.mark.parametrize(
    ("changed", "reason", "message"),
    [
        ({}, " \n", "--reason is empty"),
        ({"status": "partial"}, "x", "the run made is partial"),
        ({"points": ()}, "x", "has no scores to accept"),
    ],
)
def test_a_run_that_is_nothing_to_hold_to_is_refused(make_run, steady, changed, reason, message):
    with pytest.raises(InputError, match=message):
        accept(make_run(steady).model_copy(update=changed), reason, "y")


def test_a_point_without_scores_is_refused(make_run, steady):
    run = make_run(steady)
    bare = run.model_copy(update={"points": (run.points[0].model_copy(update={"scores": {}}), *run.points[1:])})
    with pytest.raises(InputError, match="has no scores of few-steps to accept"):
        accept(bare, "x", "y")


def test_the_policy_of_the_baseline_before_stays_unless_it_is_changed(make_run, steady):
    first = accept(make_run(steady), "x", "y", margins=["fid=7%"])
    second = accept(make_run(steady), "x", "y", first, margins=["recall=0.05"])
    assert second.policy.margin("fid") == Margin(relative=0.07)
    assert second.policy.margin("recall") == Margin(absolute=0.05)


def test_changes_are_told_line_by_line(make_run, steady):
    first = accept(make_run(steady), "x", "y")
    steady["few-steps"]["fid"] = steady["few-steps"]["fid"] + 1
    steady["new"] = steady.pop("many-steps")
    other = ReferenceRecord(name="faces", num_images=9, sha256="0")
    run = make_run(steady, seed=3, reference=other, protocol={"protocol": "exact"})
    assert list(changes(first, first)) == []
    assert list(changes(first, accept(run, "x", "y", first, ["fid=3%"]))) == [
        f"protocol: extractor_sha256 {'cd' * 6}... -> absent",
        "protocol: neighbours 3 -> absent",
        'protocol: protocol "adm" -> "exact"',
        "seed 0 -> 3",
        "reference digits -> faces, of other content",
        "margin of fid: 2% -> 3%",
        "- many-steps",
        "+ new",
        "few-steps fid: 9.82 ± 0.20 -> 10.82 ± 0.20",
    ]


def test_the_user_is_whom_git_knows(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    monkeypatch.setenv("LOGNAME", "somebody")
    assert current_user() == "somebody"
    subprocess.run(["git", "config", "--global", "user.name", "A. Tester"], check=True)
    assert current_user() == "A. Tester"
    subprocess.run(["git", "config", "--global", "user.email", "a@tester.example"], check=True)
    assert current_user() == "A. Tester <a@tester.example>"
