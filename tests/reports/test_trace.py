"""Every number of every rendering is the record's: one score changes, and it changes everywhere."""

import io

import pytest
from rich.console import Console

from beatgans.reports import render, results_table, to_json
from beatgans.reports.figures import FIGURES, to_svg
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
}


def changed(record, metric, value):
    """The record with one score of one point replaced."""
    points = [
        point.model_copy(
            update={"scores": point.scores | {metric: point.scores[metric].model_copy(update={"value": value})}}
        )
        if point.id == POINT
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
