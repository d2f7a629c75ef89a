"""Batch files: OpenAI's ``.npz`` of images, for samples and references alike.

``arr_0`` holds the images as uint8 [N, H, W, 3]; ``arr_1``, where there is one, the labels as integers [N].
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .files import atomic_write
from .npz import open_npz


class Batch(NamedTuple):
    """Images and, where they are known, their labels."""

    images: NDArray[np.uint8]
    """uint8 [N, H, W, 3], 0 to 255."""
    labels: NDArray[np.int64] | None = None
    """int64 [N]."""


def read_batch(path: Path | str) -> Batch:
    """Reads a batch file.

    Raises:
        InputError: the file is missing, is no readable ``.npz``, or does not hold uint8 [N, H, W, 3] images.
    """
    with open_npz(Path(path)) as file:
        images = file.read("arr_0")
        labels = file.read("arr_1") if "arr_1" in file.names else None
    return check_batch(images, labels, str(path))


def check_batch(images: NDArray[np.generic], labels: NDArray[np.generic] | None, name: str) -> Batch:
    """Returns a :class:`Batch` of two arrays, or says what is wrong with those of ``name``.

    Raises:
        InputError: the images are not uint8 [N, H, W, 3] with N > 0, or the labels are not integers [N].
    """
    check_images(images.dtype, images.shape, name)
    if labels is None:
        return Batch(images)  # type: ignore[arg-type]
    return Batch(images, check_labels(labels, len(images), name))  # type: ignore[arg-type]


def check_images(dtype: np.dtype[Any], shape: tuple[int, ...], name: str) -> None:
    """Refuses what is no array of images, going by its type and shape.

    Raises:
        InputError: it is not uint8 [N, H, W, 3] with N > 0.
    """
    if dtype != np.uint8:
        raise InputError(
            f"the images of {name} are {dtype}, not uint8: convert them to 0..255 first, "
            "since a float image is scored wrongly"
        )
    if len(shape) != 4 or shape[3] != 3:
        raise InputError(f"the images of {name} have shape {list(shape)}, not [N, height, width, 3]")
    if 0 in shape:
        raise InputError(f"{name} holds no images (its shape is {list(shape)})")


def check_labels(labels: NDArray[np.generic], number: int, name: str) -> NDArray[np.int64]:
    """The labels of ``number`` images as int64.

    Raises:
        InputError: they are not one integer for each image.
    """
    if labels.shape != (number,) or labels.dtype.kind not in "iu":
        raise InputError(
            f"the labels of {name} are {labels.dtype} {list(labels.shape)}, "
            f"not one integer for each of its {number} images"
        )
    return labels.astype(np.int64)


def write_batch(path: Path | str, batch: Batch) -> None:
    """Writes a batch file whole or not at all; equal batches make equal bytes.

    Raises:
        InputError: the batch is not of the right shapes and types.
        OSError: the file cannot be written.
    """
    images, labels = check_batch(batch.images, batch.labels, str(path))
    arrays = {"arr_0": images} if labels is None else {"arr_0": images, "arr_1": labels}
    with atomic_write(path) as file:
        np.savez(file, **arrays)  # NumPy stamps every member with 1980-01-01, so the bytes depend on the arrays alone


def write_pieces(
    path: Path | str,
    shape: tuple[int, int, int, int],
    pieces: Iterable[NDArray[np.uint8]],
    labels: NDArray[np.int64] | None = None,
) -> None:
    """Writes the same batch file as :func:`write_batch` of images that come in pieces, of which one is held at a time.

    Args:
        path: of the file, which is written whole or not at all.
        shape: [N, H, W, 3] of all images together.
        pieces: uint8 [n, H, W, 3] each, N images in all.
        labels: integers [N].

    Raises:
        InputError: the pieces or the labels are not of the right shapes and types, or not N in all.
        OSError: the file cannot be written.
    """
    if labels is not None:
        labels = check_labels(labels, shape[0], str(path))
    with atomic_write(path) as file, zipfile.ZipFile(file, "w") as archive:
        with archive.open("arr_0.npy", "w", force_zip64=True) as member:
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(cast(BinaryIO, member), header)
            written = 0
            for piece in pieces:
                check_images(piece.dtype, piece.shape, str(path))
                if piece.shape[1:] != shape[1:]:
                    raise InputError(f"{path}: a piece is {list(piece.shape[1:])}, the file {list(shape[1:])}")
                member.write(np.ascontiguousarray(piece).data)
                written += len(piece)
        if written != shape[0]:
            raise InputError(f"{path}: its pieces are {written} images, not {shape[0]}")
        if labels is not None:
            with archive.open("arr_1.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(cast(BinaryIO, member), labels, allow_pickle=False)
