"""Pools of features: of each condition and operating point those of samples 0 to ``size`` - 1, sampled once and kept.

Sample i has the same label and noise under every condition, so that rows of the same place are pairs.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from beatgans.evaluator import Features, extract_features, load_extractor, read_features, write_features
from beatgans.generators import load_generator

from .conditions import FAULTY_POINTS, NUM_CLASSES, POINTS, Condition, pixels_made_by

SEED = 0
BATCH = 500


def pool(folder: Path, name: str, condition: Condition, point: str, size: int) -> Features:
    """The features of a condition's images at a point, from the folder where they are there already."""
    path = folder / f"{name}_{point}_{size}.npz"
    if not path.exists():
        write_features(path, _sample(condition, point, size))
        print(f"sampled {path.name}", flush=True)
    return read_features(path)


def points_of(name: str) -> list[str]:
    """The points that a condition is sampled at."""
    return list(POINTS if name == "baseline" else FAULTY_POINTS)


def _sample(condition: Condition, point: str, size: int) -> Features:
    settings = condition.settings(POINTS[point])
    generator = load_generator("digits-gan" if settings.truncation else "digits-diffusion")
    extractor = load_extractor("digits")
    condition.network(generator)
    parts = []
    with pixels_made_by(condition.pixels):
        for start in range(0, size, BATCH):
            indices = np.arange(start, min(start + BATCH, size))
            labels = condition.labels(indices % NUM_CLASSES, indices)
            images = generator.generate(SEED, indices, labels, settings).images
            parts.append(extract_features(extractor, np.ascontiguousarray(condition.images(images))))
    return Features.concatenate(parts)
