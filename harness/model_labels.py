"""The labels that a conditional model is told of real images."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..generators import ModelEntry
from ..reference_batches import ImageSet, InputError
from ..reference_batches.encoded_images import EncodedImages, prefix_labels


def labels_for(entry: ModelEntry, images: ImageSet) -> tuple[NDArray[np.int64] | None, str | None]:
    """The labels that a conditional model is told, and where they are from.

    Classes that are numbered by names count only where there are as many as the model has: folders or prefixes of some
    classes alone would be numbered wrongly.

    Raises:
        InputError: the labels are not known.
    """
    if not entry.num_classes:
        return None, None
    labels, source = images.labels, "arr_1"
    if isinstance(images, EncodedImages):
        source = "folders"
        if labels is None:
            labels, source = prefix_labels(images.names), "prefixes of names"
    if labels is None:
        raise InputError(
            f"{entry.name} is conditional on a class, and {images.name} does not say which each image shows; give a "
            "batch file with labels (arr_1), or a folder or zip archive with a folder for each class"
        )
    found = len(np.unique(labels))
    if source != "arr_1" and found != entry.num_classes:
        raise InputError(
            f"the names in {images.name} speak of {found} classes and {entry.name} has {entry.num_classes}, so it is "
            "not known which are which; give a batch file with labels (arr_1), or images of all classes"
        )
    if labels.min() < 0 or labels.max() >= entry.num_classes:
        raise InputError(
            f"{images.name} has labels from {labels.min()} to {labels.max()}, and {entry.name} has classes 0 to "
            f"{entry.num_classes - 1}; give its own"
        )
    return labels, source
