"""Which class each sample of a run shows."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

from ..reference_batches import InputError
from .generator import Generator, check_labels
from .noise import Stream, random_bits

LABEL_POLICIES = ("balanced", "uniform")
LABEL_LIST = re.compile(r"[0-9]{1,9}(,[0-9]{1,9})*")


def choose_labels(policy: str, seed: int, indices: NDArray[np.int64], num_classes: int) -> NDArray[np.int64]:
    """The labels of samples ``indices``: int64 [n], each of 0 to ``num_classes - 1``; zeros where there are no classes.

    ``"balanced"`` takes the classes in turn, so that any run of consecutive samples is balanced; ``"uniform"`` draws
    each label by itself, as ADM's scripts do; a list such as ``"3"`` or ``"207,360"`` is gone through again and again.

    Raises:
        InputError: there is no such policy, or the seed or a label is out of range.
    """
    if policy == "balanced":
        return np.asarray(indices, np.int64) % max(num_classes, 1)
    if policy == "uniform":
        bits = random_bits(seed, indices, Stream.LABEL, 0, (1,))[:, 0]
        return (bits % np.uint64(max(num_classes, 1))).astype(np.int64)
    if LABEL_LIST.fullmatch(policy):
        listed = np.array([int(label) for label in policy.split(",")], np.int64)
        check_labels(listed, num_classes)
        return listed[np.asarray(indices, np.int64) % len(listed)]
    raise InputError(
        f"there is no label policy named {policy[:60]!r}; choose {' or '.join(LABEL_POLICIES)}, or list labels: 3,7"
    )


def labels_of(generator: Generator, policy: str, seed: int, indices: NDArray[np.int64]) -> NDArray[np.int64]:
    """The labels of a generator's samples: those of images that exist already, or else as :func:`choose_labels` does.

    Raises:
        InputError: there is no such policy or there are fewer images, or the seed is out of range.
    """
    if generator.labels is None:
        return choose_labels(policy, seed, indices, generator.num_classes)
    check_indices(indices, len(generator.labels), generator.name)
    return generator.labels[indices]


def check_indices(indices: NDArray[np.int64], available: int, name: str) -> None:
    """Refuses to go on past the last of a number of images.

    Raises:
        InputError: a sample is asked for that there is not.
    """
    if len(indices) and indices.max() >= available:
        raise InputError(f"{name} holds {available} images, and sample {indices.max()} is asked for; ask for fewer")
