"""What folders and zip archives of image files have in common."""

from __future__ import annotations

import contextlib
import hashlib
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path, PurePosixPath

import numpy as np
from numpy.typing import NDArray

from .decoding import decode
from .errors import InputError, printable
from .image_set import check_batch_size
from .parallel import map_in_order

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif")
SIDE_FILES = (".txt", ".json", ".csv", ".tsv", ".md", ".yaml", ".yml", ".xml", ".html", ".log")
EDM_LABELS = "dataset.json"
Read = Callable[[str], bytes]
"""Gives the bytes of the image file of a name."""


class EncodedImages(ABC):
    """Image files under relative names, decoded in a few threads, in the natural order of the names.

    The natural order sorts numbers by their value, ``2.png`` before ``10.png``. If every file lies in a folder
    directly under the top (``cat/1.png``), the folders are classes, numbered in their natural order. Folders of a
    data set with a ``dataset.json`` (EDM's, StyleGAN's) merely divide it, and are no classes.
    """

    def __init__(self, path: Path, names: Iterable[str], size: int | None) -> None:
        """Takes the relative posix names of all files under ``path``.

        Raises:
            InputError: there is no image, a file is neither an image nor a known companion of images, or no ``size`` is
                given and the first image, whose size all should have, cannot be read.
        """
        self.path = path
        self.name = str(path)
        every = list(names)
        self.names = sorted(filter(self._is_image, every), key=natural_key)
        if not self.names:
            raise InputError(f"{path} holds no images; known are files in {', '.join(IMAGE_SUFFIXES)}")
        self.labels = None if EDM_LABELS in every else class_labels(self.names)
        self.size = size
        self.image_size: tuple[int, int] = (size, size) if size is not None else self._size_of_first()

    def __len__(self) -> int:
        return len(self.names)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of all names and bytes in order, and of the size if one was asked for.

        A folder and a zip archive of it have the same.
        """
        digest = hashlib.sha256(b"" if self.size is None else f"fitted to {self.size}\n".encode())
        with self.reader() as read:
            for name in self.names:
                digest.update(f"{name}\n{hashlib.sha256(read(name)).hexdigest()}\n".encode())
        return digest.hexdigest()

    def batches(self, size: int) -> Iterator[NDArray[np.uint8]]:
        """See :meth:`~.image_set.ImageSet.batches`; an image of another size than the first is named."""
        check_batch_size(size)
        with self.reader() as read:
            piece = []
            for image in map_in_order(lambda name: self._decode(read, name), self.names):
                piece.append(image)
                if len(piece) == size:
                    yield np.stack(piece)
                    piece = []
            if piece:
                yield np.stack(piece)

    def where(self, name: str) -> str:
        """What messages call one of the files."""
        return f"{printable(name)} of {self.path}"

    @abstractmethod
    def reader(self) -> contextlib.AbstractContextManager[Read]:
        """What reads files, from several threads at once."""

    def _decode(self, read: Read, name: str) -> NDArray[np.uint8]:
        image = decode(read(name), self.where(name), self.size)
        if image.shape[:2] != self.image_size:
            raise InputError(
                f"{self.where(name)} has {_pixels(image.shape)} pixels and the images before it "
                f"{_pixels(self.image_size)}; make them one size, or ask for a size to have each resized and cropped"
            )
        return image

    def _size_of_first(self) -> tuple[int, int]:
        with self.reader() as read:
            height, width, _ = decode(read(self.names[0]), self.where(self.names[0])).shape
        return height, width

    def _is_image(self, name: str) -> bool:
        """Whether a file counts; hidden files and companions such as labels and notes do not.

        Raises:
            InputError: it is neither.
        """
        suffix = PurePosixPath(name).suffix.lower()
        if any(_is_hidden(part) for part in PurePosixPath(name).parts) or suffix in SIDE_FILES:
            return False
        if suffix not in IMAGE_SUFFIXES:
            raise InputError(
                f"{self.where(name)} is no image ({', '.join(IMAGE_SUFFIXES)}); move it elsewhere, since it is "
                "unclear whether it should count"
            )
        return True


def natural_key(name: str) -> tuple[list[tuple[str, int, str]], str]:
    """A sorting key by which numbers within names compare by value; the name itself settles ``1`` against ``01``."""
    parts = re.split(r"([0-9]+)", name)
    numbers = [number.lstrip("0") for number in parts[1::2]] + [""]
    return [(text, len(number), number) for text, number in zip(parts[::2], numbers, strict=True)], name


def class_labels(names: Sequence[str]) -> NDArray[np.int64] | None:
    """The positions of the images' folders among all folders in natural order; None unless all are ``class/file``."""
    parts = [PurePosixPath(name).parts for name in names]
    if any(len(part) != 2 for part in parts):
        return None
    classes = {name: index for index, name in enumerate(sorted({folder for folder, _ in parts}, key=natural_key))}
    return np.array([classes[folder] for folder, _ in parts], np.int64)


def prefix_labels(names: Sequence[str]) -> NDArray[np.int64] | None:
    """The positions of what stands before the first ``_`` of the files' names among all of these, sorted as text.

    So guided-diffusion's ``image_datasets.py`` names classes: ``n01440764_1.png``. None unless every name has a ``_``.
    """
    files = [PurePosixPath(name).name for name in names]
    if not all("_" in file for file in files):
        return None
    prefixes = [file.partition("_")[0] for file in files]
    classes = {prefix: index for index, prefix in enumerate(sorted(set(prefixes)))}
    return np.array([classes[prefix] for prefix in prefixes], np.int64)


def _is_hidden(part: str) -> bool:
    return part == "__MACOSX" or (part.startswith(".") and part != "..")


def _pixels(shape: Sequence[int]) -> str:
    return f"{shape[1]}x{shape[0]}"
