"""What a run's points need of the reference and of the extractor, looked at before anything is sampled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from ..evaluator import PROTOCOLS, load_extractor
from ..generators import generator_of
from ..generators.computation import Computation
from ..reference_batches import InputError, open_reference
from .extractor import find_weights
from .identity import Identity
from .points import OperatingPoint
from .scoring import check_extractor
from .suite import Suite

Size = tuple[int, int]
"""Height and width, in pixels."""


def check_feasible(suite: Suite, points: Sequence[OperatingPoint], identity: Identity, device: str) -> None:
    """Refuses a run whose images could be made and then not scored. Needs torch, as the extractor is loaded.

    Raises:
        InputError: there are too few images, the extractor does not take images of their size,
            or the reference is of another extractor; the message names the field of the suite.
    """
    fewest = PROTOCOLS[suite.protocol].neighbours + 1
    if suite.num_images < fewest:
        raise InputError(f"num_images: {suite.num_images} is too few; scores take at least {fewest} images")
    for name, images in identity.images.items():
        if images.num_images is not None and images.num_images < fewest:
            raise InputError(f"{name} holds {images.num_images} images; scores take at least {fewest}")
    for point in points:
        base = point.most_images()
        if base is not None and base < fewest:
            raise InputError(f"the base of {point.model} holds {base} images; scores take at least {fewest}")
    try:
        Computation(dtype=suite.dtype).check(device)
    except InputError as error:
        raise InputError(f"dtype: {error}") from error
    extractor = load_extractor(suite.extractor, find_weights(suite.extractor, suite.extractor_weights), device)
    check_extractor(open_reference(suite.reference), extractor)
    for field, (height, width) in _sizes(suite, points, identity, device):
        try:
            extractor(np.zeros((1, height, width, 3), np.uint8))
        except InputError as error:
            raise InputError(f"{field}: {error}") from error


def _sizes(
    suite: Suite, points: Sequence[OperatingPoint], identity: Identity, device: str
) -> Iterator[tuple[str, Size]]:
    """The first field of the suite that brings images of each size."""
    seen: set[Size] = set()
    for field, size in (
        (f"reference: {suite.reference}", _size_of(identity, suite.reference)),
        *((f"points: {point.id}", _point_size(point, identity, device)) for point in points),
    ):
        if size is not None and size not in seen:
            seen.add(size)
            yield field, size


def _point_size(point: OperatingPoint, identity: Identity, device: str) -> Size | None:
    """The size of a point's images; where only the model knows it, it makes one."""
    if point.images is not None:
        return _size_of(identity, point.images)
    assert point.entry is not None
    assert point.settings is not None
    size = point.entry.image_size
    if size is not None:
        return size, size
    first = np.zeros(1, np.int64)
    images = generator_of(point.entry, device).generate(identity.seed, first, first, point.settings).images
    return images.shape[1], images.shape[2]


def _size_of(identity: Identity, name: str) -> Size | None:
    """The size of a set of images; None for statistics alone."""
    return identity.images[name].size
