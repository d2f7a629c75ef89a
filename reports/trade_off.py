"""The window of precision against recall: what it is about fills it, and a point far off does not squeeze the rest."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from .best import Z_95
from .style import OTHER_COLOUR

MARGIN = 0.08  # of the span of what must be seen, on either side
MOST_NUMBERS = 6  # points whose values are said at the edge
LINES = 3  # that neighbours' values are on in turn, so that they do not run into each other
LINE_HEIGHT = 9  # in points
REACH = 0.6  # of that span: other points as far off as this are still within the window


def frame_trade_off(axes: Axes, subject: pd.DataFrame, others: pd.DataFrame) -> None:
    """Sets the limits for sweeps and real images, and for those of the other points that are not far off.

    Points beyond the limits are marked where the way to them leaves the window, and where they are few, their values
    are said there.
    """
    if subject.empty:
        subject, others = others, others.iloc[:0]
    limits = {name: _limits(subject, others, name) for name in ("recall", "precision")}
    axes.set(xlim=limits["recall"], ylim=limits["precision"])
    far = [
        (inside, point)
        for point in others.to_dict("records")
        if (inside := [_clamp(point[name], *limits[name]) for name in ("recall", "precision")])
        != [point["recall"], point["precision"]]
    ]
    for number, (inside, point) in enumerate(sorted(far, key=lambda pair: pair[0])):
        _mark_far(axes, inside, point, number % LINES if len(far) <= MOST_NUMBERS else None)


def _limits(subject: pd.DataFrame, others: pd.DataFrame, name: str) -> tuple[float, float]:
    half = Z_95 * subject[f"{name}_standard_error"].fillna(0.0)
    low, high = float((subject[name] - half).min()), float((subject[name] + half).max())
    span = (high - low) or 0.1
    near = others[name][others[name].between(low - REACH * span, high + REACH * span)]
    low, high = min([low, *near]), max([high, *near])
    return low - MARGIN * span, high + MARGIN * span


def _clamp(value: float, low: float, high: float) -> float:
    return min(max(value, low), high)


def _mark_far(axes: Axes, inside: list[float], point: dict[str, float], line: int | None) -> None:
    """An arrow at the edge of the window, with recall and precision of the point behind it unless ``line`` is None."""
    x, y = inside
    horizontal = (point["recall"] > x) - (point["recall"] < x)
    vertical = (point["precision"] > y) - (point["precision"] < y)
    marker = {(0, -1): "v", (0, 1): "^", (-1, 0): "<", (1, 0): ">"}.get((horizontal, vertical), "d")
    axes.plot([x], [y], marker, color=OTHER_COLOUR, markersize=7, clip_on=False, zorder=4, label="_")
    if line is None:
        return
    is_right, is_low = x > sum(axes.get_xlim()) / 2, y < sum(axes.get_ylim()) / 2
    up = 5 + LINE_HEIGHT * line if is_low else -10 - LINE_HEIGHT * line
    axes.annotate(
        f"({point['recall']:.2f}, {point['precision']:.2f})", (x, y), xytext=(-5 if is_right else 5, up),
        textcoords="offset points", fontsize=6.5, color="#666666", ha="right" if is_right else "left",
    )  # fmt: skip
