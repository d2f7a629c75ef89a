from __future__ import annotations

import json

import pytest

from beatgans.harness.baseline import Baseline, baseline_json, parse_baseline, read_baseline, write_baseline
from beatgans.harness.baseline_acceptance import accept
from beatgans.harness.errors import CannotJudgeError


@pytest.fixture
def baseline(make_run, steady):
    return accept(make_run(steady), "for the tests", "a tester")


def edited(baseline, edit):
    data = json.loads(baseline_json(baseline))
    edit(data)
    return json.dumps(data)


def test_it_survives_the_round_trip_through_a_file(baseline, tmp_path):
    path = tmp_path / "baselines" / "made.json"
    write_baseline(path, baseline)
    assert read_baseline(path) == baseline
    assert [file.name for file in path.parent.iterdir()] == ["made.json"]


def test_the_file_is_sorted_and_has_a_line_for_each_score(baseline):
    text = baseline_json(baseline)
    assert text == baseline_json(parse_baseline(text, "again"))
    assert list(json.loads(text)) == sorted(json.loads(text))
    lines = [line for line in text.splitlines() if '"standard_error"' in line]
    assert len(lines) == 4
    assert all('"value"' in line and "replicates" not in line for line in lines)
    assert len([line for line in text.splitlines() if line.count(",") >= 19]) == 4  # the replicates of each score


def test_a_changed_score_changes_its_own_lines_alone(baseline, make_run, steady):
    steady["few-steps"]["fid"] = steady["few-steps"]["fid"] + 1
    moved = accept(make_run(steady), "for the tests", "a tester").model_copy(update={"accepted": baseline.accepted})
    old, new = (baseline_json(one).splitlines() for one in (baseline, moved))
    changed = [line.split(":")[0].strip() for line, other in zip(old, new, strict=True) if line != other]
    assert changed == ['"samples_sha256"', '"fid"', '"fid"']


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda data: data.update(schema="beatgans/baseline/2"), "newer schema"),
        (lambda data: data.update(schema="beatgans/baseline/0"), "older schema"),
        (lambda data: data.update(schema="beatgans/results/1"), "is no baseline"),
        (lambda data: data.update(schema="beatgans/baseline/" + "9" * 5_000), "is no baseline"),
        (lambda data: data.update(schema=["x" * 5_000]), "is no baseline"),
        (lambda data: data.pop("schema"), "is no baseline"),
        (lambda data: data.update(points={}), "points: "),
        (lambda data: data.update(points=[]), "points: "),
        (lambda data: data.update(replicates=3), "replicates: "),
        (lambda data: data["points"].update(a=3), "points.a: "),
        (lambda data: data["points"]["few-steps"].update(scores={}), "points.few-steps.scores: "),
        (lambda data: data["points"]["few-steps"].update(scores=3), "points.few-steps.scores: "),
        (lambda data: data["points"]["few-steps"]["scores"].update(fid=3), "points.few-steps.scores.fid: "),
        (lambda data: data["points"]["few-steps"]["scores"]["fid"].update(value=float("inf")), "scores.fid.value"),
        (lambda data: data["replicates"]["few-steps"].update(fid=["a"]), "points.few-steps.scores.fid.replicates"),
        (lambda data: data["replicates"].update({"few-steps": 3}), None),
        (lambda data: data["policy"]["margins"].update(fid={"relative": -1}), "policy.margins.fid.relative"),
        (lambda data: data["policy"].update(significance=2), "policy.significance"),
        (lambda data: data["accepted"].update(why=""), "accepted.why"),
        (lambda data: data.update(surprise=1), "surprise"),
    ],
)
def test_what_is_no_baseline_is_refused_in_one_sentence(baseline, edit, message):
    if message is None:  # replicates that are absent only take the pairing away
        parsed = parse_baseline(edited(baseline, edit), "b.json")
        assert parsed.points["few-steps"].scores["fid"].replicates is None
        return
    with pytest.raises(CannotJudgeError) as refusal:
        parse_baseline(edited(baseline, edit), "b.json")
    assert message in str(refusal.value)
    assert str(refusal.value).startswith("b.json ")
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < 400


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", "[" * 100_000, "<html>"])
def test_other_files_are_refused(text):
    with pytest.raises(CannotJudgeError, match=r"b\.json (is no|is not JSON)"):
        parse_baseline(text, "b.json")


def test_a_missing_file_a_folder_and_binary_are_refused(tmp_path):
    binary = tmp_path / "binary.json"
    binary.write_bytes(b"\xff\xfe\x00")
    for path, message in (
        (tmp_path / "absent", "there is no baseline"),
        (tmp_path, "cannot be read"),
        (binary, "UTF-8"),
    ):
        with pytest.raises(CannotJudgeError, match=message):
            read_baseline(path)


def test_the_schema_is_that_of_the_class(baseline):
    assert Baseline.model_fields["schema_"].default == json.loads(baseline_json(baseline))["schema"]
