import csv
import io

from beatgans.reports import results_table
from beatgans.reports.render import csv as render_csv


def read(record):
    return list(csv.DictReader(io.StringIO(render_csv(results_table(record)))))


def test_numbers_are_exact(record):
    for point, row in zip(record.points, read(record), strict=True):
        assert row["id"] == point.id
        for name, score in point.scores.items():
            assert float(row[name]) == score.value
            assert float(row[f"{name}_standard_error"]) == score.standard_error


def test_whole_numbers_stay_whole(record):
    assert [row["network_evaluations"] for row in read(record)][:2] == ["10", "10"]


def test_missing_is_empty_with_a_reason(partial_record):
    rows = {row["id"]: row for row in read(partial_record)}
    missing = rows["digits-gan_truncation1"]
    assert missing["fid"] == missing["fid_standard_error"] == missing["seconds_per_image"] == ""
    assert "fid: too few images" in missing["reason"]
    assert "seconds_per_image: the samples were there already" in missing["reason"]
    lone = rows["digits-gan_truncation0.5"]
    assert lone["fid"] != ""
    assert lone["fid_standard_error"] == ""
    assert rows["digits-diffusion_ddpm10_guidance0"]["reason"] == ""


def test_user_text_survives(hostile_record):
    rows = read(hostile_record)
    assert len(rows) == len(hostile_record.points)
    assert rows[0]["model"] == hostile_record.points[0].model
