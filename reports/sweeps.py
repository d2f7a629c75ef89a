"""Sweeps: points that differ in one scale alone, in its order."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from .lines import Look
from .style import COLOURS, DASHES, GAN_COLOUR, MARKERS

LONG = 3  # scales from which on a sweep shows a trade-off; two are a mere comparison


class Sweep(NamedTuple):
    """A line of the figure."""

    name: str
    scale: str
    """``guidance`` or ``truncation``."""
    points: pd.DataFrame
    """In the order of the scale."""
    look: Look


def sweeps_of(frame: pd.DataFrame) -> tuple[list[Sweep], pd.DataFrame]:
    """The sweeps of at least three scales, or of two where none is longer, and the points that are in none."""
    groups = [
        (f"{name}, by guidance", "guidance", group.dropna(subset="guidance"))
        for name, group in _diffusion_groups(frame[frame["family"] == "diffusion"])
    ] + [
        (f"truncations of {model}", "truncation", group.dropna(subset="truncation"))
        for model, group in frame[frame["family"] == "gan"].groupby("model", sort=False)
    ]
    longest = max((group[scale].nunique() for _, scale, group in groups), default=0)
    chosen = [group for group in groups if group[2][group[1]].nunique() >= min(LONG, max(longest, 2))]
    inside = {point for _, _, group in chosen for point in group["id"]}
    return [_sweep(number, *group) for number, group in enumerate(chosen)], frame[~frame["id"].isin(inside)]


def _diffusion_groups(frame: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Points of equal model, sampler, eta and steps."""
    groups = frame.groupby(["model", "family_of_lines", "steps"], sort=False, dropna=False)
    return [
        (family if pd.isna(steps) else f"{family}, {steps:.0f} steps", group) for (_, family, steps), group in groups
    ]


def _sweep(number: int, name: str, scale: str, points: pd.DataFrame) -> Sweep:
    colour = GAN_COLOUR if scale == "truncation" else COLOURS[number % len(COLOURS)]
    return Sweep(name, scale, points, Look(colour, MARKERS[number % len(MARKERS)], DASHES[number % len(DASHES)]))
