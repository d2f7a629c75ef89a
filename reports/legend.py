"""The legend below the axes."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .labels import NAME_WIDTH, shorten

LEGEND_ROOM = 21  # names; more would leave the axes none


def with_legend(figure: Figure, axes: Axes) -> Figure:
    """The figure with the legend of these axes below, cut where it would leave them no room."""
    handles, labels = axes.get_legend_handles_labels()
    names, columns = [shorten(label) for label in labels], 2
    if len(set(names)) < len(set(labels)):  # what tells them apart was cut out
        names, columns = [shorten(label, 2 * NAME_WIDTH) for label in labels], 1
    if len(names) > LEGEND_ROOM:
        handles = [*handles[:LEGEND_ROOM], Line2D([], [], linestyle="none")]
        names = [*names[:LEGEND_ROOM], f"and {len(names) - LEGEND_ROOM} more"]
    figure.legend(handles, names, loc="outside lower center", ncols=columns)
    return figure
