from __future__ import annotations

import json
import shutil

import pytest

from beatgans.harness.report_of_runs import report_of_runs, run_names
from beatgans.reference_batches import InputError
from beatgans.reports import RecordError, parse_record


@pytest.fixture
def other(undisturbed, tmp_path):
    """A second run, of other samples of the diffusion model with a better FID."""
    folder = shutil.copytree(undisturbed, tmp_path / "other", ignore=shutil.ignore_patterns("report"))
    results = json.loads((folder / "results.json").read_text())
    for point in results["points"]:
        if point["family"] == "diffusion":
            point["samples_sha256"] = "f" * 64
            point["scores"]["fid"]["value"] /= 1_000
    results["title"] = "Another"
    (folder / "results.json").write_text(json.dumps(results))
    return folder


def test_two_runs_are_shown_together_with_their_samples(undisturbed, other):
    report = report_of_runs([undisturbed, other])
    renamed = ["digits-diffusion_ddim2_other", "digits-diffusion_ddim2_guidance1_other"]
    assert [point.id for point in report.record.points if report.sources[point.id] == "other"] == renamed
    assert set(report.samples) == {point.id for point in report.record.points}
    assert set(report.neighbours) <= set(report.samples)
    assert {report.sources[point] for point in report.neighbours} == {"undisturbed", "other"}
    assert report.record.title == "A diffusion model against a GAN in two steps / Another"


def test_the_answer_is_about_the_points_of_all_runs(undisturbed, other):
    alone, both = report_of_runs([undisturbed]).record.answer, report_of_runs([undisturbed, other]).record.answer
    assert not alone.reached
    assert both.reached
    assert both.point.endswith("_other")
    assert "digits-diffusion (other) reaches the best FID of digits-gan" in both.sentence


def test_there_is_no_answer_where_points_are_missing(undisturbed, other):
    results = json.loads((other / "results.json").read_text())
    results |= {"status": "partial", "answer": None}
    (other / "results.json").write_text(json.dumps(results))
    assert report_of_runs([undisturbed, other]).record.answer is None


def test_runs_that_were_not_scored_alike_are_refused(undisturbed, other):
    results = json.loads((other / "results.json").read_text())
    results["protocol"]["neighbours"] = 5
    (other / "results.json").write_text(json.dumps(results))
    with pytest.raises(RecordError, match="undisturbed and other cannot stand in one table: neighbours is 3 and 5"):
        report_of_runs([undisturbed, other])


def test_runs_are_called_by_their_folders_or_their_paths(tmp_path):
    assert run_names([tmp_path / "a", tmp_path / "b"]) == ["a", "b"]
    assert run_names([tmp_path / "x" / "a", tmp_path / "y" / "a"]) == [f"{tmp_path}/x/a", f"{tmp_path}/y/a"]
    with pytest.raises(InputError, match="a run is given twice"):
        run_names([tmp_path / "a", tmp_path / "a"])


def test_published_numbers_are_refused_beside_a_run_of_digits_and_left_out_unasked(undisturbed):
    assert report_of_runs([undisturbed]).published.rows == ()
    assert report_of_runs([undisturbed], "none").published.rows == ()
    with pytest.raises(InputError, match="no published number may stand beside this run's: the extractor is digits"):
        report_of_runs([undisturbed], "adm")
    with pytest.raises(InputError, match="--published is 'some'; choose one of adm, all, none"):
        report_of_runs([undisturbed], "some")


def test_the_merged_record_is_a_record(undisturbed, other):
    from beatgans.reports import to_json

    record = report_of_runs([undisturbed, other]).record
    assert parse_record(to_json(record), "merged") == record
