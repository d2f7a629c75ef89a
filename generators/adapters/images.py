"""Images that exist already, as a generator."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...reference_batches import ChosenImages, open_images
from ..generator import Generated, SamplerSettings
from ..labels import check_indices
from .entries import ImagesEntry

PIECE = 256
"""Images read at once from where some are taken."""


class ImagesGenerator:
    """Gives out the images of a folder or a batch file: sample i is the i-th, whatever the seed."""

    family = "images"

    def __init__(self, entry: ImagesEntry) -> None:
        self.entry = entry
        self.name = entry.name
        self.image_size = entry.image_size
        self.num_classes = entry.num_classes
        self.num_parameters = None
        self.weights_sha256: dict[str, str] = {}
        self.images = open_images(entry.images)
        labels = self.images.labels
        self.labels = np.zeros(len(self.images), np.int64) if labels is None else labels

    def generate(
        self,
        seed: int,  # noqa: ARG002 - the images exist already
        indices: NDArray[np.int64],
        labels: NDArray[np.int64],  # noqa: ARG002
        settings: SamplerSettings,
    ) -> Generated:
        """The images ``indices`` [n]; their labels are what they are, see :func:`~..labels.labels_of`.

        Raises:
            InputError: settings are given, or there are fewer images.
        """
        self.entry.check(settings)
        check_indices(indices, len(self.images), self.name)
        chosen, places = np.unique(indices, return_inverse=True)
        images = np.concatenate(list(ChosenImages(self.images, chosen).batches(PIECE)))
        return Generated(images[places], 0, 0)
