"""The second stage of a stack: from small images to large ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ...reference_batches import InputError
from ..computation import FAST, Computation
from ..generator import Generated, SamplerSettings
from ..images import from_uint8
from ..noise import Stream
from .diffusion_generator import DiffusionGenerator
from .entries import UpsamplerEntry
from .upsampler import SuperResolutionUNet


class UpsamplerGenerator(DiffusionGenerator):
    """Enlarges images by a diffusion model that sees them. The class of each image is told to it as to its base."""

    def __init__(
        self,
        entry: UpsamplerEntry,
        network: SuperResolutionUNet,
        weights_sha256: dict[str, str],
        device: str = "cpu",
        computation: Computation = FAST,
    ) -> None:
        super().__init__(entry, network, None, weights_sha256, device, computation)
        self.small_size = entry.small_size

    def enlarge(
        self,
        seed: int,
        indices: NDArray[np.int64],
        labels: NDArray[np.int64],
        small: NDArray[np.uint8],
        settings: SamplerSettings,
    ) -> Generated:
        """Makes the large versions of images ``small`` [n, h, w, 3], samples ``indices`` of run ``seed``.

        Its noise is its own: that of the base, which has the first of the same numbers, would show through.

        Raises:
            InputError: the images are not of the size that the model takes, the settings do not suit it, or a label is
                out of range.
        """
        if small.shape[1:3] != (self.small_size, self.small_size):
            height, width = small.shape[1:3]
            raise InputError(
                f"the base images are {height}x{width} pixels, and {self.name} takes"
                f" {self.small_size}x{self.small_size}; give it images of that size"
            )
        low_res = from_uint8(small, self.device)

        def call(x: Tensor, timesteps: Tensor, classes: Tensor | None) -> Tensor:
            large: Tensor = self.call(x, timesteps, classes, low_res)
            return large

        streams = (Stream.UPSAMPLER_INITIAL, Stream.UPSAMPLER_STEP)
        return self.sample(call, streams, seed, indices, labels if self.conditional else 0 * labels, settings)
