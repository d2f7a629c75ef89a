"""Image sets: many images in a fixed order, read in pieces."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from .batch_file import Batch
from .decoding import fit
from .errors import InputError

Images = NDArray[np.uint8]


class ImageSet(Protocol):
    """RGB images of one size, in a fixed order."""

    @property
    def name(self) -> str:
        """What messages call it: a path or a built-in name."""
        ...

    def __len__(self) -> int: ...

    @property
    def image_size(self) -> tuple[int, int]:
        """Height and width of every image, in pixels."""
        ...

    @property
    def labels(self) -> NDArray[np.int64] | None:
        """The classes [N], where they are known."""
        ...

    @property
    def sha256(self) -> str:
        """SHA-256 of the content, as 64 hexadecimal digits; computed when first asked for, which takes a full read."""
        ...

    def batches(self, size: int) -> Iterator[Images]:
        """All images in order, uint8 [``size``, H, W, 3] at a time; the last piece may be smaller.

        Raises:
            InputError: ``size`` is not positive, or an image cannot be read: the message names it.
        """
        ...


def check_batch_size(size: int) -> None:
    """Refuses a size of pieces that is not positive.

    Raises:
        InputError: says so.
    """
    if size < 1:
        raise InputError(f"images are read {size} at a time; choose a batch size of at least 1")


class MemoryImages:
    """The images of a batch in memory."""

    def __init__(self, name: str, batch: Batch) -> None:
        self.name = name
        self.labels = batch.labels
        self.image_size = (batch.images.shape[1], batch.images.shape[2])
        self._batch = batch

    def __len__(self) -> int:
        return len(self._batch.images)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the shape, the pixels and the labels."""
        images, labels = self._batch
        digest = hashlib.sha256(str(images.shape).encode())
        digest.update(images.tobytes())
        digest.update(b"" if labels is None else labels.tobytes())
        return digest.hexdigest()

    def batches(self, size: int) -> Iterator[Images]:
        """See :meth:`ImageSet.batches`."""
        check_batch_size(size)
        for start in range(0, len(self), size):
            yield self._batch.images[start : start + size]


class FittedImages:
    """The images of another set, each resized and cropped to a square as :func:`~.decoding.fit` does."""

    def __init__(self, images: ImageSet, size: int) -> None:
        self.name = images.name
        self.labels = images.labels
        self.image_size = (size, size)
        self.images = images

    def __len__(self) -> int:
        return len(self.images)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the other set's own and the size."""
        return hashlib.sha256(f"{self.images.sha256} fitted to {self.image_size[0]}".encode()).hexdigest()

    def batches(self, size: int) -> Iterator[Images]:
        """See :meth:`ImageSet.batches`."""
        for batch in self.images.batches(size):
            yield np.stack([fit(image, self.image_size[0]) for image in batch])


class ChosenImages:
    """Some images of another set, in its order."""

    def __init__(self, images: ImageSet, positions: NDArray[np.int64]) -> None:
        """Takes the images at ``positions`` [M], which increase."""
        self.name = images.name
        self.image_size = images.image_size
        self.labels = None if images.labels is None else images.labels[positions]
        self.images = images
        self._positions = positions

    def __len__(self) -> int:
        return len(self._positions)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the other set's own and the positions."""
        digest = hashlib.sha256(f"{self.images.sha256} at ".encode())
        digest.update(self._positions.astype("<i8").tobytes())
        return digest.hexdigest()

    def batches(self, size: int) -> Iterator[Images]:
        """See :meth:`ImageSet.batches`; a piece has as many images as were chosen of ``size`` of the other set's."""
        start = 0
        for batch in self.images.batches(size):
            here = self._positions[
                np.searchsorted(self._positions, start) : np.searchsorted(self._positions, start + len(batch))
            ]
            if len(here):
                yield batch[here - start]
            start += len(batch)
