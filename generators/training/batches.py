"""Batches to train on: that of a step depends on the seed and the step alone, so a resumed training sees the same."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ...reference_batches import InputError
from ..noise import Stream, check_seed, random_bits
from .images import TrainingImages

PREFETCHED = 4  # batches that a worker is ahead


class TrainingBatch(NamedTuple):
    """The images of one step."""

    images: Tensor
    """uint8 [B, S, S, 3]."""
    labels: Tensor | None
    """int64 [B]."""


def batches(
    images: TrainingImages, batch_size: int, seed: int, first_step: int = 0, workers: int = 0, stride: int = 1
) -> Batches:
    """The endless batches of a training: every image once an epoch, in an order of its own for each.

    Of several ranks, rank r of R takes ``first_step = R * step + r`` and ``stride = R``: together they see the images
    of one process whose batches are R times as large.

    Args:
        images: what is trained on.
        batch_size: B.
        seed: of the order, the crops and the mirroring, 0 to 2**64 - 1.
        first_step: the step whose batch comes first.
        workers: processes that make batches ahead; 0 makes them when they are asked for, which is fast enough for
            cached pixels.
        stride: from a batch to the next, in steps.

    Raises:
        InputError: the seed is out of range, or, from the iterator, a file has become bad since the images were opened.
    """
    check_seed(seed)
    loader = DataLoader(
        _Steps(images, batch_size, seed),
        batch_size=None,
        sampler=itertools.count(first_step, stride),
        num_workers=workers,
        prefetch_factor=PREFETCHED if workers else None,
        generator=torch.Generator(),  # or else it would take a number from the training's own
    )
    return Batches(iter(loader))


class Batches(Iterator[TrainingBatch]):
    """Batches one by one, and the time that was spent waiting for them.

    Attributes:
        seconds_waited: in all, since the first batch was asked for.
    """

    def __init__(self, source: Iterator[TrainingBatch | InputError]) -> None:
        self.seconds_waited = 0.0
        self._source: Iterator[TrainingBatch | InputError] | None = source
        self._began: float | None = None

    @property
    def share_waited(self) -> float:
        """Of the time since the first batch was asked for, the share that was spent waiting, 0 to 1."""
        if self._began is None:
            return 0.0
        return self.seconds_waited / (time.perf_counter() - self._began)

    def leave_out(self, seconds: float) -> None:
        """Takes time that went to something else from that since the first batch was asked for."""
        if self._began is not None:
            self._began += seconds

    def __next__(self) -> TrainingBatch:
        if self._source is None:
            raise StopIteration
        start = time.perf_counter()
        self._began = start if self._began is None else self._began
        batch = next(self._source)
        self.seconds_waited += time.perf_counter() - start
        if isinstance(batch, InputError):
            raise batch
        return batch

    def close(self) -> None:
        """Ends the workers."""
        self._source = None

    def __enter__(self) -> Batches:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def places_of(step: int, batch_size: int, number: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The epochs and the indices of the images of a step, int64 [B] each; a batch may span several epochs."""
    epochs, offsets = np.divmod(np.arange(step * batch_size, (step + 1) * batch_size, dtype=np.int64), number)
    indices = [order_of(seed, int(epoch), number)[offset] for epoch, offset in zip(epochs, offsets, strict=True)]
    return epochs, np.array(indices, np.int64)


@lru_cache(maxsize=2)
def order_of(seed: int, epoch: int, number: int) -> NDArray[np.int64]:
    """The order of an epoch: a permutation of 0 to ``number - 1``, by the ranks of random integers."""
    bits = random_bits(seed, np.array([epoch]), Stream.ORDER, 0, (number,))[0]
    return np.argsort(bits, kind="stable")


class _Steps(Dataset[TrainingBatch | InputError]):
    """The batch of each step, or why there is none: a worker's exception would come with its traceback as its text."""

    def __init__(self, images: TrainingImages, batch_size: int, seed: int) -> None:
        self.images = images
        self.batch_size = batch_size
        self.seed = seed

    def __getitem__(self, step: int) -> TrainingBatch | InputError:
        epochs, indices = places_of(step, self.batch_size, len(self.images), self.seed)
        try:
            pixels = np.stack([
                self.images.example(self.seed, int(epoch), int(index)).image
                for epoch, index in zip(epochs, indices, strict=True)
            ])  # fmt: skip
        except InputError as error:
            return error
        labels = None if self.images.labels is None else torch.from_numpy(self.images.labels[indices])
        return TrainingBatch(torch.from_numpy(pixels), labels)
