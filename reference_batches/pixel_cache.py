"""Images decoded once: their pixels in a file of the cache, which is mapped into memory, and a list of the bad ones.

``KEY.npy`` holds the pixels, ``KEY.json`` what could not be read; the key stands for the set's place, the names, sizes
and times of its files, the size that images are fitted to and Pillow's version.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import PIL
from numpy.typing import NDArray

from .batch_images import BatchFileImages
from .encoded_images import EncodedImages
from .errors import InputError
from .files import atomic_write
from .folder_images import FolderImages
from .image_set import FittedImages, ImageSet
from .parallel import map_in_processes
from .single_images import SingleImages

SCHEMA = "beatgans/pixels/1"
PIECE = 64  # images that a process decodes at once

Advance = Callable[[int], None]
"""Told of the number of images that are newly done."""


class PixelFile:
    """Images of one size in a ``.npy`` file that is mapped into memory; pickled, it is its path."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @cached_property
    def pixels(self) -> NDArray[np.uint8]:
        """uint8 [N, H, W, 3]."""
        pixels: NDArray[np.uint8] = np.load(self.path, mmap_mode="r", allow_pickle=False)
        return pixels

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, place: int) -> NDArray[np.uint8]:
        """The image at a place, uint8 [H, W, 3]."""
        return np.asarray(self.pixels[place])

    def __reduce__(self) -> tuple[type[PixelFile], tuple[Path]]:
        return PixelFile, (self.path,)


class Piece(NamedTuple):
    """Some images in a row."""

    pixels: NDArray[np.uint8]
    """uint8 [n, H, W, 3], black where an image is bad; of no height where only the bad ones are looked for."""
    bad: dict[int, str]
    """Why an image cannot be used, by its place in the set."""


def cached_pixels(
    images: ImageSet, folder: Path, processes: int, advance: Advance
) -> tuple[PixelFile, Mapping[int, str]]:
    """The pixels of a set of files that are all fitted to one size, and why some are bad, by their places.

    Args:
        images: of a folder, a zip archive or a batch file.
        folder: where they are kept, and taken from if the files have not changed since.
        processes: that decode files.
        advance: told how far it is.

    Raises:
        InputError: a batch file is damaged, or the disk has too little room.
        OSError: the folder cannot be written.
    """
    path = folder / f"{_key(images, 'pixels')}.npy"
    bad, shape = _recorded(path.with_suffix(".json")), (len(images), *images.image_size, 3)
    if bad is not None and _holds(path, shape):
        return PixelFile(path), bad
    folder.mkdir(parents=True, exist_ok=True)
    _check_room(folder, int(np.prod(shape)), images.name)
    bad = {}
    with atomic_write(path) as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": shape})
        for piece in _pieces(images, processes):
            file.write(np.ascontiguousarray(piece.pixels).data)
            bad |= piece.bad
            advance(len(piece.pixels))
    _record(path.with_suffix(".json"), images, bad)
    return PixelFile(path), bad


def find_bad(images: EncodedImages, folder: Path, processes: int, advance: Advance) -> Mapping[int, str]:
    """Why some files of a set cannot be used, by their places: found by decoding all, once while they do not change.

    Raises:
        OSError: the folder cannot be written.
    """
    path = folder / f"{_key(images, 'survey')}.json"
    if (known := _recorded(path)) is not None:
        return known
    bad: dict[int, str] = {}
    for piece in _pieces(images, processes, keep=False):
        bad |= piece.bad
        advance(len(piece.pixels))
    _record(path, images, bad)
    return bad


def _pieces(images: ImageSet, processes: int, keep: bool = True) -> Iterator[Piece]:
    if not isinstance(images, EncodedImages):
        return (Piece(pixels, {}) for pixels in images.batches(PIECE))
    places = (range(start, min(start + PIECE, len(images))) for start in range(0, len(images), PIECE))
    return map_in_processes(_Decode(SingleImages(images, images.size if keep else None), keep), places, processes)


@dataclass(frozen=True)
class _Decode:
    """Decodes some images, whatever is wrong with others."""

    images: SingleImages
    keep: bool
    """Whether the pixels are wanted; images that are not fitted can be of any sizes."""

    def __call__(self, places: range) -> Piece:
        height, width = self.images.images.image_size if self.keep else (0, 0)
        pixels = np.zeros((len(places), height, width, 3), np.uint8)
        bad = {}
        for row, place in enumerate(places):
            try:
                image = self.images[place]
            except InputError as error:
                bad[place] = str(error)
            else:
                if self.keep:
                    pixels[row] = image
        return Piece(pixels, bad)


def _key(images: ImageSet, what: str) -> str:
    """64 hexadecimal digits that change with the files, as far as their sizes and times tell."""
    digest = hashlib.sha256(f"{SCHEMA} {what} {PIL.__version__} {images.image_size}\n".encode())
    for path in _files(images):
        # A link to nothing is one of the bad images.
        state = (path.stat().st_size, path.stat().st_mtime_ns) if path.exists() else None
        digest.update(f"{path}\n{state}\n".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _files(images: ImageSet) -> Iterator[Path]:
    """The absolute paths of the files that a set is read from."""
    match images:
        case FolderImages():
            folder = images.path.resolve()
            yield from (folder / name for name in images.names)
        case EncodedImages() | BatchFileImages():
            yield images.path.resolve()
        case FittedImages():
            yield from _files(images.images)
        case _:
            raise TypeError(f"{type(images).__name__} is read from no files")


def _holds(path: Path, shape: tuple[int, ...]) -> bool:
    """Whether a file of pixels is there, of that shape and whole."""
    try:
        return PixelFile(path).pixels.shape == shape
    except (OSError, ValueError, EOFError):
        return False


def _recorded(path: Path) -> dict[int, str] | None:
    """The bad images of a record; None if there is none that can be read."""
    try:
        record: Any = json.loads(path.read_text(encoding="utf-8"))
        return {int(place): str(reason) for place, reason in record["bad"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _record(path: Path, images: ImageSet, bad: Mapping[int, str]) -> None:
    content = {"schema": SCHEMA, "of": images.name, "images": len(images), "bad": bad}
    with atomic_write(path) as file:
        file.write((json.dumps(content, indent=2) + "\n").encode())


def _check_room(folder: Path, needed: int, name: str) -> None:
    free = shutil.disk_usage(folder).free
    if needed > free:
        raise InputError(
            f"the pixels of {name} take {needed / 1e9:.1f} GB and {folder} has {free / 1e9:.1f} GB left; make room, or "
            "let BEATGANS_CACHE name a folder on a larger disk"
        )
