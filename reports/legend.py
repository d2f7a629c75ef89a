"""The legend below the axes."""

from __future__ import annotations

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from .labels import NAME_WIDTH, shorten

LEGEND_ROOM = 21  # names in two columns; more would leave the axes none


def with_legend(figure: Figure, axes: Axes) -> Figure:
    """The figure with the legend of these axes below, cut where it would leave them no room."""
    handles, labels = axes.get_legend_handles_labels()
    names, columns, room = [shorten(label) for label in labels], 2, LEGEND_ROOM
    if len(set(names)) < len(set(labels)):  # what tells them apart was cut out
        names, columns, room = [shorten(label, 2 * NAME_WIDTH) for label in labels], 1, LEGEND_ROOM // 2
    if len(names) > room:
        handles = [*handles[:room], Line2D([], [], linestyle="none")]
        names = [*names[:room], f"and {len(names) - room} more"]
    figure.legend(handles, names, loc="outside lower center", ncols=columns)
    return figure
