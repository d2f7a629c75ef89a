"""Images that exist already, dealt out in shards like those that are sampled."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from ..generators import choose_subset
from ..reference_batches import Batch, ChosenImages, open_images
from .plan import Shard

PIECE = 64  # images in memory at once


class ExistingImages:
    """A set of images, read once from front to back as long as the shards are asked for in their order."""

    def __init__(self, name: str, num_images: int, seed: int, labels: str) -> None:
        """Opens the images of that name or path, and chooses ``num_images`` of them where there are more.

        Raises:
            InputError: there are no such images.
        """
        images = open_images(name)
        classes = images.labels if labels == "balanced" else None
        self._images = ChosenImages(images, choose_subset(num_images, len(images), seed, classes))
        self._stream: Iterator[NDArray[np.uint8]] = iter(())
        self._next = len(self._images)

    def take(self, shard: Shard) -> Batch:
        """The images and labels of a shard.

        Raises:
            InputError: an image cannot be read.
        """
        if shard.start < self._next:
            self._stream = (image for batch in self._images.batches(PIECE) for image in batch)
            self._next = 0
        images = np.stack(list(islice(self._stream, shard.start - self._next, shard.stop - self._next)))
        self._next = shard.stop
        labels = self._images.labels
        return Batch(images, None if labels is None else labels[shard.start : shard.stop])
