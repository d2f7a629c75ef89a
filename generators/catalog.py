"""The models that can be sampled by name, and what each can be asked for. Needs no torch."""

from __future__ import annotations

from importlib import resources
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from ..reference_batches import InputError, hint
from .diffusion.parametrization import Target, Variance
from .diffusion.schedule import Schedule
from .generator import SamplerSettings
from .settings import (
    check_diffusion_settings,
    check_gan_settings,
    diffusion_evaluations,
    diffusion_steps,
    diffusion_warnings,
)


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
    variance: Variance = "learned-range"
    """Of x_{t-1}: guided-diffusion's ``--learn_sigma True``, or without it one of the two fixed ones."""
    predicts: Target = "noise"
    """What the network puts out: the noise, or with guided-diffusion's ``--predict_xstart True`` the clean image."""

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
    null_label: int | None = None
    """The label that stands for no class, where the network was trained with one: classifier-free guidance needs it."""

    @property
    def weights(self) -> tuple[str, ...]:
        """The names of the weights files."""
        return (self.network.weights, *([self.classifier.weights] if self.classifier else []))

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

    def steps(self, settings: SamplerSettings) -> int | None:
        """The number of sampling steps, which some samplers evaluate the network at more than once.

        Raises:
            InputError: as :meth:`check` does.
        """
        return diffusion_steps(self, settings)

    def warnings(self, settings: SamplerSettings) -> list[str]:
        """What settings that :meth:`check` accepts will probably not give, in sentences."""
        return diffusion_warnings(self, settings)


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
        check_gan_settings(self, settings)

    def evaluations(self, settings: SamplerSettings) -> tuple[int, int]:
        """The evaluations of the network and of a classifier that one image takes.

        Raises:
            InputError: as :meth:`check` does.
        """
        self.check(settings)
        return 1, 0

    def steps(self, settings: SamplerSettings) -> int | None:  # noqa: ARG002 - as for diffusion models
        """None: a GAN takes no steps."""
        return None

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


def expected_steps(model_name: str, settings: SamplerSettings) -> int | None:
    """The number of sampling steps; None for a GAN.

    Raises:
        InputError: as :func:`check_settings` does.
    """
    return find_model(model_name).steps(settings)
