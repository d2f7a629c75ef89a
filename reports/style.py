"""How figures look and how they become files: paper size, one palette, the same bytes for the same record."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

SIZE = (4.6, 4.3)  # inches: a paper's column and a half, and still legible on a phone
GAN_COLOUR = "#202020"
FLOOR_COLOUR = "#767676"
OTHER_COLOUR = "#b5b5b5"
FRONT_COLOUR = "#555555"
COLOURS = ("#4248b2", "#a6751b", "#c12a7e", "#a386e2", "#563b00", "#72bd92")
"""Found by search: with the GAN's they stay 25 apart in CIELAB for normal sight, protanopia, deuteranopia and
tritanopia, and at least 7 apart in lightness, so that they differ in grey. Markers and dashes tell the same again.
"""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", ">", "p", "h", "*")
DASHES = ((), (4, 1.5), (1, 1), (5, 1, 1, 1), (3, 1, 1, 1, 1, 1), (8, 2))

SETTINGS: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # ships with matplotlib, so that every machine draws the same
    "grid.color": "#e4e4e4",
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 7.5,
    "lines.linewidth": 1.3,
    "lines.markersize": 6,
    "text.parse_math": False,  # a dollar sign in a model's name is a dollar sign
}


@contextmanager
def house_style() -> Iterator[None]:
    """Settings under which a figure's parts are made. Nothing of matplotlib's global state is left changed."""
    with sns.axes_style("whitegrid"), sns.plotting_context("paper"), mpl.rc_context(SETTINGS):
        yield


def new_axes(size: tuple[float, float] = SIZE) -> tuple[Figure, Axes]:
    """A figure of ``size`` inches that is drawn by Agg and unknown to pyplot, and its axes."""
    figure, (axes,) = new_stack_of_axes(size, 1)
    return figure, axes


def new_stack_of_axes(size: tuple[float, float], count: int) -> tuple[Figure, list[Axes]]:
    """A figure of ``size`` inches with ``count`` axes above one another, which share the horizontal one."""
    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, list(figure.subplots(count, 1, sharex=True, squeeze=False)[:, 0])


def to_svg(figure: Figure) -> str:
    """The figure as SVG, letters drawn as paths. Equal figures give equal text."""
    with mpl.rc_context({"svg.hashsalt": "beatgans", "svg.fonttype": "path"}):
        return _save(figure, "svg", metadata={"Date": None}).decode("utf-8")


def to_png(figure: Figure, dots_per_inch: int = 200) -> bytes:
    """The figure as PNG. Equal figures give equal bytes."""
    return _save(figure, "png", dpi=dots_per_inch, metadata={"Software": None})


def _save(figure: Figure, file_format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # A name in a script that the font lacks shows as boxes, which the reader sees without being told.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font")
        figure.savefig(buffer, format=file_format, facecolor="white", bbox_inches="tight", pad_inches=0.05, **options)
    return buffer.getvalue()
