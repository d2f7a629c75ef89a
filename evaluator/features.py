"""Features: what an extractor sees in images, and what every score is computed from."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..reference_batches import InputError, atomic_write

Array = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Features:
    """The features of N images, float32.

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
        """SHA-256 of the file that its weights came from."""
        ...

    def __call__(self, images: NDArray[np.uint8]) -> Features:
        """The features of uint8 images [N, H, W, 3].

        Raises:
            InputError: the extractor does not take images of that size.
        """
        ...


def extract_features(
    extractor: Extractor,
    images: NDArray[np.uint8],
    batch_size: int = 50,
    progress: Callable[[int], None] | None = None,
) -> Features:
    """The features of uint8 images [N, H, W, 3], in batches; ``progress`` is told the size of each finished batch.

    Raises:
        InputError: there are no images, or the extractor refuses them.
    """
    if len(images) == 0:
        raise InputError("there are no images to extract features from")
    parts = []
    for start in range(0, len(images), batch_size):
        parts.append(extractor(images[start : start + batch_size]))
        if progress is not None:
            progress(len(parts[-1]))
    return Features.concatenate(parts)


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
