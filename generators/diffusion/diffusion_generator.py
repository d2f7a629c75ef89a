"""A diffusion model as a generator."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from ..computation import FAST, Computation
from ..generator import Generated, SamplerSettings, check_labels
from ..images import truncate_to_uint8
from ..noise import Stream
from ..samplers.choice import choose_sampler
from ..settings import guided_timesteps
from ..step_noise import StepNoise
from ..stopwatch import GUIDANCE, NETWORK, TRANSFER, Stopwatch
from .entries import DenoisingEntry
from .fast_network import attention_of, fast_call, image_format, prepare_network
from .guidance import ClassifierFreeDenoiser, ClassifierGradient, LimitedGuidance, MeanGuidance, ScoreGuidance
from .process import Denoiser, GaussianDiffusion, Network, NetworkDenoiser
from .schedule import Schedule
from .unet import count_parameters

LoadClassifier = Callable[[], tuple[nn.Module, dict[str, str]]]
"""Gives a classifier and the SHA-256 of its file, by the file's name."""


class GuidedModel:
    """A model with the guidance that settings ask for, as one denoiser, and the counts of what it evaluates."""

    def __init__(
        self,
        generator: DiffusionGenerator,
        call: Network,
        diffusion: GaussianDiffusion,
        labels: Tensor,
        settings: SamplerSettings,
        watch: Stopwatch,
    ) -> None:
        """Puts the denoiser together.

        Args:
            generator: has the networks.
            call: evaluates the denoising one.
            diffusion: over the schedule that the sampler takes.
            labels: int64 [N], on the generator's device.
            settings: what the model's entry has accepted.
            watch: times the networks.
        """
        call = watch.timed(NETWORK, call)
        self.plain = NetworkDenoiser(call, diffusion, labels if generator.conditional else None, settings.clip)
        self.without_label: ClassifierFreeDenoiser | None = None
        self.gradient: ClassifierGradient | None = None
        guided: Denoiser = self.plain
        if settings.classifier_free > 0:
            assert generator.entry.null_label is not None
            null_labels = torch.full_like(labels, generator.entry.null_label)
            self.without_label = ClassifierFreeDenoiser(
                call, diffusion, labels, null_labels, settings.classifier_free, settings.clip
            )
            guided = self.without_label
        if settings.guidance > 0:
            self.gradient = ClassifierGradient(generator.guide(), diffusion, labels, settings.guidance)
            gradient = watch.timed(GUIDANCE, self.gradient)
            if settings.sampler == "ddpm":
                guided = MeanGuidance(guided, gradient)
            else:
                # DDIM as the original has it; the solvers that extrapolate images keep them within bounds.
                guided = ScoreGuidance(guided, gradient, clip=settings.clip and settings.sampler != "ddim")
        limited = settings.guidance_interval is not None
        self.denoiser = LimitedGuidance(self.plain, guided, *guided_timesteps(settings)) if limited else guided

    @property
    def evaluations(self) -> tuple[int, int]:
        """Those of the network and of the classifier, for each image, as counted."""
        network = self.plain.evaluations + (self.without_label.evaluations if self.without_label else 0)
        return network, self.gradient.evaluations if self.gradient else 0


class DiffusionGenerator:
    """Samples from a denoising network, guided where the settings ask for it."""

    def __init__(
        self,
        entry: DenoisingEntry,
        network: nn.Module,
        classifier: nn.Module | None,
        weights_sha256: dict[str, str],
        device: str = "cpu",
        computation: Computation = FAST,
    ) -> None:
        """Makes the networks ready.

        Args:
            entry: the model's.
            network: ``(x_t, timesteps, labels or None) -> [N, channels, H, W]``.
            classifier: ``(x_t, timesteps) -> [N, classes]``.
            weights_sha256: of each weights file, by its name.
            device: where to sample.
            computation: how the networks are computed.

        Raises:
            InputError: the device cannot compute so.
        """
        computation.check(device)
        self.entry = entry
        self.name = entry.name
        self.family = entry.family
        self.image_size = entry.image_size
        self.num_classes = entry.num_classes
        self.num_parameters = count_parameters([network])
        self.weights_sha256 = weights_sha256
        self.labels = None
        self.device = torch.device(device)
        self.computation = computation
        self.network = prepare_network(network, computation, self.device)
        self.call = fast_call(self.network, computation)
        self.classifier = None if classifier is None else prepare_network(classifier, computation, self.device)
        self.load_classifier: LoadClassifier | None = None
        """Gives the classifier and its hashes when guidance is first asked for: unguided, its file need not be here."""

    def guide(self) -> nn.Module:
        """The classifier, ready.

        Raises:
            InputError: its file is missing or of another architecture.
        """
        if self.classifier is None:
            assert self.load_classifier is not None  # the entry refuses guidance where it names no classifier
            classifier, hashes = self.load_classifier()
            self.classifier = prepare_network(classifier, self.computation, self.device)
            self.weights_sha256.update(hashes)
        return self.classifier

    def diffusion(self, schedule: Schedule) -> GaussianDiffusion:
        """The model's diffusion over those of its timesteps that a schedule has."""
        trained = self.entry.schedule
        return GaussianDiffusion(
            schedule,
            self.device,
            rescale_timesteps=trained.rescale_timesteps,
            variance=trained.variance,
            predicts=trained.predicts,
        )

    @property
    def conditional(self) -> bool:
        """Whether the network is told a label."""
        return self.network.config.num_classes is not None  # type: ignore[union-attr]

    def generate(
        self, seed: int, indices: NDArray[np.int64], labels: NDArray[np.int64], settings: SamplerSettings
    ) -> Generated:
        """Makes sample ``indices[k]`` of run ``seed``, showing class ``labels[k]``, for all k as one batch.

        Raises:
            InputError: the settings do not suit the model, or a label is out of range.
        """
        return self.sample(self.call, (Stream.INITIAL, Stream.STEP), seed, indices, labels, settings)

    def sample(
        self,
        call: Network,
        streams: tuple[Stream, Stream],
        seed: int,
        indices: NDArray[np.int64],
        labels: NDArray[np.int64],
        settings: SamplerSettings,
    ) -> Generated:
        """As :meth:`generate`, with the network evaluated by ``call``, and first and later noise of two ``streams``.

        Raises:
            InputError: as :meth:`generate` does.
        """
        self.entry.check(settings)
        check_labels(labels, self.num_classes)
        sampler = choose_sampler(self.entry.schedule, settings)
        diffusion = self.diffusion(sampler.schedule)
        watch = Stopwatch(on_gpu=self.device.type == "cuda")
        model = GuidedModel(self, call, diffusion, torch.from_numpy(labels).to(self.device), settings, watch)
        shape = (3, self.image_size, self.image_size)
        with (
            StepNoise(seed, indices, shape, self.device, streams=streams, watch=watch) as noise,
            attention_of(self.computation, self.device),
            torch.inference_mode(),
        ):
            start = noise.initial().contiguous(memory_format=image_format(self.computation))
            images = sampler.run(model.denoiser, start, noise)
            with watch.span(TRANSFER):
                pixels = truncate_to_uint8(images)
        return Generated(pixels, *model.evaluations, watch.seconds())
