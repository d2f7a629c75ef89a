"""Figures of images: the same samples in more and more steps, and what real images samples are nearest to."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import TypeAlias

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from .labels import settings_label, shorten
from .record import PointRecord, RunRecord
from .style import house_style, new_axes

Images: TypeAlias = NDArray[np.uint8]
Labels: TypeAlias = NDArray[np.int64] | None

COLUMNS = 10
MOST_ROWS = 8
NEIGHBOURS = 5
TALLEST = 7.0  # inches
NOT_SETTINGS = {
    "id", "steps", "respacing", "num_images", "samples_sha256", "scores", "class_fids", "profile", "warnings",
}  # fmt: skip
"""The fields of a point that differ, or may, where only the steps were set otherwise."""


def samples_by_steps(record: RunRecord, samples: Mapping[str, tuple[Images, Labels]]) -> Figure | None:
    """One row a number of steps, one column a sample, whose label and initial noise are the same all the way down.

    Of the samplers the one with the most numbers of steps is shown, deterministic and unguided before others. None
    where none has two that there are samples of.
    """
    rows = steps_rows(record, {point: images.shape for point, (images, _) in samples.items()})
    if len(rows) < 2:
        return None
    picked = _one_of_each_class(samples[rows[0].id][1], len(samples[rows[0].id][0]))
    images = np.stack([samples[point.id][0][picked] for point in rows])
    titles = [f"{point.steps} step{'s' if point.steps != 1 else ''}" for point in rows]
    return _picture(images, titles)


def steps_rows(record: RunRecord, shapes: Mapping[str, Hashable]) -> list[PointRecord]:
    """The points of the sampler that :func:`samples_by_steps` shows, by their steps.

    Args:
        record: the run.
        shapes: of the samples of each point that has some; points are shown together if theirs are equal.
    """
    groups: dict[tuple[object, ...], dict[int, PointRecord]] = {}
    for point in record.points:
        if point.family == "diffusion" and point.steps is not None and point.id in shapes:
            settings = point.model_dump(mode="json", exclude=NOT_SETTINGS)
            groups.setdefault((repr(settings), shapes[point.id]), {})[point.steps] = point
    if not groups:
        return []
    best = max(groups.values(), key=_rank)
    rows = [best[steps] for steps in sorted(best)]
    return rows if len(rows) <= MOST_ROWS else [rows[index] for index in _spread(len(rows), MOST_ROWS)]


def nearest_images(
    record: RunRecord, samples: Mapping[str, tuple[Images, Labels]], neighbours: Mapping[str, Images]
) -> Figure | None:
    """One row a sample of the best diffusion point, the sample first and then the real images nearest to it.

    Args:
        record: the run.
        samples: by the id of a point.
        neighbours: for the first samples of a point, by its id, the real images nearest to each: [n, k, H, W, 3].
    """
    point = best_with_neighbours(record, neighbours)
    if point is None:
        return None
    near = neighbours[point.id]
    images, labels = samples[point.id]
    picked = _one_of_each_class(labels[: len(near)] if labels is not None else None, len(near))
    tiles = np.concatenate([images[picked][:, None], near[picked][:, :NEIGHBOURS]], axis=1)
    blank = np.full_like(tiles[:, :1], 255)  # a gap between the sample and what is real
    return _picture(
        np.concatenate([tiles[:, :1], blank, tiles[:, 1:]], axis=1),
        ["" for _ in tiles],
        f"samples of {shorten(point.model)}, {settings_label(point)}; right of the gap the real images nearest to each",
    )


def best_with_neighbours(record: RunRecord, neighbours: Mapping[str, Images]) -> PointRecord | None:
    """The diffusion point of lowest FID whose neighbours are known."""
    known = [
        (score.value, point)
        for point in record.points
        if point.family == "diffusion"
        and point.id in neighbours
        and (score := point.scores.get("fid")) is not None
        and score.value is not None
    ]
    return min(known, key=lambda pair: pair[0])[1] if known else None


def _rank(points: Mapping[int, PointRecord]) -> tuple[int, bool, bool]:
    first = next(iter(points.values()))
    return (len(points), not first.guidance, first.eta == 0)


def _spread(count: int, wanted: int) -> list[int]:
    """Indices from the first to the last, as evenly as may be."""
    return [round(index) for index in np.linspace(0, count - 1, wanted)]


def _one_of_each_class(labels: Labels, count: int) -> NDArray[np.int64]:
    """The first sample of each of the first classes; without labels the first samples."""
    if labels is None:
        return np.arange(min(count, COLUMNS))
    _, first = np.unique(labels, return_index=True)
    return np.asarray(first[:COLUMNS], dtype=np.int64)


def _picture(images: Images, titles: Sequence[str], caption: str = "") -> Figure:
    """Images [rows, columns, H, W, 3] as a grid with a title a row, each pixel a square of its own colour."""
    num_rows, num_columns, height, width, _ = images.shape
    tile = min(0.55, TALLEST / num_rows)
    with house_style():
        figure, axes = new_axes((1.2 + num_columns * tile * width / height, 0.3 + num_rows * tile))
        _draw(axes, images)
        axes.set_yticks([row * (height + 1) + height / 2 for row in range(num_rows)], titles)
        if caption:
            axes.set_title(caption, fontsize=8, loc="left", wrap=True)
    return figure


def _draw(axes: Axes, images: Images) -> None:
    num_rows, num_columns, height, width, channels = images.shape
    canvas = np.full((num_rows * (height + 1), num_columns * (width + 1), channels), 255, np.uint8)
    for row in range(num_rows):
        for column in range(num_columns):
            top, left = row * (height + 1), column * (width + 1)
            canvas[top : top + height, left : left + width] = images[row, column]
    axes.imshow(canvas, interpolation="nearest", extent=(0, canvas.shape[1], canvas.shape[0], 0))
    axes.set(xticks=[])
    axes.grid(False)
    for side in axes.spines.values():
        side.set_visible(False)
    axes.tick_params(length=0)
