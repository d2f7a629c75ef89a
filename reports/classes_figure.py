"""FID of each class: whether a model does what it is asked, and which class it does worst."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .best import Z_95
from .labels import shorten
from .legend import with_legend
from .record import PointRecord, RunRecord
from .style import COLOURS, FLOOR_COLOUR, GAN_COLOUR, MARKERS, house_style, new_axes

MOST_CLASSES = 20
"""Classes that fit the axis; of more, the worst of the best model are shown."""


def fid_of_classes(record: RunRecord) -> Figure | None:
    """The classes' FIDs of each model's best point and of real images; None where no point has any."""
    points = best_with_classes(record)
    if not points:
        return None
    classes = _classes(points)
    with house_style():
        figure, axes = new_axes()
        for number, point in enumerate(points):
            _draw_point(axes, point, classes, number, len(points))
        axes.set(
            xlabel="Class" if len(classes) < MOST_CLASSES else f"Class (the {MOST_CLASSES} worst of {points[0].model})",
            ylabel="FID of the class (lower is better)",
            xticks=range(len(classes)),
            xticklabels=[shorten(label) for label in classes],
        )
        axes.set_ylim(bottom=0)
        return with_legend(figure, axes)


def best_with_classes(record: RunRecord) -> list[PointRecord]:
    """Of each model the point of lowest FID that has FIDs of classes, in the record's order."""
    best: dict[str, PointRecord] = {}
    for point in record.points:
        if not any(score.value is not None for score in point.class_fids.values()):
            continue
        if point.model not in best or _fid(point) < _fid(best[point.model]):
            best[point.model] = point
    return list(best.values())


def _fid(point: PointRecord) -> float:
    score = point.scores.get("fid")
    return np.inf if score is None or score.value is None else score.value


def _classes(points: list[PointRecord]) -> list[str]:
    """The labels to show, in their order."""
    labels = sorted({label for point in points for label in point.class_fids}, key=_natural)
    if len(labels) <= MOST_CLASSES:
        return labels
    first = points[0].class_fids
    known = [label for label in labels if label in first and first[label].value is not None]
    worst = set(sorted(known, key=lambda label: -(first[label].value or 0.0))[:MOST_CLASSES])
    return [label for label in labels if label in worst]


def _natural(label: str) -> tuple[bool, int, str]:
    """Numbers by their size, before words."""
    return (not label.isdecimal(), int(label) if label.isdecimal() else 0, label)


def _draw_point(axes: Axes, point: PointRecord, classes: list[str], number: int, count: int) -> None:
    """One model's markers with their 95 % intervals, beside those of the others."""
    colour = {"real": FLOOR_COLOUR, "gan": GAN_COLOUR}.get(point.family, COLOURS[number % len(COLOURS)])
    place = {label: index for index, label in enumerate(classes)}
    known = [
        (place[label] + 0.5 * ((number + 0.5) / count - 0.5), score.value, score.standard_error or 0.0)
        for label, score in point.class_fids.items()
        if label in place and score.value is not None
    ]
    positions, values, errors = zip(*known, strict=True) if known else ((), (), ())
    axes.errorbar(
        positions, values, yerr=Z_95 * np.asarray(errors), fmt=MARKERS[number % len(MARKERS)], color=colour,
        markersize=5, elinewidth=0.8, capsize=1.5, label=shorten(_name(point)),
    )  # fmt: skip


def _name(point: PointRecord) -> str:
    """The model, as a legend's text may not begin with an underscore."""
    return f"real images ({point.model})" if point.family == "real" else f"best of {point.model}"
