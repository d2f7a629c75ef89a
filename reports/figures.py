"""The figures: quality against steps, quality against time, precision against recall.

Each takes a record and gives a matplotlib figure that shows the numbers of the results table, with 95 % error bars. A
record that lacks what a figure needs gives a figure that says so.
"""

from __future__ import annotations

from collections.abc import Callable
from textwrap import fill

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .best import Z_95
from .legend import with_legend
from .levels import best_gan, draw_level, floor_of, mark_break_even, mark_break_even_time
from .lines import draw_bars, draw_line, label_points
from .pareto import on_front
from .record import RunRecord
from .scales import set_scale, set_ticks_at
from .series import looks_of, series_frame
from .style import FLOOR_COLOUR, FRONT_COLOUR, GAN_COLOUR, OTHER_COLOUR, house_style, new_axes, to_png, to_svg
from .sweeps import sweeps_of
from .trade_off import frame_trade_off

__all__ = ["FIGURES", "fid_against_seconds", "fid_against_steps", "precision_against_recall", "to_png", "to_svg"]

DRAWN = ["fid", "network_evaluations"]
"""What a point needs to be drawn against its steps."""


def fid_against_steps(record: RunRecord) -> Figure:
    """FID against network evaluations per image, with the GAN's best, the floor, and the break-even point."""
    frame = series_frame(record)
    points = frame[frame["family"] == "diffusion"].dropna(subset=DRAWN)
    if points.empty:
        return _empty("No diffusion point has an FID and a count of network evaluations.")
    gan = best_gan(frame, record.answer)
    floor = floor_of(frame, record.num_images)
    with house_style():
        figure, axes = new_axes()
        _draw_series(axes, points, "network_evaluations")
        draw_level(axes, gan, "GAN's best FID", GAN_COLOUR, "-")
        draw_level(axes, floor, "real images", FLOOR_COLOUR, ":")
        # The GAN's points lie at one evaluation, and beat whatever is worse than they are.
        _mark_front(axes, frame[frame["family"] != "real"].dropna(subset=DRAWN), "network_evaluations", "diffusion")
        set_scale(axes.xaxis, points["network_evaluations"])
        _set_fid_scale(axes, pd.concat([points, gan, floor]))
        set_ticks_at(axes.xaxis, points["network_evaluations"].tolist())
        if record.answer is not None:
            mark_break_even(axes, record.answer)
        of_classifier = ", the classifier's aside" if (points["guidance"].fillna(0.0) > 0).any() else ""
        axes.set(
            xlabel=f"Network evaluations per image{of_classifier} (fewer is better)", ylabel="FID (lower is better)"
        )
        return with_legend(figure, axes)


def fid_against_seconds(record: RunRecord) -> Figure:
    """FID against seconds per image, GAN included: what the same time buys."""
    frame = series_frame(record)
    points = frame[frame["family"] != "real"].dropna(subset=["fid", "seconds_per_image"])
    if points.empty:
        return _empty("No point has both an FID and a time per image.")
    floor = floor_of(frame, record.num_images)
    with house_style():
        figure, axes = new_axes()
        _draw_series(axes, points, "seconds_per_image")
        _draw_time_bars(axes, points)
        _mark_front(axes, points, "seconds_per_image")
        draw_level(axes, floor, "real images", FLOOR_COLOUR, ":")
        times = [points[name].dropna() for name in ("seconds_per_image_p10", "seconds_per_image_p90")]
        set_scale(axes.xaxis, points["seconds_per_image"], *times)
        _set_fid_scale(axes, pd.concat([points, floor]))
        label_points(axes, points, "seconds_per_image", "fid", "truncation", GAN_COLOUR)
        mark_break_even_time(axes, points, record.answer)
        axes.set(xlabel="Seconds per image (lower is better)", ylabel="FID (lower is better)")
        return with_legend(figure, axes)


def precision_against_recall(record: RunRecord) -> Figure:
    """Precision against recall along the sweeps of guidance and truncation, which trade one for the other."""
    frame = series_frame(record).dropna(subset=["precision", "recall"])
    if frame.empty:
        return _empty("No point has both a precision and a recall.")
    sweeps, others = sweeps_of(frame[frame["family"] != "real"])
    with house_style():
        figure, axes = new_axes()
        axes.plot(
            others["recall"],
            others["precision"],
            ".",
            color=OTHER_COLOUR,
            zorder=1,
            label="other points" if len(others) else "_",
        )
        for sweep in sweeps:
            draw_line(axes, sweep.points, "recall", "precision", sweep.name, sweep.look)
            label_points(axes, sweep.points, "recall", "precision", sweep.scale, sweep.look.colour)
        floor = floor_of(frame, record.num_images)
        if len(floor):
            draw_bars(axes, floor, "recall", "precision", FLOOR_COLOUR)
            axes.plot(floor["recall"], floor["precision"], "*", color=FLOOR_COLOUR, markersize=9, label="real images")
        frame_trade_off(axes, pd.concat([floor, *(sweep.points for sweep in sweeps)]), others)
        axes.set(xlabel="Recall (higher is better)", ylabel="Precision (higher is better)")
        return with_legend(figure, axes)


FIGURES: dict[str, Callable[[RunRecord], Figure]] = {
    "fid_against_steps": fid_against_steps,
    "fid_against_seconds": fid_against_seconds,
    "precision_against_recall": precision_against_recall,
}
"""All figures of a report, in its order. Their names are those of the files."""


def _draw_series(axes: Axes, points: pd.DataFrame, x: str) -> None:
    """FID against ``x``, a line a series."""
    looks = looks_of(points)
    for name, members in points.groupby("series", sort=False):
        draw_line(axes, members, x, "fid", name, looks[name])


def _mark_front(axes: Axes, points: pd.DataFrame, x: str, family: str | None = None) -> None:
    """A ring around the points that no other beats in both cost and FID; around those of one family if it is named."""
    front = points[on_front(points[x].tolist(), points["fid"].tolist())]
    if family is not None:
        front = front[front["family"] == family]
    axes.plot(
        front[x], front["fid"], "o", markersize=11, markerfacecolor="none", markeredgecolor=FRONT_COLOUR,
        markeredgewidth=0.9, label="Pareto front", zorder=2,
    )  # fmt: skip


def _draw_time_bars(axes: Axes, points: pd.DataFrame) -> None:
    """Bars from the tenth to the ninetieth percentile of the time, where they are known."""
    known = points.dropna(subset=["seconds_per_image_p10", "seconds_per_image_p90"])
    axes.hlines(
        known["fid"], known["seconds_per_image_p10"], known["seconds_per_image_p90"],
        color=OTHER_COLOUR, linewidth=0.8, zorder=2,
    )  # fmt: skip


def _set_fid_scale(axes: Axes, drawn: pd.DataFrame) -> None:
    """Sets the vertical axis for all points and levels with their error bars."""
    half = Z_95 * drawn["fid_standard_error"].fillna(0.0)
    set_scale(axes.yaxis, drawn["fid"], drawn["fid"] - half, drawn["fid"] + half)


def _empty(complaint: str) -> Figure:
    """A figure that says why there is nothing in it."""
    with house_style():
        figure, axes = new_axes()
        axes.text(0.5, 0.5, fill(complaint, 36), transform=axes.transAxes, ha="center", va="center")
        axes.set(xticks=[], yticks=[])
    return figure
