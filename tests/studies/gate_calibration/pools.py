"""Pools of images: of each condition and operating point samples 0 to ``size`` - 1, sampled once and kept.

Sample i has the same label and noise under every condition, so that images of the same place are pairs. What a
condition does not change is taken from the baseline's pool and not sampled again.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from conditions import FAULTY_POINTS, NUM_CLASSES, POINTS, Condition, pixels_made_by
from numpy.typing import NDArray

from beatgans.evaluator import Features, extract_features, load_extractor
from beatgans.generators import SamplerSettings, load_generator
from beatgans.reference_batches import Batch, read_batch, write_batch

BASELINE = "baseline"
SEED = 0
BATCH = 500


def pool(folder: Path, name: str, condition: Condition, point: str, size: int) -> Features:
    """The features of a condition's images at a point."""
    return extract_features(load_extractor("digits"), _images(folder, name, condition, point, size))


def points_of(name: str) -> list[str]:
    """The points that a condition is sampled at."""
    return list(POINTS if name == BASELINE else FAULTY_POINTS)


def _images(folder: Path, name: str, condition: Condition, point: str, size: int) -> NDArray[np.uint8]:
    """The images of a condition at a point, from the folder where they are there already."""
    path = folder / f"{name}_{point}_{size}.npz"
    if not path.exists():
        write_batch(path, Batch(_make_images(folder, name, condition, point, size)))
        print(f"made {path.name}", flush=True)
    return read_batch(path).images


def _make_images(folder: Path, name: str, condition: Condition, point: str, size: int) -> NDArray[np.uint8]:
    indices = np.arange(size)
    plain = indices % NUM_CLASSES
    labels, settings = condition.labels(plain, indices), condition.settings(POINTS[point])
    everything = condition.network is not None or condition.pixels is not None or settings != POINTS[point]
    if name == BASELINE or everything:
        images = _sample(condition, settings, indices, labels)
    else:
        images = _images(folder, BASELINE, Condition("none"), point, size)
        other = labels != plain
        images[other] = _sample(condition, settings, indices[other], labels[other])
    return np.ascontiguousarray(condition.images(images))


def _sample(
    condition: Condition, settings: SamplerSettings, indices: NDArray[np.int64], labels: NDArray[np.int64]
) -> NDArray[np.uint8]:
    generator = load_generator("digits-gan" if settings.truncation else "digits-diffusion")
    if condition.network is not None:
        condition.network(generator)
    parts = [np.empty((0, 8, 8, 3), np.uint8)]
    with pixels_made_by(condition.pixels):
        for start in range(0, len(indices), BATCH):
            chosen = slice(start, start + BATCH)
            parts.append(generator.generate(SEED, indices[chosen], labels[chosen], settings).images)
    return np.concatenate(parts)
