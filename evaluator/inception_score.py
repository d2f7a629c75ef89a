r"""Inception Score: how sure a classifier is of each image, and how varied its guesses are.

.. math:: IS = \exp E_x KL(p(y|x) \,\|\, p(y))

T. Salimans et al., "Improved techniques for training GANs", 2016, section 4.
From 1, the worst, to the number of classes, the best.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNDERFLOW = (
    "a class probability is too small for float32, where the original evaluator gives NaN; use the exact protocol"
)
ROWS_AT_ONCE = 4_096
"""Images whose probabilities are computed at one time."""


def float32_inception_score(logits: NDArray[np.float32], chunk: int | None) -> float | None:
    """The score of logits [N, C] as the original evaluator computes it, in float32.

    Chunks are taken in file order, and the last counts as much as the others however short it is.

    Returns:
        The unweighted mean over the chunks, or None where a probability is zero or subnormal (see :data:`UNDERFLOW`).
    """
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    if probabilities.min() < np.finfo(np.float32).tiny:  # TensorFlow flushes subnormal numbers to zero
        return None
    scores = []
    for p in _chunks(probabilities, chunk):
        divergences = np.sum(p * (np.log(p) - np.log(p.mean(axis=0))), axis=1)
        scores.append(np.exp(divergences.mean()))
    return float(np.mean(scores))


def inception_score(logits: NDArray[np.float32], chunk: int | None) -> float:
    """The score of logits [N, C] in float64: the mean over chunks in file order, or of all images at once."""
    return _score(*_probabilities_and_entropies(logits), chunk, np.arange(len(logits)))


def inception_scores_without_each(
    logits: NDArray[np.float32], chunk: int | None, groups: Sequence[slice]
) -> Iterator[float]:
    """The float64 scores of logits [N, C] less one group of rows, for each group."""
    probabilities, entropies = _probabilities_and_entropies(logits)
    for group in groups:
        yield _score(probabilities, entropies, chunk, np.delete(np.arange(len(logits)), group))


def _probabilities_and_entropies(logits: NDArray[np.float32]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The softmax [N, C] and its entropy [N] in nats."""
    probabilities, entropies = np.empty(logits.shape), np.empty(len(logits))
    for start in range(0, len(logits), ROWS_AT_ONCE):
        rows = slice(start, start + ROWS_AT_ONCE)
        shifted = logits[rows].astype(np.float64) - logits[rows].max(axis=1, keepdims=True)
        log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        probabilities[rows] = np.exp(log_probabilities)
        entropies[rows] = -np.sum(probabilities[rows] * log_probabilities, axis=1)
    return probabilities, entropies


def _score(
    probabilities: NDArray[np.float64], entropies: NDArray[np.float64], chunk: int | None, kept: NDArray[np.int64]
) -> float:
    """The mean over chunks of the rows ``kept`` of exp(entropy of the mean - mean of the entropies)."""
    scores = []
    for rows in _chunks(kept, chunk):
        marginal = probabilities[rows].mean(axis=0)
        marginal = marginal[marginal > 0]  # p log p is 0 at 0
        scores.append(np.exp(-np.sum(marginal * np.log(marginal)) - entropies[rows].mean()))
    return float(np.mean(scores))


def _chunks(array: NDArray[Any], chunk: int | None) -> Iterator[NDArray[Any]]:
    """Consecutive parts of ``chunk`` rows, the last as short as it must be; the whole for None."""
    size = chunk or len(array)
    return (array[start : start + size] for start in range(0, len(array), size))
