"""Reference files: statistics of all real images, and the images or the features that precision and recall need.

The keys are those of the files that OpenAI released, ``mu``, ``sigma``, ``mu_s``, ``sigma_s`` and ``arr_0``, so that
its evaluator reads a file with images. A file with ``pool`` in place of ``arr_0`` takes a fraction of the space.
``extractor`` and ``extractor_sha256`` say whose features these are.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from .batch_file import check_labels
from .errors import InputError
from .files import atomic_write
from .image_set import ImageSet
from .npz import NpzFile
from .statistics_file import Statistics, check_statistics

BEGINNING = (1980, 1, 1, 0, 0, 0)  # the date of all members, so that the bytes depend on the content alone
PIECE_BYTES = 2**25
LONGEST_TEXT = 1_000


@dataclass(frozen=True, eq=False)
class PooledFeatures:
    """The pooled features of the images that precision and recall compare with.

    Attributes:
        pool: float32 [M, D].
        labels: int64 [M], where they are known.
    """

    pool: NDArray[np.float32]
    labels: NDArray[np.int64] | None = None


def write_reference(
    path: Path | str,
    statistics: Statistics,
    kept: ImageSet | PooledFeatures,
    extractor: str,
    extractor_sha256: str,
) -> None:
    """Writes a reference file, whole or not at all; equal content makes equal bytes.

    Args:
        path: the file, ending in ``.npz``.
        statistics: of all images.
        kept: what precision and recall compare with: images, which are streamed into the file, or features of them.
        extractor: the name of the extractor of the features.
        extractor_sha256: the SHA-256 of its weights.

    Raises:
        InputError: the statistics or the features are not what they should be, or an image cannot be read.
        OSError: the file cannot be written.
    """
    check_statistics(statistics, str(path))
    arrays: dict[str, NDArray[np.generic]] = {"mu": statistics.mean, "sigma": statistics.covariance}
    if statistics.spatial_mean is not None and statistics.spatial_covariance is not None:
        arrays |= {"mu_s": statistics.spatial_mean, "sigma_s": statistics.spatial_covariance}
    arrays |= {"extractor": np.array(extractor), "extractor_sha256": np.array(extractor_sha256)}
    if kept.labels is not None:
        arrays["arr_1"] = kept.labels
    if isinstance(kept, PooledFeatures):
        _check_pool(kept.pool, statistics, str(path))
        arrays["pool"] = kept.pool
    with atomic_write(path) as file, zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy", BEGINNING), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)
        if not isinstance(kept, PooledFeatures):
            with archive.open(zipfile.ZipInfo("arr_0.npy", BEGINNING), "w", force_zip64=True) as member:
                _write_images(cast(BinaryIO, member), kept)


def read_pool(file: NpzFile, statistics: Statistics) -> PooledFeatures:
    """The features ``pool`` in an open reference file.

    Raises:
        InputError: they are not float32 [M, D] with the dimension of the statistics.
    """
    shape, _, dtype = file.header("pool")
    if dtype != np.float32:
        raise InputError(f"pool of {file.path} is {dtype}, not float32; build the reference again")
    pool = file.read("pool")
    _check_pool(pool, statistics, str(file.path))
    labels = check_labels(file.read("arr_1"), shape[0], str(file.path)) if "arr_1" in file.names else None
    return PooledFeatures(pool, labels)


def read_text(file: NpzFile, name: str) -> str | None:
    """A text in an open reference file, such as ``extractor``; None where there is none.

    Raises:
        InputError: it is not one text.
    """
    if name not in file.names:
        return None
    shape, _, dtype = file.header(name)
    if shape != () or dtype.kind != "U" or dtype.itemsize > 4 * LONGEST_TEXT:
        raise InputError(f"{name} of {file.path} is {dtype} {list(shape)}, not a text; build the reference again")
    return str(file.read(name))


def _check_pool(pool: NDArray[np.float32], statistics: Statistics, name: str) -> None:
    if pool.ndim != 2 or len(pool) == 0 or pool.shape[1] != len(statistics.mean):
        raise InputError(
            f"pool of {name} has shape {list(pool.shape)}, not [M, {len(statistics.mean)}] as mu has; "
            "build the reference again"
        )
    if not np.isfinite(pool).all():
        raise InputError(f"pool of {name} is not finite everywhere; build the reference again")


def _write_images(member: BinaryIO, images: ImageSet) -> None:
    """Writes the ``.npy`` of all images in pieces."""
    shape = (len(images), *images.image_size, 3)
    np.lib.format.write_array_header_1_0(member, {"descr": "|u1", "fortran_order": False, "shape": shape})
    written = 0
    per_piece = max(1, PIECE_BYTES // (shape[1] * shape[2] * 3))
    for batch in images.batches(per_piece):
        member.write(np.ascontiguousarray(batch).data)
        written += len(batch)
    if written != len(images):
        raise InputError(f"{images.name} gave {written} images instead of {len(images)}; do not change it meanwhile")
