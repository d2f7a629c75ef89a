import pytest

from beatgans.reports.figures import precision_against_recall


def texts(axes):
    return [text.get_text() for text in axes.texts]


def far(record, precision=0.05, recall=0.7, steps=(2,)):
    """The record with points of few steps far below the others."""
    like = next(point for point in record.points if point.id == "digits-diffusion_ddim10_guidance0")
    points = [
        like.model_copy(
            update={
                "id": f"far{number}",
                "steps": number,
                "scores": like.scores
                | {
                    "precision": like.scores["precision"].model_copy(update={"value": precision}),
                    "recall": like.scores["recall"].model_copy(update={"value": recall}),
                },
            }
        )
        for number in steps
    ]
    return record.model_copy(update={"points": (*record.points, *points)})


def test_a_point_far_off_does_not_squeeze_the_others(record):
    axes = precision_against_recall(far(record)).axes[0]
    assert axes.get_ylim() == pytest.approx(precision_against_recall(record).axes[0].get_ylim())
    assert axes.get_ylim()[0] > 0.3


def test_it_is_marked_at_the_edge_with_its_numbers(record):
    axes = precision_against_recall(far(record)).axes[0]
    assert "(0.70, 0.05)" in texts(axes)
    edges = [line for line in axes.get_lines() if line.get_marker() == "v" and not line.get_clip_on()]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in edges] == [(0.7, axes.get_ylim()[0])]


def test_many_points_far_off_are_marked_without_numbers(record):
    axes = precision_against_recall(far(record, steps=range(2, 12))).axes[0]
    assert "(0.70, 0.05)" not in texts(axes)
    assert sum(line.get_marker() == "v" and not line.get_clip_on() for line in axes.get_lines()) == 10


def test_a_point_that_is_not_far_off_is_within_the_window(record):
    axes = precision_against_recall(far(record, precision=0.7)).axes[0]
    assert axes.get_ylim()[0] < 0.7
    assert not any(not line.get_clip_on() for line in axes.get_lines())


def test_where_there_is_no_sweep_all_points_are_within_the_window(record):
    lone = far(record).points[-1]
    axes = precision_against_recall(record.model_copy(update={"points": (lone,), "answer": None})).axes[0]
    assert axes.get_ylim()[0] < 0.05 < axes.get_ylim()[1]
