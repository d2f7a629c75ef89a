import io
import warnings
from xml.etree import ElementTree

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot
from PIL import Image

from beatgans.reports import AnswerRecord
from beatgans.reports.figures import (
    FIGURES,
    fid_against_seconds,
    fid_against_steps,
    precision_against_recall,
    to_png,
    to_svg,
)


def lines(figure):
    """The drawn lines by their legend's name, as (x, y)."""
    return {
        str(line.get_label()): (np.asarray(line.get_xdata()), np.asarray(line.get_ydata()))
        for line in figure.axes[0].get_lines()
        if len(line.get_xdata()) and not str(line.get_label()).startswith("_")
    }


def drawn_points(figure):
    """All drawn positions, as a set of rounded pairs."""
    return {
        (round(float(x), 6), round(float(y), 6))
        for line in figure.axes[0].get_lines()
        for x, y in zip(line.get_xdata(), line.get_ydata(), strict=True)
    }


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def with_points(record, points, **changes):
    return record.model_copy(update={"points": tuple(points), **changes})


def test_steps_shows_every_diffusion_point(record):
    drawn = drawn_points(fid_against_steps(record))
    for point in record.points:
        if point.family == "diffusion":
            assert (point.steps, round(point.scores["fid"].value, 6)) in drawn


def test_seconds_shows_diffusion_and_gan_points(record):
    drawn = drawn_points(fid_against_seconds(record))
    for point in record.points:
        if point.family != "real":
            assert (round(point.profile.seconds_per_image, 6), round(point.scores["fid"].value, 6)) in drawn


def test_precision_against_recall_shows_every_point(record):
    drawn = drawn_points(precision_against_recall(record))
    for point in record.points:
        assert (round(point.scores["recall"].value, 6), round(point.scores["precision"].value, 6)) in drawn


def test_sweeps_are_lines_in_the_order_of_the_scale(record):
    figure = precision_against_recall(record)
    recall, _ = lines(figure)["DDIM, 25 steps, by guidance"]
    assert list(recall) == sorted(recall, reverse=True)
    recall, precision = lines(figure)["truncations of digits-gan"]
    assert list(recall) == sorted(recall)
    assert list(precision) == sorted(precision, reverse=True)
    assert texts(figure) == ["0", "0.5", "1", "2", "4", "0.25", "0.5", "0.75", "1"]


@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
def test_axes_say_which_way_is_better(record, draw):
    axes = draw(record).axes[0]
    assert "is better)" in axes.get_xlabel()
    assert "is better)" in axes.get_ylabel()


def test_the_gan_and_the_real_images_are_levels(record):
    levels = lines(fid_against_steps(record))
    fids = {point.id: point.scores["fid"].value for point in record.points}
    assert set(levels["GAN's best FID"][1]) == {fids["digits-gan_truncation1"]}
    assert set(levels["real images"][1]) == {fids["digits-heldout"]}


def test_without_an_answer_the_level_is_the_gan_of_the_lowest_fid(record):
    best = min(point.scores["fid"].value for point in record.points if point.family == "gan")
    levels = lines(fid_against_steps(record.model_copy(update={"answer": None})))
    assert set(levels["GAN's best FID"][1]) == {best}


def test_error_bars_reach_1_96_standard_errors(record):
    point = record.points[0]
    figure = fid_against_steps(record)
    score = point.scores["fid"]
    bars = [segment for part in figure.axes[0].collections for segment in getattr(part, "get_segments", list)()]
    ends = [segment[:, 1] for segment in bars if segment[0, 0] == point.steps]
    expected = [score.value - 1.96 * score.standard_error, score.value + 1.96 * score.standard_error]
    assert any(np.allclose(end, expected) for end in ends)


def test_break_even_is_marked_and_said(record):
    axes = fid_against_steps(record).axes[0]
    assert axes.get_title(loc="right") == "break-even: 25 evaluations (certain from 50)"
    assert any(list(line.get_xdata()) == [25, 25] for line in axes.get_lines())


def test_break_even_not_reached_is_said(record):
    gan = record.answer.baseline_point
    answer = AnswerRecord(question="?", reached=False, baseline_point=gan, sentence="It is not reached.")
    axes = fid_against_steps(record.model_copy(update={"answer": answer})).axes[0]
    assert axes.get_title(loc="right") == "break-even: not reached"


def test_the_time_of_the_break_even_point_is_marked_and_set_against_the_gan_s(record):
    axes = fid_against_seconds(record).axes[0]
    seconds = {point.id: point.profile.seconds_per_image for point in record.points}
    own, gan = seconds["digits-diffusion_ddim25_guidance1"], seconds["digits-gan_truncation1"]
    assert axes.get_title(loc="right") == f"break-even: {own:.2g} s per image ({own / gan:.2g} times the GAN's)"
    assert any(list(line.get_xdata()) == [own, own] for line in axes.get_lines())


@pytest.mark.parametrize(("draw", "cost"), [(fid_against_steps, "steps"), (fid_against_seconds, "seconds")])
def test_the_pareto_front_is_ringed(record, draw, cost):
    x, y = lines(draw(record))["Pareto front"]
    ringed = set(zip(x, y, strict=True))
    points = {
        (
            getattr(point.profile, "network_evaluations" if cost == "steps" else "seconds_per_image"),
            point.scores["fid"].value,
        )
        for point in record.points
        if point.family != "real"
    }
    beaten = {
        point
        for point in points
        if any(other != point and other[0] <= point[0] and other[1] <= point[1] for other in points)
    }
    of_gan = {point.scores["fid"].value for point in record.points if point.family == "gan"}
    front = points - beaten
    assert of_gan & {fid for _, fid in front}  # which keeps worse points of more evaluations off the front
    assert ringed == (front if cost == "seconds" else {point for point in front if point[1] not in of_gan})


def test_wide_ranges_are_logarithmic_with_ticks_at_the_step_counts(record):
    axes = fid_against_steps(record).axes[0]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
    assert list(axes.get_xticks()) == [5, 10, 25, 50, 100]


@pytest.mark.parametrize("fixture", ["partial_record", "hostile_record"])
@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
def test_incomplete_and_hostile_records_are_drawn(fixture, draw, request):
    ElementTree.fromstring(to_svg(draw(request.getfixturevalue(fixture))))


@pytest.mark.parametrize("draw", FIGURES.values(), ids=FIGURES)
def test_a_record_without_numbers_gives_a_figure_that_says_so(record, draw):
    bare = [point.model_copy(update={"scores": {}}) for point in record.points]
    (complaint,) = texts(draw(with_points(record, bare, answer=None)))
    assert complaint.startswith("No ")


def test_missing_settings_do_not_stop_a_figure(record):
    settings = {"guidance": None, "steps": None, "truncation": None, "eta": None, "model": "_hidden"}
    vague = [point.model_copy(update=settings) for point in record.points]
    for draw in FIGURES.values():
        names = lines(draw(with_points(record, vague)))
        assert not [name for name in names if "nan" in name]


def test_two_models_have_lines_of_their_own(record):
    other = [
        point.model_copy(update={"id": f"other-{point.id}", "model": "a-model-of-a-name-too-long-for-any-legend"})
        for point in record.points
        if point.family == "diffusion"
    ]
    figure = fid_against_steps(with_points(record, (*record.points, *other)))
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert len(names) == len(set(names)) == 17
    assert max(map(len, names)) <= 38


def test_a_legend_of_many_names_is_cut(record):
    many = [
        point.model_copy(update={"id": f"{point.id}-{model}", "model": f"model-{model}"})
        for model in range(5)
        for point in record.points
    ]
    names = [
        text.get_text() for text in fid_against_steps(with_points(record, many, answer=None)).legends[0].get_texts()
    ]
    assert len(names) == 22
    assert names[-1] == "and 17 more"


def test_svg_is_the_same_each_time_and_dateless(record):
    first, second = (to_svg(fid_against_steps(record)) for _ in range(2))
    assert first == second
    assert "<dc:date>" not in first


def test_png_is_an_image_at_paper_size(record):
    image = Image.open(io.BytesIO(to_png(precision_against_recall(record), dots_per_inch=100)))
    assert 400 < image.width < 500


def test_figures_leave_matplotlib_as_it_was(record):
    before = dict(mpl.rcParams)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        to_png(fid_against_seconds(record), dots_per_inch=50)
    assert dict(mpl.rcParams) == before
    assert pyplot.get_fignums() == []


@pytest.mark.parametrize("draw", FIGURES.values())
def test_real_images_of_another_number_are_not_drawn(record, draw):
    *points, floor = record.points
    few = with_points(record, [*points, floor.model_copy(update={"num_images": 400})])
    assert "real images" in {line.get_label() for line in draw(record).axes[0].get_lines()}
    assert "real images" not in {line.get_label() for line in draw(few).axes[0].get_lines()}


@pytest.mark.parametrize("draw", FIGURES.values())
@pytest.mark.parametrize("fid", [1e15, 1e-300])
def test_the_largest_and_smallest_numbers_of_a_record_can_be_drawn(record, draw, fid):
    first, *points = record.points
    extreme = first.scores["fid"].model_copy(update={"value": fid, "standard_error": fid})
    first = first.model_copy(update={"scores": {**first.scores, "fid": extreme}})
    assert to_png(draw(with_points(record, [first, *points])))
