"""The Pareto front: the points that no other beats in both cost and badness."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def on_front(costs: Sequence[float], badness: Sequence[float]) -> list[bool]:
    """Which points are on the front, where less is better of both.

    A point is off it if another is no worse in both and better in one; of points that are equal in both all are on it.
    """
    cost, bad = np.asarray(costs, dtype=float), np.asarray(badness, dtype=float)
    on = []
    for own_cost, own_bad in zip(cost, bad, strict=True):
        no_worse = (cost <= own_cost) & (bad <= own_bad)
        better = (cost < own_cost) | (bad < own_bad)
        on.append(not bool((no_worse & better).any()))
    return on
