"""Lines through points, with the error bars of their scores."""

from __future__ import annotations

from typing import Any, NamedTuple

import pandas as pd
from matplotlib.axes import Axes

from .best import Z_95

MOST_LABELS = 60  # of a figure; more could not be read


class Look(NamedTuple):
    """What tells one line from the others, in colour and in grey."""

    colour: str
    marker: str
    dashes: tuple[float, ...]
    """Lengths of ink and gap in line widths; none for a solid line."""


def draw_line(axes: Axes, points: pd.DataFrame, x: str, y: str, name: str, look: Look) -> None:
    """Draws a line through the points in their order, with error bars. A lone point is a marker alone."""
    draw_bars(axes, points, x, y, look.colour)
    axes.plot(
        points[x], points[y], label=name, color=look.colour, marker=look.marker, markeredgecolor="white", zorder=3,
        linestyle=(0, look.dashes or None) if len(points) > 1 else "none",
    )  # fmt: skip


def draw_bars(axes: Axes, points: pd.DataFrame, x: str, y: str, colour: str) -> None:
    """Draws 95 % error bars of the scores among ``x`` and ``y``. A point of unknown standard error has none."""
    look: dict[str, Any] = {"color": colour, "linewidth": 0.8, "alpha": 0.7, "zorder": 2}
    if (half := _half_width(points, x)) is not None:
        axes.hlines(points[y], points[x] - half, points[x] + half, **look)
    if (half := _half_width(points, y)) is not None:
        axes.vlines(points[x], points[y] - half, points[y] + half, **look)


def label_points(axes: Axes, points: pd.DataFrame, x: str, y: str, text: str, colour: str) -> None:
    """Writes the number in column ``text`` beside each point that has one, unless the figure has too many already."""
    labelled = points[[x, y, text]].dropna()
    if len(axes.texts) + len(labelled) > MOST_LABELS:
        return
    for horizontal, vertical, number in labelled.itertuples(index=False):
        axes.annotate(
            f"{number:g}", (horizontal, vertical), xytext=(4, 4), textcoords="offset points", fontsize=7, color=colour
        )


def _half_width(points: pd.DataFrame, name: str) -> pd.Series | None:
    """Half the 95 % interval of a score; None for what is no score."""
    error = f"{name}_standard_error"
    return Z_95 * points[error].fillna(0.0) if error in points else None
