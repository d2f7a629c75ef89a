import json

import pytest
from pydantic import ValidationError

from beatgans.reports import ProfileRecord, RecordError, RunRecord, ScoreRecord, parse_record, read_record, to_json


def edited(record, edit):
    """The record's JSON after ``edit`` has changed the parsed data in place."""
    data = json.loads(to_json(record))
    edit(data)
    return json.dumps(data)


def test_record_survives_the_round_trip_through_a_file(record, tmp_path):
    path = tmp_path / "results.json"
    path.write_text(to_json(record), encoding="utf-8")
    assert read_record(path) == record


def test_json_is_sorted_and_the_same_each_time(record):
    text = to_json(record)
    assert text == to_json(parse_record(text, "again"))
    assert list(json.loads(text)) == sorted(json.loads(text))


def test_a_record_of_the_first_version_is_read_as_one_without_replicates(record):
    def age(data):
        data.update(schema="beatgans/results/1")
        for point in data["points"]:
            for score in point["scores"].values():
                del score["replicates"]

    read = parse_record(edited(record, age), "x")
    assert read == record
    assert read.points[0].scores["fid"].replicates is None


def test_replicates_take_one_line(record):
    score = record.points[0].scores["fid"].model_copy(update={"replicates": tuple(map(float, range(20)))})
    first = record.points[0].model_copy(update={"scores": {"fid": score}})
    text = to_json(record.model_copy(update={"points": (first, *record.points[1:])}))
    (line,) = [line for line in text.splitlines() if "replicates" in line and "null" not in line]
    assert line.strip() == f'"replicates": {[float(number) for number in range(20)]},'


def test_text_beyond_ascii_survives(record):
    named = record.model_copy(update={"title": "数字 ± “x”"})
    assert parse_record(to_json(named), "x").title == "数字 ± “x”"


def test_records_cannot_be_changed(record):
    with pytest.raises(ValidationError, match="frozen"):
        record.points[0].scores["fid"].value = 0.0


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda data: data.update(schema="beatgans/results/3"), "newer schema"),
        (lambda data: data.update(schema="beatgans/results/0"), "older schema"),
        (lambda data: data.update(schema="other/1"), "not a beatgans result record"),
        (lambda data: data.pop("schema"), "not a beatgans result record"),
        (lambda data: data.update(surprise=1), "surprise"),
        (lambda data: data.pop("points"), "points: Field required"),
        (lambda data: data["points"][0]["scores"]["fid"].update(value="3"), "points.0.scores.fid.value"),
        (lambda data: data["points"][0]["scores"]["fid"].update(value=float("nan")), "finite"),
        (lambda data: data["points"][0]["scores"]["fid"].update(standard_error=-1.0), "standard_error"),
        (lambda data: data["points"][0]["scores"]["fid"].update(value=None), "standard_error is given"),
        (lambda data: data["points"][0]["scores"]["fid"].update(standard_error=None), "needs a reason"),
        (lambda data: data["points"][0]["scores"]["fid"].update(replicates=[1.0]), "at least two"),
        (lambda data: data["points"][0]["scores"]["fid"].update(replicates=["1", "2"]), "scores.fid.replicates"),
        (lambda data: data["points"][-1]["profile"].update(reason=None), "needs a reason"),
        (lambda data: data["points"].append(data["points"][0]), "two points have the id"),
        (lambda data: data["answer"].update(point="nowhere"), "nowhere"),
        (lambda data: data["points"][0]["scores"]["fid"].update(value=1e308), "points.0.scores.fid.value"),
        (lambda data: data["points"][0]["profile"].update(network_evaluations=10**400), "network_evaluations"),
        (lambda data: data["points"][0]["profile"].update(seconds_per_image=1e300), "seconds_per_image"),
        (lambda data: data["points"][0].update(id="a" * 5_000), "points.0.id"),
        (lambda data: data.update(created="yesterday"), "UTC"),
        (lambda data: data.update(created="2025-01-31T12:00:00+01:00"), "UTC"),
    ],
)
def test_what_is_no_record_is_refused_in_one_sentence(record, edit, message):
    with pytest.raises(RecordError) as refusal:
        parse_record(edited(record, edit), "run/results.json")
    assert message in str(refusal.value)
    assert "run/results.json" in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", "[" * 100_000, "9" * 5_000])
def test_other_files_are_refused(text):
    with pytest.raises(RecordError, match=r"results\.json (is not|nests too deep)"):
        parse_record(text, "results.json")


def test_a_missing_file_a_folder_and_binary_are_refused(tmp_path):
    binary = tmp_path / "results.json"
    binary.write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "absent.json", tmp_path, binary):
        with pytest.raises(RecordError, match="cannot be read as a result record"):
            read_record(path)


def test_a_missing_value_needs_a_reason():
    absent = ScoreRecord(value=None, standard_error=None, n=0, higher_is_better=False, reason="too few images")
    assert absent.reason == "too few images"
    with pytest.raises(ValidationError, match="needs a reason"):
        ScoreRecord(value=None, standard_error=None, n=0, higher_is_better=False)
    with pytest.raises(ValidationError, match="seconds_per_image is null"):
        ProfileRecord(network_evaluations=1)


def test_the_schema_is_written_without_being_asked_for(record):
    data = json.loads(to_json(record))
    assert data["schema"] == "beatgans/results/2"
    assert RunRecord.model_validate(data).schema_ == "beatgans/results/2"


def test_a_record_of_the_first_schema_is_read_with_what_it_has(record):
    def into_the_first(data):
        data["schema"] = "beatgans/results/1"
        for point in data["points"]:
            del point["class_fids"]

    read = parse_record(edited(record, into_the_first), "old.json")
    assert read == record
    assert all(point.class_fids == {} for point in read.points)


def test_an_old_record_is_checked_like_a_new_one(record):
    broken = edited(record, lambda data: data.update(schema="beatgans/results/1", surprise=1))
    with pytest.raises(RecordError, match="surprise"):
        parse_record(broken, "old.json")
