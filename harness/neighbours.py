"""The real images that samples are nearest to, looked for in the features that a run has kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..evaluator import read_features
from ..evaluator.distances import float64_distances
from ..reference_batches import Batch, ImageSet, InputError, Reference, open_reference
from .folder import RunFolder

NEIGHBOURS = 5
PIECE = 256  # real images read at a time


def nearest_real_images(
    folder: RunFolder, reference: str, points: Sequence[str], samples: Mapping[str, Batch]
) -> dict[str, NDArray[np.uint8]]:
    """For the first samples of each point the real images nearest to them in feature space, nearest first.

    Args:
        folder: the run.
        reference: the name or the path of the reference, as the record has it.
        points: whose neighbours are wanted.
        samples: the first samples of the points.

    Returns:
        uint8 [n, 5, H, W, 3] by point; none where the run has not kept the features, or where the reference is not
        there any more, holds no images, or images of another size.

    Raises:
        InputError: a file of features is damaged, or an image cannot be read.
    """
    kept = sorted(folder.reference_features.glob("*.npz"))
    wanted = [point for point in points if point in samples and folder.features(point).is_file()]
    real = _images_of(reference)
    if len(kept) != 1 or not wanted or real is None:
        return {}
    pool = read_features(kept[0]).pool
    if len(real) != len(pool) or len(pool) < NEIGHBOURS:
        return {}
    indices = {
        point: nearest_indices(pool, read_features(folder.features(point)).pool[: len(samples[point].images)])
        for point in wanted
        if samples[point].images.shape[1:3] == real.image_size
    }
    chosen = _read_chosen(real, np.unique(np.concatenate([*indices.values(), np.empty((0, 0), np.int64)], axis=None)))
    return {point: np.stack([[chosen[index] for index in row] for row in rows]) for point, rows in indices.items()}


def nearest_indices(pool: NDArray[np.float32], samples: NDArray[np.float32]) -> NDArray[np.int64]:
    """The real images [M, D] nearest to each of the samples [n, D], nearest first: [n, 5]; of equals the first."""
    order = np.argsort(float64_distances(samples, pool), axis=1, kind="stable")
    return order[:, :NEIGHBOURS].astype(np.int64)


def _images_of(reference: str) -> ImageSet | None:
    """The images of a reference, or None where it has none, or is not there any more."""
    try:
        found: Reference = open_reference(reference)
    except InputError:
        return None
    return found.images


def _read_chosen(images: ImageSet, chosen: NDArray[np.int64]) -> dict[int, NDArray[np.uint8]]:
    """The images of these positions, with a piece of the set in memory at a time."""
    read: dict[int, NDArray[np.uint8]] = {}
    start = 0
    for piece in images.batches(PIECE):
        inside = chosen[(chosen >= start) & (chosen < start + len(piece))]
        read |= {int(index): piece[index - start].copy() for index in inside}
        start += len(piece)
    return read
