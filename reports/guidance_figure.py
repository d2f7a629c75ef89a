"""FID and Inception Score against the scale of the guidance, which trades one for the other (ADM, figure 4)."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from .legend import with_legend
from .lines import draw_line
from .record import RunRecord
from .series import series_frame
from .style import SIZE, house_style, new_stack_of_axes
from .sweeps import Sweep, sweeps_of

PANELS = (("fid", "FID (lower is better)"), ("inception_score", "IS (higher is better)"))


def fid_and_is_against_guidance(record: RunRecord) -> Figure | None:
    """Both scores of each sweep of the guidance; None where no sweep has two scales."""
    frame = series_frame(record)
    frame = frame[frame["family"] == "diffusion"].dropna(subset=["guidance"])
    sweeps = [sweep for sweep in sweeps_of(frame)[0] if sweep.scale == "guidance"]
    panels = [(metric, label) for metric, label in PANELS if frame[metric].notna().any()]
    if not sweeps or not panels:
        return None
    with house_style():
        figure, axes = new_stack_of_axes(SIZE, len(panels))
        for (metric, label), panel in zip(panels, axes, strict=True):
            _draw_panel(panel, sweeps, metric, label)
        axes[-1].set_xlabel("Guidance scale (0 is unguided)")
        return with_legend(figure, axes[0])


def _draw_panel(axes: Axes, sweeps: list[Sweep], metric: str, label: str) -> None:
    for sweep in sweeps:
        points: pd.DataFrame = sweep.points.dropna(subset=[metric]).sort_values("guidance")
        draw_line(axes, points, "guidance", metric, sweep.name, sweep.look)
    axes.set(ylabel=label)
