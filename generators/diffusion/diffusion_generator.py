"""A diffusion model as a generator."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..generator import Generated, SamplerSettings, check_labels
from ..images import truncate_to_uint8
from ..noise import Stream, standard_normal
from ..samplers.ancestral import ancestral
from ..samplers.ddim import ddim
from .classifier import NoisyClassifier
from .entries import DenoisingEntry
from .guidance import ClassifierGradient, Gradient, MeanGuidance, ScoreGuidance
from .process import Denoiser, GaussianDiffusion, Network, NetworkDenoiser
from .unet import UNet, count_parameters

Noise = Callable[[int], Tensor]
LoadClassifier = Callable[[], tuple[NoisyClassifier, dict[str, str]]]
"""Gives a classifier and the SHA-256 of its file, by the file's name."""

GUIDANCE: dict[str | None, Callable[[Denoiser, Gradient], Denoiser]] = {"ddpm": MeanGuidance, "ddim": ScoreGuidance}
"""How a classifier's gradient enters each sampler, by the sampler's name."""

SAMPLE: dict[str | None, Callable[[Denoiser, Tensor, Noise, SamplerSettings], Tensor]] = {
    "ddpm": lambda denoiser, x, noise, _: ancestral(denoiser, x, noise),
    "ddim": lambda denoiser, x, noise, settings: ddim(denoiser, x, noise, settings.eta),
}
"""Each sampler with its settings, by its name."""


class DiffusionGenerator:
    """Samples from a denoising network in float32, guided by a classifier where the settings ask for it."""

    def __init__(
        self,
        entry: DenoisingEntry,
        network: UNet,
        classifier: NoisyClassifier | None,
        weights_sha256: dict[str, str],
        device: str = "cpu",
    ) -> None:
        self.entry = entry
        self.name = entry.name
        self.family = entry.family
        self.image_size = entry.image_size
        self.num_classes = entry.num_classes
        self.num_parameters = count_parameters([network])
        self.weights_sha256 = weights_sha256
        self.labels = None
        self.device = torch.device(device)
        self.network = network.eval().requires_grad_(False).to(self.device)
        self.classifier = None if classifier is None else self._prepared(classifier)
        self.load_classifier: LoadClassifier | None = None
        """Gives the classifier and its hashes when guidance is first asked for: unguided, its file need not be here."""

    def _prepared(self, classifier: NoisyClassifier) -> NoisyClassifier:
        return classifier.eval().requires_grad_(False).to(self.device)

    def generate(
        self, seed: int, indices: NDArray[np.int64], labels: NDArray[np.int64], settings: SamplerSettings
    ) -> Generated:
        """Makes sample ``indices[k]`` of run ``seed``, showing class ``labels[k]``, for all k as one batch.

        Raises:
            InputError: the settings do not suit the model, or a label is out of range.
        """
        return self.sample(self.network, (Stream.INITIAL, Stream.STEP), seed, indices, labels, settings)

    def sample(
        self,
        network: Network,
        streams: tuple[Stream, Stream],
        seed: int,
        indices: NDArray[np.int64],
        labels: NDArray[np.int64],
        settings: SamplerSettings,
    ) -> Generated:
        """As :meth:`generate`, with ``network`` in place of its own, and the noise of two ``streams``: start and steps.

        Raises:
            InputError: as :meth:`generate` does.
        """
        self.entry.check(settings)
        check_labels(labels, self.num_classes)
        schedule = self.entry.schedule.respaced(settings.respacing or "")
        diffusion = GaussianDiffusion(schedule, self.device, rescale_timesteps=self.entry.schedule.rescale_timesteps)
        classes = torch.from_numpy(labels).to(self.device)
        conditional = self.network.config.num_classes is not None
        model = NetworkDenoiser(network, diffusion, classes if conditional else None)
        denoiser: Denoiser = model
        gradient = None
        if settings.guidance > 0:
            if self.classifier is None and self.load_classifier is not None:
                classifier, hashes = self.load_classifier()
                self.classifier = self._prepared(classifier)
                self.weights_sha256.update(hashes)
            assert self.classifier is not None  # the entry refuses guidance where it names no classifier
            gradient = ClassifierGradient(self.classifier, diffusion, classes, settings.guidance)
            denoiser = GUIDANCE[settings.sampler](model, gradient)

        def noise(stream: Stream, step: int) -> Tensor:
            shape = (3, self.image_size, self.image_size)
            return torch.from_numpy(standard_normal(seed, indices, stream, step, shape)).to(self.device)

        with torch.inference_mode():
            start = noise(streams[0], 0)
            images = SAMPLE[settings.sampler](denoiser, start, partial(noise, streams[1]), settings)
            pixels = truncate_to_uint8(images)
        return Generated(pixels, model.evaluations, gradient.evaluations if gradient else 0)
