"""Images by name: of built-in sets, released batches, batch files, folders and zip archives."""

from __future__ import annotations

import zipfile
from pathlib import Path

from .batch_images import BatchFileImages
from .built_in import REFERENCES
from .encoded_images import IMAGE_SUFFIXES
from .errors import InputError
from .folder_images import FolderImages
from .image_set import FittedImages, ImageSet, MemoryImages
from .locate import locate
from .zip_images import ZipImages


def open_images(name_or_path: Path | str, size: int | None = None) -> ImageSet:
    """Opens a set of images without reading them all.

    Args:
        name_or_path: a built-in name, the name of a fetched batch of the catalog, or the path of an ``.npz`` batch
            file, of a folder of images or of a zip archive of them.
        size: resize and crop each image to a square of that many pixels, as guided-diffusion does for training
            (:func:`~.decoding.fit`); without it, images keep their size and must all have the same.

    Raises:
        InputError: there is no such set, or it is not one of images.
    """
    if size is not None and size < 1:
        raise InputError(f"images cannot be resized to {size} pixels; choose a size of at least 1")
    name = str(name_or_path)
    if name in REFERENCES:
        return _fitted(MemoryImages(name, REFERENCES[name].load()), size)
    path = locate(name)
    if path.is_dir():
        return FolderImages(path, size)
    if is_npz(path):
        return _fitted(BatchFileImages(path), size)
    if zipfile.is_zipfile(path) or path.suffix.lower() == ".zip":
        return ZipImages(path, size)
    raise InputError(f"{path} is no set of images; {_advice(path)}")


def is_npz(path: Path) -> bool:
    """Whether a file is to be read as ``.npz``, going by its name."""
    return path.suffix.lower() == ".npz"


def _fitted(images: ImageSet, size: int | None) -> ImageSet:
    return images if size is None or images.image_size == (size, size) else FittedImages(images, size)


def _advice(path: Path) -> str:
    """What to do with a file of another kind."""
    suffix = path.suffix.lower()
    if suffix in IMAGE_SUFFIXES:
        return "name the folder that the image lies in"
    if suffix in {".pkl", ".pickle", ".pt", ".pth"}:
        return "pickles can run code and are not read, so save its arrays with numpy.savez"
    if suffix == ".npy":
        return "save the array with numpy.savez(path, images)"
    return "give an .npz file, a folder or a zip archive of images"
