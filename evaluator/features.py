"""Features: what an extractor sees in images, and what every score is computed from."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..reference_batches import Batch, ImageSet, InputError, MemoryImages, atomic_write

Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Features:
    """The features of N images, float32. What an extractor does not give has no columns.

    Attributes:
        pool: [N, D], the pooled features; FID, precision and recall are computed from them.
        spatial: [N, S], some channels of a feature map before pooling, flattened as height, width, channel; for sFID.
        logits: [N, C], the unnormalized log-probabilities of the classes; for the Inception Score.
    """

    pool: Array
    spatial: Array
    logits: Array

    def __len__(self) -> int:
        return len(self.pool)

    def __getitem__(self, index: slice | NDArray[np.int64] | NDArray[np.bool_]) -> Features:
        return Features(self.pool[index], self.spatial[index], self.logits[index])

    @staticmethod
    def concatenate(parts: Sequence[Features]) -> Features:
        """The features of all parts, in their order."""
        return Features(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Features)))


class Extractor(Protocol):
    """What turns images into features."""

    @property
    def name(self) -> str:
        """The extractor's name, such as ``digits``."""
        ...

    @property
    def weights_sha256(self) -> str:
        """SHA-256 of its weights."""
        ...

    @property
    def settings(self) -> Mapping[str, str]:
        """What besides the weights decides the features, such as the resize and the type of the arithmetic."""
        ...

    def __call__(self, images: NDArray[np.uint8]) -> Features:
        """The features of uint8 images [N, H, W, 3].

        Raises:
            InputError: the extractor does not take images of that size.
        """
        ...


def extract_features(
    extractor: Extractor,
    images: NDArray[np.uint8] | ImageSet,
    batch_size: int = 50,
    progress: Callable[[int], None] | None = None,
) -> Features:
    """The features of images, read and seen ``batch_size`` at a time; the images are not kept.

    Args:
        extractor: what sees them.
        images: uint8 [N, H, W, 3], or an image set, which is read in pieces.
        batch_size: images in memory at once.
        progress: told the size of each finished batch.

    Raises:
        InputError: there are no images, one cannot be read, the extractor refuses them, or its features are not finite.
    """
    if len(images) == 0:
        raise InputError("there are no images to extract features from")
    source = MemoryImages("the images", Batch(images)) if isinstance(images, np.ndarray) else images
    arrays: dict[str, Array] = {}
    start = 0
    for batch in source.batches(batch_size):
        part = extractor(batch)
        for field in fields(Features):
            seen = getattr(part, field.name)
            if not np.isfinite(seen).all():
                raise InputError(
                    f"the features of image {start} or one close behind it in {source.name} are not finite numbers;"
                    " look for NaN in the extractor's weights, or choose --dtype float32"
                )
            if field.name not in arrays:  # made whole at once: joining parts at the end would take twice the memory
                arrays[field.name] = np.empty((len(images), seen.shape[1]), np.float32)
            arrays[field.name][start : start + len(part)] = seen
        start += len(part)
        if progress is not None:
            progress(len(part))
    return Features(**arrays)


def write_features(path: Path | str, features: Features) -> None:
    """Writes features to an ``.npz`` file, whole or not at all.

    Raises:
        OSError: the file cannot be written.
    """
    with atomic_write(path) as file:
        np.savez(file, pool=features.pool, spatial=features.spatial, logits=features.logits)


def read_features(path: Path | str) -> Features:
    """Reads features from an ``.npz`` file.

    Raises:
        InputError: the file is missing, damaged, or holds something else.
    """
    try:
        with Path(path).open("rb") as file:  # opened here, as NumPy leaves the file open when it is no archive
            archive = np.load(file, allow_pickle=False)
            features = Features(*(archive[field.name] for field in fields(Features)))
    except FileNotFoundError:
        raise InputError(f"{path} does not exist") from None
    except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise InputError(
            f"{path} cannot be read as a file of features ({error}); delete it to have it made again"
        ) from error
    if len({len(part) for part in (features.pool, features.spatial, features.logits)}) != 1:
        raise InputError(f"{path} holds features of different numbers of images; delete it to have it made again")
    return features
