import numpy as np
import pytest

from beatgans.reports import ScoreRecord
from beatgans.reports.classes_figure import best_with_classes, fid_of_classes


def class_fids(scale, classes=10, missing=()):
    return {
        str(label): ScoreRecord(
            value=None if label in missing else scale * (label + 1),
            standard_error=None if label in missing else 0.1,
            n=50,
            higher_is_better=False,
            reason="too few" if label in missing else None,
        )
        for label in range(classes)
    }


@pytest.fixture
def classed(record):
    """The record with FIDs of classes at all points, in proportion to their FID."""

    def make(**options):
        points = tuple(
            point.model_copy(update={"class_fids": class_fids(point.scores["fid"].value, **options)})
            for point in record.points
        )
        return record.model_copy(update={"points": points})

    return make


def drawn(figure):
    """The markers' heights by the legend's name."""
    return {bar.get_label(): np.asarray(bar.lines[0].get_ydata()) for bar in figure.axes[0].containers}


def test_each_model_is_shown_at_its_best_with_real_images_beside(classed):
    record = classed()
    heights = drawn(fid_of_classes(record))
    best = {point.model: point.scores["fid"].value for point in best_with_classes(record)}
    assert list(heights) == ["best of digits-diffusion", "best of digits-gan", "real images (digits-heldout)"]
    for values, fid in zip(heights.values(), best.values(), strict=True):
        assert np.allclose(values, fid * np.arange(1, 11))
    assert best["digits-diffusion"] == min(p.scores["fid"].value for p in record.points if p.family == "diffusion")


def test_classes_are_in_the_order_of_their_numbers(classed):
    labels = [text.get_text() for text in fid_of_classes(classed(classes=12)).axes[0].get_xticklabels()]
    assert labels == [str(number) for number in range(12)]


def test_of_many_classes_the_worst_are_shown(classed):
    axes = fid_of_classes(classed(classes=1000)).axes[0]
    assert [text.get_text() for text in axes.get_xticklabels()] == [str(number) for number in range(980, 1000)]
    assert "20 worst of digits-diffusion" in axes.get_xlabel()


def test_a_class_without_a_distance_is_left_out(classed):
    assert len(drawn(fid_of_classes(classed(missing={3})))["best of digits-gan"]) == 9


def test_without_any_there_is_no_figure(record, classed):
    assert fid_of_classes(record) is None
    assert fid_of_classes(classed(missing=set(range(10)))) is None
