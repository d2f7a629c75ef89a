from __future__ import annotations

import shutil

import pytest

from beatgans.harness.folder import FIGURES, REPORT_FILES, RunFolder
from beatgans.harness.report import GRID_IMAGES, MOST_GRIDS, Report, first_samples, report_of, write_report
from beatgans.reference_batches import InputError
from beatgans.reports import figures, read_record

OPTIONAL = {"figures/fid_and_is_against_guidance", "figures/nearest_images"}
LAYOUTS = {"tables/sample_quality", "tables/guidance", "tables/speed_against_quality", "tables/equal_quality"}
FILES = {
    *REPORT_FILES,
    *(f"{name}.{kind}" for name in OPTIONAL for kind in ("svg", "png")),
    *(f"{name}.{notation}" for name in LAYOUTS for notation in ("md", "tex", "csv", "html")),
}


def names_in(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def record(undisturbed):
    return read_record(undisturbed / "results.json")


def test_the_names_of_the_figures_are_known_without_drawing_any():
    assert tuple(figures.FIGURES) == FIGURES


def test_a_run_leaves_the_page_the_tables_and_the_figures(undisturbed):
    assert names_in(undisturbed / "report") == FILES


def test_the_report_is_drawn_again_without_the_samples(undisturbed, tmp_path):
    shutil.copy(undisturbed / "results.json", tmp_path)
    folder = RunFolder(tmp_path)
    record = read_record(folder.results)

    assert first_samples(folder, record) == {}
    write_report(report_of(folder, record), folder.report)
    assert names_in(folder.report) == {name for name in FILES if "nearest_images" not in name}


def test_what_an_earlier_report_had_and_this_one_has_not_is_removed(record, tmp_path):
    write_report(Report(record), tmp_path)
    assert (tmp_path / "tables/guidance.md").is_file()
    unguided = tuple(point for point in record.points if not point.guidance)
    write_report(Report(record.model_copy(update={"points": unguided, "answer": None})), tmp_path)
    assert not (tmp_path / "tables/guidance.md").exists()
    assert not (tmp_path / "figures/fid_and_is_against_guidance.png").exists()


def test_one_file_is_written_straight_into_the_folder(record, tmp_path):
    write_report(Report(record), tmp_path, ["fid_against_steps.png", "table.*"])
    assert names_in(tmp_path) == {"fid_against_steps.png", "table.md", "table.tex", "table.csv", "table.html"}
    with pytest.raises(InputError, match=r"no file of the report is named 'fid\.png'; it has equal_quality\.csv"):
        write_report(Report(record), tmp_path, ["fid.png"])


def test_the_grids_show_the_first_samples_of_every_point(undisturbed):
    samples = first_samples(RunFolder(undisturbed), read_record(undisturbed / "results.json"))

    assert len(samples) == 4
    for name, (images, labels) in samples.items():
        assert len(images) == len(labels) == min(40, GRID_IMAGES)
        if name != "digits-heldout":
            assert labels.tolist() == [index % 10 for index in range(40)]
    page = (undisturbed / "report" / "index.html").read_text()
    assert page.count("data:image/png;base64,") == 4


def test_of_many_points_those_of_the_answer_and_the_figures_are_shown(undisturbed, record, tmp_path):
    shards = RunFolder(undisturbed).shard(record.points[0].id, 0).parent
    many = tuple(
        record.points[0].model_copy(update={"id": f"point{number}", "steps": 2 + number}) for number in range(150)
    )
    many = (*many[:75], *record.points, *many[75:])
    folder = RunFolder(tmp_path)
    for point in many:
        shutil.copytree(shards, folder.shard(point.id, 0).parent)
    shown = first_samples(folder, record.model_copy(update={"points": many}))
    assert len(shown) == MOST_GRIDS
    assert {record.answer.baseline_point, "point0", "point149"} <= set(shown)
    assert list(shown) == [point.id for point in many if point.id in shown]
