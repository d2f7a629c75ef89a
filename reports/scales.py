"""The scales of axes: logarithmic where the values span much, with ticks that a person can read."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from matplotlib.axis import XAxis, YAxis
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, NullFormatter, NullLocator

LOG_SPAN = 4  # a ratio of the largest to the smallest value from which on a linear axis would crowd the small ones
LARGEST_SPAN = 1e12  # a ratio beyond which no axis shows more than its two ends
MAX_TICKS = 8


def set_scale(
    axis: XAxis | YAxis, values: Iterable[float], lows: Iterable[float] = (), highs: Iterable[float] = ()
) -> None:
    """Sets scale, limits and ticks for values and for the ends of their error bars.

    Bars that reach to zero or below are cut at the axis' end where it is logarithmic.
    """
    values = list(values)
    if not values:
        return
    low, high = min(values), max(values)
    if low > 0 and LOG_SPAN <= high / low <= LARGEST_SPAN:
        axis.axes.set(**{f"{axis.axis_name}scale": "log"})
        low = min([low, *(max(end, low / 2) for end in lows)])
        high = max([high, *highs])
        margin = (high / low) ** 0.05
        _set_limits(axis, low / margin, high * margin)
        _set_log_ticks(axis, high / low)
    else:
        low, high = min([low, *lows]), max([high, *highs])
        margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
        _set_limits(axis, low - margin, high + margin)


def set_ticks_at(axis: XAxis | YAxis, values: Sequence[float]) -> None:
    """Puts the ticks at the values themselves, where these are few and apart."""
    ticks = sorted(set(values))
    is_log = axis.get_scale() == "log"
    crowded = is_log and any(after / before < 1.25 for before, after in pairwise(ticks))
    if len(ticks) <= MAX_TICKS and not crowded:
        axis.set_major_locator(FixedLocator(ticks))
        axis.set_minor_locator(NullLocator())


def _set_limits(axis: XAxis | YAxis, low: float, high: float) -> None:
    axis.axes.set(**{f"{axis.axis_name}lim": (low, high)})


def _set_log_ticks(axis: XAxis | YAxis, span: float) -> None:
    """Ticks at 1, 2, 5, 10, ..., and at powers of ten alone where there are many."""
    subs = (1.0, 2.0, 5.0) if math.log10(span) < 2.5 else (1.0,)
    axis.set_major_locator(LogLocator(subs=subs))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())
