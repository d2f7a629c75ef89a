"""Which points of a figure belong together, and what colour, marker and dashes tell them apart."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import cycle

import pandas as pd

from .frame import results_frame
from .labels import sampler_title
from .lines import Look
from .measured import results_table
from .record import RunRecord
from .style import COLOURS, DASHES, GAN_COLOUR, MARKERS


def series_frame(record: RunRecord) -> pd.DataFrame:
    """The results table of a record as a data frame with its series."""
    return with_series(results_frame(results_table(record)))


def with_series(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame, ordered by series, with two more columns: ``family_of_lines`` (one colour) and ``series`` (one line).

    A diffusion model's line goes through the step counts of one sampler at one guidance scale; a GAN's goes through its
    truncations.
    """
    several = frame.loc[frame["family"] == "diffusion", "model"].nunique() > 1
    names = [_names(point, several) for point in frame.to_dict("records")]
    families = [family for family, _ in names]
    ranks, _ = pd.factorize(pd.Series(families, dtype="object"))
    frame = frame.assign(family_of_lines=families, series=[series for _, series in names], rank=ranks)
    order = ["rank", "guidance", "network_evaluations", "truncation"]
    return frame.sort_values(order, kind="stable").drop(columns="rank")


def looks_of(frame: pd.DataFrame) -> dict[str, Look]:
    """A colour a family of lines, dashes a guidance scale (none for the commonest), a marker of its own every line."""
    diffusion = frame[frame["family"] == "diffusion"]
    colours = dict(zip(diffusion["family_of_lines"].unique(), cycle(COLOURS), strict=False))
    dashes = dict(zip(diffusion["guidance"].fillna(0.0).value_counts().index, cycle(DASHES), strict=False))
    first = frame.drop_duplicates("series")
    return {
        name: Look(colours.get(family, GAN_COLOUR), marker, dashes.get(guidance, ()))
        for name, family, guidance, marker in zip(
            first["series"], first["family_of_lines"], first["guidance"], cycle(MARKERS), strict=False
        )
    }


def _names(point: Mapping[str, object], with_model: bool) -> tuple[str, str]:
    """The family of lines and the series, whose first letter is never a user's: matplotlib hides what begins with _."""
    if point["family"] != "diffusion":
        return str(point["model"]), f"truncations of {point['model']}"
    eta = f" η {point['eta']:g}" if _is_given(point["eta"]) else ""
    model = f" ({point['model']})" if with_model else ""
    family = f"{sampler_title(str(point['sampler']))}{eta}{model}"
    return family, f"{family}, guidance {point['guidance']:g}" if _is_given(
        point["guidance"]
    ) else f"{family}, unguided"


def _is_given(value: object) -> bool:
    """Whether a scale is there and does something."""
    return bool(value) and not pd.isna(value)
