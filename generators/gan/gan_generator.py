"""A GAN as a generator."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..diffusion.unet import count_parameters
from ..generator import Generated, SamplerSettings, check_labels
from ..images import truncate_to_uint8
from ..noise import Stream, truncated_normal
from ..stopwatch import NETWORK, NOISE, TRANSFER, Stopwatch
from .biggan_deep import BigGANDeepGenerator
from .entry import LATENT_BOUND, GanEntry


class CountedNetwork:
    """A generator's network that counts how often it is called."""

    def __init__(self, network: nn.Module) -> None:
        self.network = network
        self.evaluations = 0

    def __call__(self, latents: Tensor, labels: Tensor, truncation: float) -> Tensor:
        """Images [N, 3, S, S] of latents [N, latent_width], counted as one evaluation for each of them."""
        self.evaluations += 1
        images: Tensor = self.network(latents, labels, truncation)
        return images


class GanGenerator:
    """Samples from a BigGAN-deep in float32: one network evaluation per image."""

    family = "gan"

    def __init__(
        self, entry: GanEntry, network: BigGANDeepGenerator, weights_sha256: dict[str, str], device: str = "cpu"
    ) -> None:
        self.entry = entry
        self.name = entry.name
        self.image_size = entry.image_size
        self.num_classes = entry.num_classes
        self.num_parameters = count_parameters([network])
        self.weights_sha256 = weights_sha256
        self.labels = None
        self.device = torch.device(device)
        self.network = network.eval().requires_grad_(False).to(self.device)

    def generate(
        self, seed: int, indices: NDArray[np.int64], labels: NDArray[np.int64], settings: SamplerSettings
    ) -> Generated:
        """Makes sample ``indices[k]`` of run ``seed``, showing class ``labels[k]``, for all k as one batch.

        The latent is the same direction at every truncation: a truncated normal, scaled by it.

        Raises:
            InputError: the settings do not suit the model, or a label is out of range.
        """
        self.entry.check(settings)
        check_labels(labels, self.num_classes)
        truncation = settings.truncation or 1.0
        width = self.network.config.latent_width
        watch = Stopwatch(on_gpu=self.device.type == "cuda")
        with watch.span(NOISE):
            drawn = torch.from_numpy(truncated_normal(seed, indices, Stream.LATENT, 0, (width,), LATENT_BOUND))
        with watch.span(TRANSFER):
            latents, classes = truncation * drawn.to(self.device), torch.from_numpy(labels).to(self.device)
        model = CountedNetwork(self.network)
        with torch.inference_mode():
            with watch.span(NETWORK):
                images = model(latents, classes, truncation)
            with watch.span(TRANSFER):
                pixels = truncate_to_uint8(images)
        return Generated(pixels, model.evaluations, 0, watch.seconds())
