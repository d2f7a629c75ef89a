"""The models that can be sampled by name, and what each can be asked for. Needs no torch."""

from __future__ import annotations

import math
from importlib import resources
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from ..reference_batches import InputError, hint
from .diffusion.schedule import Schedule
from .generator import SamplerSettings
from .samplers import SAMPLERS

LARGEST_SHIFT = 1_000.0
"""Of the predicted image, in units of the scaled gradient. ADM's own strides stay under 220, on either schedule."""


class _Record(BaseModel):
    """A part of the catalog: fixed once read, and without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NetworkEntry(_Record):
    """One network: the name of its file in ``generators/weights``, and the fields of its configuration class."""

    weights: str
    architecture: dict[str, Any]


class ScheduleEntry(_Record):
    """The noise schedule that a diffusion model was trained with."""

    kind: Literal["linear", "cosine"]
    num_steps: int
    rescale_timesteps: bool = False
    """Whether the model was told t * 1000 / T instead of t."""

    def respaced(self, respacing: str) -> Schedule:
        """The schedule over the timesteps that ``respacing`` keeps.

        Raises:
            InputError: the schedule cannot give them.
        """
        return Schedule.make(self.kind, self.num_steps, respacing)


class ModelEntry(_Record):
    """What the catalog says about any model.

    Attributes:
        name: the model's name.
        description: one line on what it is.
        image_size: height and width of its images, in pixels.
        num_classes: its labels are 0 to ``num_classes - 1``.
        trained_on: the reference whose images it was trained on.
        source: where its weights come from.
        licence: of the weights.
        network: the generating network.
    """

    name: str
    description: str
    image_size: int
    num_classes: int
    trained_on: str
    source: str
    licence: str
    network: NetworkEntry


class DiffusionEntry(ModelEntry):
    """A diffusion model, and the classifier that can guide it."""

    family: Literal["diffusion"]
    schedule: ScheduleEntry
    classifier: NetworkEntry | None = None

    @property
    def weights(self) -> tuple[str, ...]:
        """The names of the weights files."""
        return (self.network.weights, *([self.classifier.weights] if self.classifier else []))

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


class GanEntry(ModelEntry):
    """A generative adversarial network."""

    family: Literal["gan"]

    @property
    def weights(self) -> tuple[str, ...]:
        """The names of the weights files."""
        return (self.network.weights,)

    def check(self, settings: SamplerSettings) -> None:
        """Refuses settings that the model cannot be sampled with.

        Raises:
            InputError: the truncation is missing or out of range, or a setting is meant for diffusion models.
        """
        for_diffusion = {
            "sampler": settings.sampler is not None,
            "respacing": settings.respacing is not None,
            "guidance": settings.guidance != 0,
            "eta": settings.eta != 0,
        }
        for field, given in for_diffusion.items():
            if given:
                raise InputError(f"{field} is for diffusion models, and {self.name} is a GAN; leave {field} out")
        if settings.truncation is None:
            raise InputError(f"{self.name} needs a truncation, the scale of its latent, over 0 and up to 1")
        if not 0 < settings.truncation <= 1:
            raise InputError(f"truncation {settings.truncation} is out of range; choose one over 0 and up to 1")

    def evaluations(self, settings: SamplerSettings) -> tuple[int, int]:
        """The evaluations of the network and of a classifier that one image takes.

        Raises:
            InputError: as :meth:`check` does.
        """
        self.check(settings)
        return 1, 0

    def warnings(self, settings: SamplerSettings) -> list[str]:  # noqa: ARG002 - as for diffusion models
        """Nothing: every truncation in range does what it says."""
        return []


def read_catalog(text: str) -> dict[str, DiffusionEntry | GanEntry]:
    """Reads a catalog in YAML, a mapping from names to entries, by name.

    Raises:
        pydantic.ValidationError: an entry lacks a field, or has one that is unknown or of a wrong type.
    """
    entries = TypeAdapter(dict[str, Annotated[DiffusionEntry | GanEntry, Field(discriminator="family")]])
    return entries.validate_python({name: {"name": name, **entry} for name, entry in yaml.safe_load(text).items()})


MODELS = read_catalog(resources.files(__package__).joinpath("catalog.yaml").read_text(encoding="utf-8"))


def find_model(name: str) -> DiffusionEntry | GanEntry:
    """The catalog's entry of a model.

    Raises:
        InputError: there is no such model; the message names those with a similar name.
    """
    if name not in MODELS:
        raise InputError(f"there is no model named {name!r}; {hint(name, MODELS)}")
    return MODELS[name]


def check_settings(model_name: str, settings: SamplerSettings) -> None:
    """Refuses an unknown model, and settings that it cannot be sampled with.

    Raises:
        InputError: says which setting, and what would be right.
    """
    find_model(model_name).check(settings)


def settings_warnings(model_name: str, settings: SamplerSettings) -> list[str]:
    """What settings that a model accepts will probably not give, in sentences.

    Raises:
        InputError: there is no such model.
    """
    return find_model(model_name).warnings(settings)


def expected_evaluations(model_name: str, settings: SamplerSettings) -> tuple[int, int]:
    """The evaluations of the network and of the guiding classifier that one image takes.

    Raises:
        InputError: as :func:`check_settings` does.
    """
    return find_model(model_name).evaluations(settings)
