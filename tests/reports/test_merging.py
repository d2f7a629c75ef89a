import pytest

from beatgans.reports import RecordError, parse_record, to_json
from beatgans.reports.merging import merge_records


def with_fid(record, point, value):
    """The record with another FID, and other samples, of one point."""
    points = [
        one.model_copy(
            update={
                "samples_sha256": "f" * 64,
                "scores": one.scores | {"fid": one.scores["fid"].model_copy(update={"value": value})},
            }
        )
        if one.id == point
        else one
        for one in record.points
    ]
    return record.model_copy(update={"points": tuple(points)})


POINT = "digits-diffusion_ddim10_guidance0"


def test_points_that_two_runs_share_are_there_once(record):
    merged = merge_records({"a": record, "b": record})
    assert merged.record.points == record.points
    assert set(merged.sources.values()) == {"a"}
    (remark,) = [warning for warning in merged.record.warnings if warning.startswith("Shown once")]
    assert f"and {len(record.points) - 3} more" in remark


def test_a_model_of_the_same_name_and_other_points_goes_by_its_run(record):
    merged = merge_records({"a": record, "b/c": with_fid(record, POINT, 9.0)})
    diffusion = [point for point in record.points if point.family == "diffusion"]
    assert len(merged.record.points) == len(record.points) + len(diffusion)
    renamed = [point for point in merged.record.points if point.model == "digits-diffusion (b/c)"]
    assert [point.id for point in renamed] == [f"{point.id}_b-c" for point in diffusion]
    assert merged.sources[f"{POINT}_b-c"] == "b/c"
    assert merged.origins[f"{POINT}_b-c"] == POINT
    assert {point.model for point in merged.record.points if point.family == "gan"} == {"digits-gan"}


def test_runs_of_other_points_are_put_side_by_side(record):
    half = len(record.points) // 2
    first, second = (
        record.model_copy(update={"points": points, "answer": None})
        for points in (record.points[:half], record.points[half:])
    )
    merged = merge_records({"a": first, "b": second})
    assert merged.record.points == record.points
    assert list(merged.sources.values()) == ["a"] * half + ["b"] * (len(record.points) - half)
    assert merged.record.answer is None


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"num_images": 400}, "num_images is 500 and 400"),
        ({"labels": "uniform"}, "labels is 'balanced' and 'uniform'"),
        ({"protocol": {"name": "exact"}}, "name is 'adm' and 'exact'"),
    ],
)
def test_runs_that_were_not_scored_alike_are_refused_naming_the_fields(record, change, field):
    with pytest.raises(RecordError, match="a and b cannot stand in one table") as refusal:
        merge_records({"a": record, "b": record.model_copy(update=change)})
    assert field in str(refusal.value)


def test_another_reference_of_the_same_name_is_refused(record):
    other = record.reference.model_copy(update={"sha256": "0" * 64})
    with pytest.raises(RecordError, match="reference_sha256"):
        merge_records({"a": record, "b": record.model_copy(update={"reference": other})})


def test_other_machines_and_seeds_are_warned_of(record):
    other = record.model_copy(update={"environment": {**record.environment, "cpu": "another"}, "seed": 7})
    merged = merge_records({"a": record, "b": other})
    assert merged.record.environment["cpu"] == f"a: {record.environment['cpu']}; b: another"
    assert any("(cpu): do not compare them across runs" in warning for warning in merged.record.warnings)
    assert any("different seeds (a: 0, b: 7)" in warning for warning in merged.record.warnings)
    assert any(warning == f"b: {record.warnings[0]}" for warning in merged.record.warnings)


def test_what_comes_out_is_a_record(record, partial_record):
    merged = merge_records(
        {"a": record, "b": partial_record.model_copy(update={"created": "2026-01-01T00:00:00+00:00"})}
    )
    assert parse_record(to_json(merged.record), "merged") == merged.record
    assert (merged.record.status, merged.record.created) == ("partial", "2026-01-01T00:00:00+00:00")
    assert merged.record.name == "a + b"


def test_a_single_run_is_itself_but_for_its_name_and_answer(record):
    merged = merge_records({"a": record})
    assert merged.record.points == record.points
    assert merged.record.warnings == (f"a: {record.warnings[0]}",)
