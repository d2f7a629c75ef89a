"""What the catalog says about diffusion models, their upsamplers and their classifiers. Needs no torch."""

from __future__ import annotations

from typing import ClassVar, Literal

from ..entry import Family, ModelEntry, NetworkEntry, ScheduleEntry
from ..generator import SamplerSettings
from ..samplers import respacing_of
from ..settings import check_diffusion_settings, diffusion_evaluations, diffusion_steps, diffusion_warnings


class DenoisingEntry(ModelEntry):
    """A model that makes images of noise, step by step.

    Attributes:
        network: the denoising network.
        schedule: what it was trained with.
        classifier: what can guide it; None for nothing.
        null_label: the label that stands for no class, where the network was trained with one: classifier-free guidance
            needs it.
    """

    image_size: int
    network: NetworkEntry
    schedule: ScheduleEntry
    classifier: NetworkEntry | None = None
    null_label: int | None = None

    reported_as: ClassVar[Family] = "diffusion"
    takes_computation: ClassVar[bool] = True

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
        check_diffusion_settings(self, settings)

    def evaluations(self, settings: SamplerSettings) -> tuple[int, int]:
        """The evaluations of the network and of the classifier that one image takes.

        Raises:
            InputError: as :meth:`check` does.
        """
        return diffusion_evaluations(self, settings)

    def respacing_of(self, sampler: str | None, steps: int) -> str:
        """The respacing that a number of steps stands for with a sampler."""
        return respacing_of(sampler, steps)

    def steps(self, settings: SamplerSettings) -> int | None:
        """The number of sampling steps, which some samplers evaluate the network at more than once.

        Raises:
            InputError: as :meth:`check` does.
        """
        return diffusion_steps(self, settings)

    def warnings(self, settings: SamplerSettings) -> list[str]:
        """What settings that :meth:`check` accepts will probably not give, in sentences."""
        return diffusion_warnings(self, settings)


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
