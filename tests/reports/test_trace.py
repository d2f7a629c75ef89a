"""Every number of every rendering is the record's: one score changes, and it changes everywhere."""

import io

import pytest
from rich.console import Console

from beatgans.reports import ScoreRecord, render, results_table, to_json
from beatgans.reports.classes_figure import fid_of_classes
from beatgans.reports.exports import model_card, scores_csv, scores_frame
from beatgans.reports.figures import FIGURES, to_svg
from beatgans.reports.guidance_figure import fid_and_is_against_guidance
from beatgans.reports.layouts import few_steps, guidance, sample_quality, speed_against_quality
from beatgans.reports.page import render_page

POINT = "digits-diffusion_ddim10_guidance0"
SEEN_AS = "8.77"


def shown(table):
    console = Console(file=io.StringIO(), width=120)
    console.print(render.terminal(table))
    return console.file.getvalue()


RENDERINGS = {
    "json": to_json,
    "markdown": lambda record: render.markdown(results_table(record)),
    "latex": lambda record: render.latex(results_table(record)),
    "csv": lambda record: render.csv(results_table(record)),
    "html": lambda record: render.html(results_table(record)),
    "terminal": lambda record: shown(results_table(record)),
    "page": lambda record: render_page(record, {}, {}),
    "csv of scores": lambda record: scores_csv({"a": record}),
    "frame of scores": lambda record: scores_frame({"a": record}).to_string(),
    "model card": lambda record: model_card(record, "digits-diffusion"),
}
LAYOUTS = {
    guidance: ("digits-diffusion_ddim10_guidance0", ["fid", "sfid", "inception_score", "precision", "recall"]),
    sample_quality: ("digits-gan_truncation1", ["fid", "sfid"]),
    few_steps: ("digits-diffusion_ddim10_guidance0", ["fid"]),
    speed_against_quality: ("digits-diffusion_ddim10_guidance0", ["fid"]),
}
"""Of each layout a point that is in it and stays in it, and the scores that it shows."""
NOTATIONS = {name: getattr(render, name) for name in ("markdown", "latex", "csv", "html")} | {"terminal": shown}


def changed(record, metric, value, changed_point=POINT):
    """The record with one score of one point replaced."""
    points = [
        point.model_copy(
            update={"scores": point.scores | {metric: point.scores[metric].model_copy(update={"value": value})}}
        )
        if point.id == changed_point
        else point
        for point in record.points
    ]
    return record.model_copy(update={"points": tuple(points)})


@pytest.mark.parametrize("rendering", RENDERINGS.values(), ids=RENDERINGS)
@pytest.mark.parametrize("metric", ["fid", "sfid", "inception_score"])
def test_a_changed_score_changes_every_text(record, rendering, metric):
    before, after = rendering(record), rendering(changed(record, metric, 8.774321))
    assert SEEN_AS not in before
    assert SEEN_AS in after


@pytest.mark.parametrize(
    ("figure", "metrics"),
    [
        ("fid_against_steps", ["fid"]),
        ("fid_against_seconds", ["fid"]),
        ("precision_against_recall", ["precision", "recall"]),
    ],
)
def test_a_changed_score_changes_the_figures_that_draw_it(record, figure, metrics):
    before = to_svg(FIGURES[figure](record))
    for metric in metrics:
        assert to_svg(FIGURES[figure](changed(record, metric, 0.5))) != before


@pytest.mark.parametrize("notation", NOTATIONS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_changed_score_changes_every_layout_that_shows_it(record, layout, notation):
    point, metrics = LAYOUTS[layout]
    draw = NOTATIONS[notation]
    before = draw(layout(results_table(record)))
    assert "0.7743" not in before
    for metric in metrics if notation != "terminal" or layout is not few_steps else ["fid"]:
        after = draw(layout(results_table(changed(record, metric, 0.774321, point))))
        assert "0.77" in after
        assert after != before


def test_a_changed_score_changes_the_figure_of_the_guidance(record):
    before = to_svg(fid_and_is_against_guidance(record))
    for metric in ("fid", "inception_score"):
        again = changed(record, metric, 0.5, "digits-diffusion_ddim25_guidance0.5")
        assert to_svg(fid_and_is_against_guidance(again)) != before


def test_a_changed_fid_of_a_class_changes_its_figure_and_the_flat_table(record):
    def with_class(value):
        fids = {"3": ScoreRecord(value=value, standard_error=0.1, n=50, higher_is_better=False)}
        points = [point.model_copy(update={"class_fids": fids}) for point in record.points]
        return record.model_copy(update={"points": tuple(points)})

    assert to_svg(fid_of_classes(with_class(8.5))) != to_svg(fid_of_classes(with_class(8.774321)))
    assert SEEN_AS in scores_csv({"a": with_class(8.774321)})


@pytest.mark.parametrize(
    ("cost", "figure"), [("network_evaluations", "fid_against_steps"), ("seconds_per_image", "fid_against_seconds")]
)
def test_a_changed_cost_changes_every_text_and_its_figure(record, cost, figure):
    points = [
        point.model_copy(update={"profile": point.profile.model_copy(update={cost: 8_774})})
        if point.id == POINT
        else point
        for point in record.points
    ]
    again = record.model_copy(update={"points": tuple(points)})
    for name, draw in RENDERINGS.items():
        assert ("8774" in draw(again)) == (name != "model card" or cost == "network_evaluations")
        assert "8774" not in draw(record)
    assert to_svg(FIGURES[figure](again)) != to_svg(FIGURES[figure](record))
