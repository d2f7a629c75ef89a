"""Each layout has the rows and the order of its table in the paper, and no number of its own."""

from dataclasses import replace

import pytest

from beatgans.reports import ReferenceRecord, results_table
from beatgans.reports.layouts import (
    LAYOUTS,
    few_steps,
    guidance,
    layouts_of,
    sample_quality,
    speed_against_quality,
    upsampling,
)
from beatgans.reports.published import published_beside
from beatgans.reports.render import csv, html, latex, markdown


@pytest.fixture(scope="module")
def table(record):
    return results_table(record)


def ids(view):
    return [row.id for row in view.rows]


def test_sample_quality_has_each_model_at_its_best(table):
    view = sample_quality(table)
    assert ids(view) == [
        "digits-diffusion_ddim25_guidance1",
        "digits-diffusion_ddim50_guidance0",
        "digits-diffusion_ddim50_guidance1",
        "digits-gan_truncation1",
        "digits-heldout",
    ]
    assert [column.key for column in view.shown][-4:] == ["fid", "sfid", "precision", "recall"]
    assert "chosen by this very number" in view.notes[0]


def test_guidance_goes_through_the_scales_of_one_sampler_at_a_time(table):
    view = guidance(table)
    sweep = [row for row in view.rows if row.cells["sampler"].value == "ddim" and row.cells["steps"].value == 25]
    assert [row.cells["guidance"].value for row in sweep] == [0.0, 0.5, 1.0, 2.0, 4.0]
    assert "Scale" in [column.title for column in view.shown]
    assert not any(row.kind == "real" for row in view.rows)


def test_few_steps_has_a_column_a_number_of_steps(table):
    view = few_steps(table)
    assert [column.title for column in view.shown][-6:] == ["Guidance", "5", "10", "25", "50", "100"]
    rows = {row.label: row for row in view.rows}
    unguided = rows["DDIM, unguided"]
    original = next(row for row in table.rows if row.id == "digits-diffusion_ddim10_guidance0")
    assert unguided.cells["fid_at_10_steps"].text == original.cells["fid"].text
    assert unguided.cells["fid_at_100_steps"].text == "–"
    assert rows["DDIM, guidance 1"].cells["fid_at_25_steps"].best
    assert "digits-gan at its best: 3.40 ± 0.14" in view.notes[0]


def test_few_steps_keeps_to_the_width_of_a_page(record):
    ddim = next(point for point in record.points if point.id == "digits-diffusion_ddim10_guidance0")
    many = tuple(ddim.model_copy(update={"id": f"steps{steps}", "steps": steps}) for steps in range(2, 40))
    view = few_steps(results_table(record.model_copy(update={"points": many, "answer": None})))
    assert sum(column.kind == "score" for column in view.shown) == 8


def test_speed_is_ordered_by_time_and_marks_the_front(table):
    view = speed_against_quality(table)
    seconds = [row.cells["seconds_per_image"].value for row in view.rows]
    assert seconds == sorted(seconds)
    best = float("inf")
    for row in view.rows:  # in the order of time a point is on the front as it has a lower FID than all before it
        fid = row.cells["fid"].value
        if seconds.count(row.cells["seconds_per_image"].value) == 1:
            assert (row.cells["front"].text == "yes") == (fid < best)
        best = min(best, fid)


def test_upsampling_is_there_where_a_row_has_two_stages(record, table):
    assert upsampling(table) is None
    points = tuple(point.model_copy(update={"num_images": 50_000}) for point in record.points)
    comparable = record.model_copy(
        update={
            "points": points,
            "num_images": 50_000,
            "reference": ReferenceRecord(name="imagenet256", num_images=10_000, sha256="ab" * 32),
            "protocol": {"protocol": "adm", "extractor": "inception"},
        }
    )
    view = upsampling(results_table(comparable, published=published_beside(comparable)))
    stages = {row.model: (row.cells["base_steps"].text, row.cells["upsampling_steps"].text) for row in view.rows}
    assert stages["ADM-G, ADM-U †"] == ("250", "250")
    assert stages["ADM-G †"] == ("250", "–")
    assert stages["digits-gan"] == ("–", "–")


def test_no_layout_has_a_number_of_its_own(table):
    known = {cell.text for row in table.rows for cell in row.cells.values()} | {"yes", "no"}
    for view in layouts_of(table).values():
        assert {row.cells[column.key].text for row in view.rows for column in view.shown} <= known


def test_the_best_are_those_of_the_rows_that_are_shown(table):
    view = sample_quality(table)
    assert view.rows[0].cells["precision"].best
    worse = replace(table, rows=tuple(row for row in table.rows if "ddpm" in row.id))
    assert any(row.cells["fid"].best for row in guidance(worse).rows)


def test_layouts_that_do_not_apply_are_left_out(record):
    gans = record.model_copy(
        update={"points": tuple(point for point in record.points if point.family == "gan"), "answer": None}
    )
    assert set(layouts_of(results_table(gans))) == {"sample_quality", "speed_against_quality"}
    real = record.model_copy(update={"points": record.points[-1:], "answer": None})
    assert layouts_of(results_table(real)) == {}
    bare = tuple(point.model_copy(update={"scores": {}}) for point in record.points)
    assert set(layouts_of(results_table(record.model_copy(update={"points": bare})))) <= {"guidance"}


@pytest.mark.parametrize("fixture", ["record", "partial_record", "hostile_record"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_is_drawn_in_every_notation(fixture, layout, request):
    view = LAYOUTS[layout](results_table(request.getfixturevalue(fixture)))
    if view is None:
        assert layout == "upsampling"
        return
    for draw in (markdown, latex, csv, html):
        assert draw(view)
        assert "<script>" not in draw(view) or draw is csv
