"""References by name: everything that scores can be measured against."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .batch_file import Batch, read_batch
from .batch_images import BatchFileImages
from .built_in import REFERENCES
from .catalog import note_of_file
from .errors import InputError
from .files import sha256_file
from .image_set import ImageSet, MemoryImages
from .images import is_npz, open_images
from .locate import locate
from .npz import NpzFile, open_npz
from .reference_file import PooledFeatures, read_pool, read_text
from .statistics_file import Statistics, statistics_of

PIECE = 256  # images


@dataclass(frozen=True, eq=False)
class Reference:
    """What scores are measured against; at least one of ``images`` and ``statistics`` is there.

    Attributes:
        name: the name or path that it was opened by.
        images: the real images, or those kept for precision and recall; None in files without.
        statistics: of the features of ALL real images, which can be more than ``images``; None where they are to be
            computed from ``images``.
        pool: float32 [M, D], the pooled features of the images that precision and recall compare with, in files that
            hold these in place of the images.
        labels: int64, of ``images`` or of ``pool``, where they are known.
        extractor: the extractor whose features the statistics are of; None where the file does not say.
        extractor_sha256: the SHA-256 of its weights; None where the file does not say.
        note: what a reader would get wrong about it, for a warning; None where there is nothing.
        path: the file or folder; None for built-in references.
    """

    name: str
    images: ImageSet | None = None
    statistics: Statistics | None = None
    pool: NDArray[np.float32] | None = None
    labels: NDArray[np.int64] | None = None
    extractor: str | None = None
    extractor_sha256: str | None = None
    note: str | None = None
    path: Path | None = None

    @property
    def sha256(self) -> str:
        """SHA-256 of all that scores can depend on: of the file, or of the images where it is none."""
        if self.images is not None:
            return self.images.sha256
        assert self.path is not None, "a reference without images is a file"
        return sha256_file(self.path)

    @property
    def no_precision_reason(self) -> str | None:
        """Why there can be no precision and recall against it; None where there can."""
        if self.images is None and self.pool is None:
            return f"{self.name} holds statistics alone, and neither images (arr_0) nor features of them (pool)"
        return None

    @property
    def no_spatial_reason(self) -> str | None:
        """Why there can be no sFID against it; None where there can."""
        if self.statistics is not None and self.statistics.spatial_mean is None:
            return f"{self.name} holds mu and sigma without mu_s and sigma_s, the statistics of the spatial features"
        return None


def open_reference(name_or_path: Path | str) -> Reference:
    """Opens a reference: small arrays are read, images are not.

    Args:
        name_or_path: a built-in name, the name of a fetched batch of the catalog, or the path of an ``.npz`` file (a
            batch, statistics, both, or a reference file of :func:`~.reference_file.write_reference`), of a folder of
            images or of a zip archive of them.

    Raises:
        InputError: there is no such reference, or what it holds cannot be used.
    """
    name = str(name_or_path)
    if name in REFERENCES:
        images: ImageSet = MemoryImages(name, REFERENCES[name].load())
        return Reference(name, images, labels=images.labels)
    path = locate(name)
    if is_npz(path):
        return _open_file(name, path)
    images = open_images(path)
    return Reference(name, images, labels=images.labels, path=path)


def load_reference(name_or_path: str) -> Batch:
    """Loads all images of a reference into memory.

    Raises:
        InputError: there is no such reference, or it holds no images.
    """
    if name_or_path in REFERENCES:
        return REFERENCES[name_or_path].load()
    path = locate(name_or_path)
    if is_npz(path):
        return read_batch(path)
    images = open_images(path)
    return Batch(np.concatenate(list(images.batches(PIECE))), images.labels)


def _open_file(name: str, path: Path) -> Reference:
    with open_npz(path) as file:
        statistics = statistics_of(file) if _holds_any(file, ("mu", "sigma", "mu_s", "sigma_s")) else None
        features = _features(file, statistics)
        extractor, extractor_sha256 = read_text(file, "extractor"), read_text(file, "extractor_sha256")
        has_images, keys = "arr_0" in file.names, file.names
    if statistics is None and not has_images:
        raise InputError(
            f"{path} holds neither images (arr_0) nor statistics (mu, sigma) but {', '.join(keys) or 'nothing'}; "
            "`beatgans reference build` makes a reference of images"
        )
    if has_images and statistics is not None and statistics.spatial_mean is None:
        raise InputError(
            f"{path} has images with mu and sigma but without mu_s and sigma_s, which ADM's references hold; add them,"
            " leave mu and sigma out to have all four computed, or leave arr_0 out to score FID alone"
        )
    images = BatchFileImages(path) if has_images else None
    labels = images.labels if images is not None else features.labels if features is not None else None
    pool = None if features is None else features.pool
    return Reference(name, images, statistics, pool, labels, extractor, extractor_sha256, note_of_file(path.name), path)


def _features(file: NpzFile, statistics: Statistics | None) -> PooledFeatures | None:
    if "pool" not in file.names:
        return None
    if statistics is None:
        raise InputError(
            f"{file.path} has features (pool) without their statistics (mu, sigma), so it is no reference; "
            "`beatgans reference build` makes one of images"
        )
    return read_pool(file, statistics)


def _holds_any(file: NpzFile, names: Sequence[str]) -> bool:
    return any(name in file.names for name in names)
