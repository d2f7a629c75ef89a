"""Features that were extracted before, found again by what they depend on: extractor and images, never by a name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

from ..reference_batches import ImageSet, InputError
from .features import Extractor, Features, extract_features, read_features, write_features

VERSION = 1  # of the code between pixels and features; a change of it forgets all files


def cached_features(
    extractor: Extractor,
    images: ImageSet,
    folder: Path,
    batch_size: int,
    progress: Callable[[int], None],
    warn: Callable[[str], None],
) -> Features:
    """The features of ``images``, from ``folder`` if they are there; else they are extracted and left there.

    Args:
        extractor: what sees the images.
        images: the images; their content is read once to know it.
        folder: where features are kept, a file for each key.
        batch_size: images in memory at once.
        progress: told the number of images that are newly done.
        warn: told of a file that is damaged, or of a folder that cannot be written; either costs time and no more.

    Raises:
        InputError: an image cannot be read, or the extractor refuses it.
    """
    path = folder / f"{cache_key(extractor, images)}.npz"
    if path.exists():
        try:
            features = read_features(path)
        except InputError as error:
            warn(f"{error}; extracting again")
        else:
            progress(len(features))
            return features
    features = extract_features(extractor, images, batch_size, progress)
    try:
        write_features(path, features)
    except OSError as error:
        warn(f"the features of {images.name} cannot be kept in {folder} ({error.strerror}); they are used all the same")
    return features


def cache_key(extractor: Extractor, images: ImageSet) -> str:
    """SHA-256 of everything that features depend on.

    The batch size is not among it: the rounding that it can change is that of the platform's arithmetic.
    """
    content = {
        "version": VERSION,
        "extractor": extractor.name,
        "implementation": f"{type(extractor).__module__}.{type(extractor).__qualname__}",
        "weights": extractor.weights_sha256,
        "settings": dict(extractor.settings),
        "images": images.sha256,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
