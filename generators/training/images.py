"""The images that a network is trained on, from a folder, a zip archive or a batch file, by their places. No torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ...reference_batches import REFERENCES, ImageSet, InputError, cache_folder, open_images
from ...reference_batches.decoding import random_crop
from ...reference_batches.encoded_images import EncodedImages, prefix_labels
from ...reference_batches.errors import printable
from ...reference_batches.pixel_cache import Advance, cached_pixels, find_bad
from ...reference_batches.single_images import SingleImages
from ..noise import Stream, random_bits

FOLDER = "training"
"""Of the cache."""
PIECE = 256  # images of a built-in set that are fitted at once
NAMED = 20  # bad images in a message


class Pixels(Protocol):
    """Images by their places."""

    def __len__(self) -> int: ...

    def __getitem__(self, place: int, /) -> NDArray[np.uint8]: ...


class Example(NamedTuple):
    """An image to train on."""

    image: NDArray[np.uint8]
    """uint8 [S, S, 3]."""
    label: int | None


@dataclass(frozen=True)
class ImageOptions:
    """How a recipe wants its images.

    Attributes:
        size: height and width that they are brought to, in pixels.
        random_crop: cut squares out at random, as guided-diffusion's ``--random_crop``, in place of the middle. They
            are decoded whenever they are needed, and the pixels of no file are cached.
        random_flip: mirror every other one at random, as guided-diffusion does with all its data.
        labels: ``none``; ``given``, those of a batch file or of class folders; or ``prefixes``, of the files' names, as
            guided-diffusion's ``image_datasets.py`` reads them.
        bad_images: whether files that cannot be read are skipped, or the whole set is refused for them.
    """

    size: int
    random_crop: bool = False
    random_flip: bool = False
    labels: Literal["none", "given", "prefixes"] = "none"
    bad_images: Literal["refuse", "skip"] = "refuse"


class TrainingImages:
    """Images and labels by index, as they are, or cropped and mirrored for an epoch."""

    def __init__(
        self,
        pixels: Pixels,
        places: NDArray[np.int64],
        labels: NDArray[np.int64] | None,
        options: ImageOptions,
    ) -> None:
        """Takes the usable images among many.

        Args:
            pixels: all images: of the size that is trained on, or of any sizes where they are cropped at random.
            places: int64 [N], of those that can be used.
            labels: int64 [N], theirs.
            options: the recipe's.
        """
        self.options = options
        self.labels = labels
        self._pixels = pixels
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    @property
    def num_classes(self) -> int:
        """The labels are 0 to one less; 0 where there are none."""
        return 0 if self.labels is None else int(self.labels.max()) + 1

    def __getitem__(self, index: int) -> Example:
        """An image as the first epoch of seed 0 has it.

        Raises:
            IndexError: there are not so many.
            InputError: its file has become bad since.
        """
        return self.example(0, 0, index)

    def example(self, seed: int, epoch: int, index: int) -> Example:
        """An image as an epoch of a seed's training has it: cropped and mirrored by these three numbers alone.

        Raises:
            IndexError: there are not so many.
            InputError: its file has become bad since.
        """
        image = self._pixels[int(self._places[index])]
        if self.options.random_crop or self.options.random_flip:
            bits = random_bits(seed, np.array([index]), Stream.AUGMENTATION, epoch, (4,))[0].tolist()
            if self.options.random_crop:
                image = random_crop(image, self.options.size, (bits[0], bits[1], bits[2]))
            if self.options.random_flip and bits[3] % 2:
                image = image[:, ::-1]
        return Example(image, None if self.labels is None else int(self.labels[index]))


def open_training_images(
    data: str,
    options: ImageOptions,
    processes: int = 1,
    advance: Advance = lambda _: None,
    warn: Callable[[str], None] = lambda _: None,
) -> TrainingImages:
    """Opens images to train on; the first time, all files are decoded, so that the bad ones are known at once.

    Args:
        data: a built-in set, the name of a fetched batch, or the path of a batch file, a folder or a zip archive.
        options: the recipe's.
        processes: that decode files at first.
        advance: told how far that is.
        warn: told of the images that are skipped.

    Raises:
        InputError: there is no such set, it cannot be read or has no labels, images are bad where these are refused, or
            the cache has too little room.
        OSError: the cache cannot be written.
    """
    images = open_images(data, options.size)
    folder = cache_folder() / FOLDER
    pixels: Pixels
    bad: Mapping[int, str] = {}
    if isinstance(images, EncodedImages):
        if options.random_crop:
            pixels, bad = SingleImages(images, size=None), find_bad(images, folder, processes, advance)
        else:
            pixels, bad = cached_pixels(images, folder, processes, advance)
    else:
        images = open_images(data) if options.random_crop else images
        if data in REFERENCES:
            pixels = np.concatenate(list(images.batches(PIECE)))
        else:
            pixels, _ = cached_pixels(images, folder, processes, advance)
    labels = _labels(images, options)
    places = _usable(images, bad, options, warn)
    return TrainingImages(pixels, places, None if labels is None else labels[places], options)


def _labels(images: ImageSet, options: ImageOptions) -> NDArray[np.int64] | None:
    if options.labels == "none":
        return None
    if options.labels == "given":
        labels, source = images.labels, "neither labels (arr_1) nor a folder for each class"
    else:
        labels = prefix_labels(images.names) if isinstance(images, EncodedImages) else None
        source = "no files that are all named CLASS_NAME"
    if labels is None:
        raise InputError(f"labels: {options.labels} does not suit {images.name}, which has {source}")
    if labels.min() < 0:
        raise InputError(f"{images.name} has the label {labels.min()}; labels start at 0")
    return labels


def _usable(
    images: ImageSet, bad: Mapping[int, str], options: ImageOptions, warn: Callable[[str], None]
) -> NDArray[np.int64]:
    """The places of the images that are not bad."""
    if bad:
        assert isinstance(images, EncodedImages)
        message = _describe(images, bad)
        if options.bad_images == "refuse":
            raise InputError(f"{message}; bad_images: skip leaves them out")
        if len(bad) == len(images):
            raise InputError(f"{message}; nothing is left to train on")
        warn(f"{message}; they are left out")
    return np.setdiff1d(np.arange(len(images), dtype=np.int64), np.fromiter(bad, np.int64))


def _describe(images: EncodedImages, bad: Mapping[int, str]) -> str:
    """How many are bad, which, and what is wrong with the first."""
    first, *others = sorted(bad)
    names = ", ".join(printable(images.names[place]) for place in others[: NAMED - 1])
    more = f" and {len(bad) - NAMED:,} more" if len(bad) > NAMED else ""
    also = f" (likewise {names}{more})" if others else ""
    return f"{len(bad):,} of {len(images):,} images cannot be used: {bad[first]}{also}"
