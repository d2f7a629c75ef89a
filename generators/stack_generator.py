"""A model of small images with an upsampler on top, as one generator."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .diffusion.upsampler_generator import UpsamplerGenerator
from .generator import Generated, Generator, SamplerSettings
from .stack import StackEntry, check_base_classes
from .stopwatch import sum_of_seconds


class StackGenerator:
    """Makes small images by one generator and enlarges them by another; labels and seeds go through both.

    The small images become whole levels 0..255 in between, as in a batch file: the result is that of ADM's two scripts.
    """

    family = "stack"

    def __init__(self, entry: StackEntry, base: Generator, upsampler: UpsamplerGenerator) -> None:
        """Joins two generators.

        Raises:
            InputError: the base turns out to have no classes, which a function alone says once it is imported, and the
                upsampler is told them.
        """
        check_base_classes(base.name, base.num_classes, entry.stages[1])
        self.entry = entry
        self.name = entry.name
        self.image_size = upsampler.image_size
        self.num_classes = base.num_classes
        self.base = base
        self.upsampler = upsampler
        self.labels = base.labels

    @property
    def num_parameters(self) -> int | None:
        """Those of both networks; None where those of the base are not known."""
        own = self.base.num_parameters
        return None if own is None else own + (self.upsampler.num_parameters or 0)

    @property
    def weights_sha256(self) -> dict[str, str]:
        """The SHA-256 of the weights of both stages, by file."""
        return {**self.base.weights_sha256, **self.upsampler.weights_sha256}

    def generate(
        self, seed: int, indices: NDArray[np.int64], labels: NDArray[np.int64], settings: SamplerSettings
    ) -> Generated:
        """Makes sample ``indices[k]`` of run ``seed``, showing class ``labels[k]``, for all k as one batch.

        Raises:
            InputError: the settings do not suit a stage, a label is out of range, or the base's images have another
                size than the upsampler takes.
        """
        base_settings, upsampler_settings = self.entry.stage_settings(settings)
        small = self.base.generate(seed, indices, labels, base_settings)
        large = self.upsampler.enlarge(seed, indices, labels, small.images, upsampler_settings)
        # Of a base that another program makes no time is known, and so none of the whole.
        seconds = sum_of_seconds(small.seconds, large.seconds) if small.seconds else {}
        return Generated(large.images, _sum(small, large), small.classifier_evaluations, seconds)


def _sum(small: Generated, large: Generated) -> int | None:
    """The evaluations of both networks, where both are known."""
    if small.network_evaluations is None or large.network_evaluations is None:
        return None
    return small.network_evaluations + large.network_evaluations
