"""Batch files as OpenAI released them, of few images, or of all where these are asked for.

References hold images with the statistics of more images than these, samples images alone; those of ImageNet have
labels.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from beatgans.reference_batches import CatalogEntry

from .checkpoints import seed

POOL, SPATIAL = 2048, 2023
"""Widths of the features whose statistics a reference holds."""
CLASSES = 1000
PATCH = 8  # pixels of a side of one colour, so that images are no mere noise


def write_batch_file(entry: CatalogEntry, path: Path, num_images: int, size: int | None = None) -> None:
    """Writes a batch of the catalog of ``num_images`` images, of its own size or of another."""
    random = np.random.default_rng(seed(entry.name))
    arrays: dict[str, NDArray[np.generic]] = {"arr_0": images(random, num_images, size or entry.resolution)}
    if entry.dataset == "ImageNet":
        arrays["arr_1"] = random.integers(CLASSES, size=num_images)
    if entry.kind == "reference":
        arrays |= {"mu": mean(random, POOL), "sigma": covariance(random, POOL)}
        arrays |= {"mu_s": mean(random, SPATIAL), "sigma_s": covariance(random, SPATIAL)}
    np.savez(path, **arrays)


def images(random: np.random.Generator, number: int, size: int) -> NDArray[np.uint8]:
    """Images of squares of random colours, uint8 [number, size, size, 3]."""
    squares = random.integers(256, size=(number, -(-size // PATCH), -(-size // PATCH), 3), dtype=np.uint8)
    return squares.repeat(PATCH, axis=1).repeat(PATCH, axis=2)[:, :size, :size]


def mean(random: np.random.Generator, width: int) -> NDArray[np.float32]:
    """The mean of features that are never negative, float32 [width]."""
    return random.exponential(0.4, size=width).astype(np.float32)


def covariance(random: np.random.Generator, width: int) -> NDArray[np.float64]:
    """A covariance that can be one of features, float64 [width, width]."""
    factor = random.normal(size=(width, 64))
    return factor @ factor.T / 640 + np.diag(random.uniform(0.01, 0.1, size=width))
