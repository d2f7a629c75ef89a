"""What a curve of FID is read against: the GAN's best, the real images, and the point where it meets the GAN."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from .best import Z_95
from .record import AnswerRecord


def best_gan(frame: pd.DataFrame, answer: AnswerRecord | None) -> pd.DataFrame:
    """The GAN's best point, as the answer names it, else that of the lowest FID; empty where there is none."""
    gans = frame[frame["family"] == "gan"].dropna(subset=["fid"])
    if answer is not None and answer.baseline_point is not None:
        return gans[gans["id"] == answer.baseline_point]
    return gans.nsmallest(1, "fid")


def floor_of(frame: pd.DataFrame, num_images: int) -> pd.DataFrame:
    """The real images' points of ``num_images`` images, as many as of the samples: FID depends on the number."""
    return frame[(frame["family"] == "real") & (frame["num_images"] == num_images)].dropna(subset=["fid"])


def draw_level(axes: Axes, points: pd.DataFrame, name: str, colour: str, linestyle: str) -> None:
    """A horizontal line at each point's FID, in the band of its 95 % interval."""
    for number, (fid, error) in enumerate(zip(points["fid"], points["fid_standard_error"].fillna(0.0), strict=True)):
        axes.axhspan(fid - Z_95 * error, fid + Z_95 * error, color=colour, alpha=0.12, linewidth=0, zorder=0)
        axes.axhline(fid, color=colour, linestyle=linestyle, linewidth=1.2, zorder=1, label="_" if number else name)


def mark_break_even(axes: Axes, answer: AnswerRecord) -> None:
    """Marks the smallest number of evaluations that beats the GAN, shades where it is in doubt, and says both above.

    Nothing where no point could be compared with the GAN.
    """
    if answer.baseline_point is None:
        return
    if answer.network_evaluations is None:
        axes.set_title("break-even: not reached", fontsize=8, loc="right")
        return
    axes.axvline(answer.network_evaluations, color="black", linestyle=(0, (2, 2)), linewidth=1, zorder=1)
    if answer.possible_from is not None and answer.certain_from is not None:
        axes.axvspan(answer.possible_from, answer.certain_from, color="black", alpha=0.06, linewidth=0, zorder=0)
    axes.set_title(_break_even_text(answer), fontsize=8, loc="right")


def mark_break_even_time(axes: Axes, points: pd.DataFrame, answer: AnswerRecord | None) -> None:
    """Marks the time per image of the break-even point, and says above how many times the GAN's that is."""
    if answer is None or answer.point is None:
        return
    seconds = points.set_index("id")["seconds_per_image"].to_dict()
    own, gan = seconds.get(answer.point), seconds.get(answer.baseline_point)
    if own is None:
        return
    axes.axvline(own, color="black", linestyle=(0, (2, 2)), linewidth=1, zorder=1)
    factor = f" ({own / gan:.2g} times the GAN's)" if gan else ""
    axes.set_title(f"break-even: {own:.2g} s per image{factor}", fontsize=8, loc="right")


def _break_even_text(answer: AnswerRecord) -> str:
    certain = "certain at none" if answer.certain_from is None else f"certain from {answer.certain_from}"
    return f"break-even: {answer.network_evaluations} evaluations ({certain})"
