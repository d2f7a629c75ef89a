"""Which points can be held against each other by their FID, which depends on the number of images."""

from __future__ import annotations

from collections.abc import Sequence

from ..reports import PointRecord


def of_usual_number(points: Sequence[PointRecord]) -> list[PointRecord]:
    """The points of the most usual number of images; of several such numbers, of the one that comes first."""
    numbers = [point.num_images for point in points]
    return [point for point in points if point.num_images == max(numbers, key=numbers.count)]
