"""What the catalog says about diffusion models, their upsamplers and their classifiers. Needs no torch."""

from __future__ import annotations

import math
from typing import ClassVar, Literal

from ...reference_batches import InputError
from ..entry import Family, ModelEntry, NetworkEntry, ScheduleEntry
from ..generator import SamplerSettings
from ..samplers import SAMPLERS

LARGEST_SHIFT = 1_000.0
"""Of the predicted image, in units of the scaled gradient. ADM's own strides stay under 220, on either schedule."""


class DenoisingEntry(ModelEntry):
    """A model that makes images of noise, step by step.

    Attributes:
        network: the denoising network.
        schedule: what it was trained with.
        classifier: what can guide it; None for nothing.
    """

    image_size: int
    network: NetworkEntry
    schedule: ScheduleEntry
    classifier: NetworkEntry | None = None

    reported_as: ClassVar[Family] = "diffusion"

    @property
    def networks(self) -> tuple[NetworkEntry, ...]:
        """The denoising network and, where there is one, the classifier."""
        return (self.network, *([self.classifier] if self.classifier else []))

    @property
    def generating_networks(self) -> tuple[NetworkEntry, ...]:
        """The denoising network alone."""
        return (self.network,)

    def check(self, settings: SamplerSettings) -> None:
        """Refuses settings that the model cannot be sampled with.

        Raises:
            InputError: a setting is missing, out of range, meant for a GAN, or unknown.
        """
        if settings.sampler is None:
            raise InputError(f"{self.name} needs a sampler; choose {' or '.join(SAMPLERS)}")
        if settings.sampler not in SAMPLERS:
            raise InputError(f"sampler {settings.sampler!r} is unknown to {self.name}; choose {', '.join(SAMPLERS)}")
        if settings.respacing is None:
            raise InputError(f"{self.name} needs a respacing, the steps to sample in, such as '25' or 'ddim25'")
        if settings.truncation is not None:
            raise InputError(f"truncation is for GANs, and {self.name} is a diffusion model; leave truncation out")
        if not 0 <= settings.guidance < math.inf:
            raise InputError(f"guidance {settings.guidance} is out of range; choose 0 or more")
        if settings.guidance > 0 and self.classifier is None:
            raise InputError(f"{self.name} has no classifier to guide it; set guidance to 0")
        if not 0 <= settings.eta <= 1:
            raise InputError(f"eta {settings.eta} is out of range; choose 0 to 1")
        if settings.eta > 0 and settings.sampler != "ddim":
            raise InputError(f"eta is an option of the sampler ddim, not of {settings.sampler}; leave eta out")
        self.schedule.respaced(settings.respacing)

    def evaluations(self, settings: SamplerSettings) -> tuple[int, int]:
        """The evaluations of the network and of the classifier that one image takes.

        Raises:
            InputError: as :meth:`check` does.
        """
        self.check(settings)
        steps = len(self.schedule.respaced(settings.respacing or ""))
        return steps, steps if settings.guidance > 0 else 0

    def warnings(self, settings: SamplerSettings) -> list[str]:
        """What settings that :meth:`check` accepts will probably not give, in sentences.

        Guided DDIM shifts the predicted image by (1 - alpha_bar) / sqrt(alpha_bar) times the scaled gradient
        (2105.05233, algorithm 2), without a bound: near the end of a cosine schedule that is thousands of times.
        """
        if settings.guidance == 0 or settings.sampler != "ddim":
            return []
        schedule = self.schedule.respaced(settings.respacing or "")
        alpha_bar = float(schedule.alphas_cumprod[-1])
        shift = (1 - alpha_bar) / alpha_bar**0.5
        if shift <= LARGEST_SHIFT:
            return []
        return [
            f"Guided DDIM starts here at timestep {schedule.timesteps[-1]}, where the classifier's gradient shifts the"
            f" predicted image by {shift:,.0f} times the scale: expect saturated images; a"
            " respacing such as ddim25 starts earlier."
        ]


class DiffusionEntry(DenoisingEntry):
    """A diffusion model, and the classifier that can guide it."""

    family: Literal["diffusion"]


class UpsamplerEntry(DenoisingEntry):
    """A diffusion model that enlarges another model's images: the second stage of a stack.

    Attributes:
        small_size: height and width of the images that it takes, in pixels.
    """

    family: Literal["upsampler"]
    small_size: int

    @property
    def why_not_alone(self) -> str | None:
        """What else it needs to make images."""
        return (
            f"{self.name} enlarges images of {self.small_size}x{self.small_size} pixels and makes none of its own; "
            f"sample MODEL+{self.name}, where MODEL is a model or a batch file of such images"
        )


class ClassifierEntry(ModelEntry):
    """A classifier of noisy images, which guides diffusion models.

    Attributes:
        network: the classifying network.
    """

    family: Literal["classifier"]
    image_size: int
    network: NetworkEntry

    @property
    def networks(self) -> tuple[NetworkEntry, ...]:
        """The classifier itself."""
        return (self.network,)

    @property
    def why_not_alone(self) -> str | None:
        """That it makes no images."""
        return f"{self.name} classifies images and makes none; sample the model that it guides"
