from __future__ import annotations

import shutil

from beatgans.harness.folder import FIGURES, REPORT_FILES, RunFolder
from beatgans.harness.report import GRID_IMAGES, first_samples, write_report
from beatgans.reports import figures, read_record

FILES = set(REPORT_FILES)


def names_in(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_names_of_the_figures_are_known_without_drawing_any():
    assert tuple(figures.FIGURES) == FIGURES


def test_a_run_leaves_the_page_the_tables_and_the_figures(undisturbed):
    assert names_in(undisturbed / "report") == FILES


def test_the_report_is_drawn_again_without_the_samples(undisturbed, tmp_path):
    shutil.copy(undisturbed / "results.json", tmp_path)
    folder = RunFolder(tmp_path)
    record = read_record(folder.results)

    assert first_samples(folder, record) == {}
    write_report(record, folder.report, {})
    assert names_in(folder.report) == FILES


def test_the_grids_show_the_first_samples_of_every_point(undisturbed):
    samples = first_samples(RunFolder(undisturbed), read_record(undisturbed / "results.json"))

    assert len(samples) == 4
    for name, (images, labels) in samples.items():
        assert len(images) == len(labels) == min(40, GRID_IMAGES)
        if name != "digits-heldout":
            assert labels.tolist() == [index % 10 for index in range(40)]
    page = (undisturbed / "report" / "index.html").read_text()
    assert page.count("data:image/png;base64,") == 4
