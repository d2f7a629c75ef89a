"""Images of one model, outside of any run."""

from __future__ import annotations

import numpy as np

from ..generators import SamplerSettings, expected_evaluations, labels_of, load_generator
from ..reference_batches import Batch
from .progress import Progress


def sample_batch(
    model: str,
    settings: SamplerSettings,
    number: int,
    seed: int,
    label_policy: str,
    batch_size: int,
    device: str,
    progress: Progress,
) -> Batch:
    """Makes images 0 to ``number - 1``: the same as a run with these settings and this seed makes.

    Raises:
        InputError: the model, its settings, the label policy or the seed cannot be used.
    """
    indices = np.arange(number, dtype=np.int64)
    generator = load_generator(model, device)
    labels = labels_of(generator, label_policy, seed, indices)
    cost = max(1, sum(expected_evaluations(model, settings) or ()))
    parts = []
    with progress.bar(f"Sampling {model}", number * cost, "evaluations") as advance:
        for start in range(0, number, batch_size):
            chosen = slice(start, start + batch_size)
            parts.append(generator.generate(seed, indices[chosen], labels[chosen], settings).images)
            advance(len(parts[-1]) * cost)
    return Batch(np.concatenate(parts), labels if generator.num_classes else None)
