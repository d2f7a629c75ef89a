"""What the catalog says about any model, whatever its kind. Needs no torch."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any, ClassVar, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from ..reference_batches import InputError
from .diffusion.parametrization import Target, Variance
from .diffusion.schedule import MOST_STEPS, Schedule
from .generator import SamplerSettings

Detail: TypeAlias = str | int | float | bool | None
"""One fact about how images were made, for the record."""
Family: TypeAlias = Literal["diffusion", "gan", "other"]
"""How the points of a model are grouped in tables and figures."""

NOTHING_KNOWN: dict[str, Any] = {"trained_on": None, "source": None, "licence": None}
"""What is said of a model whose user says nothing about where it comes from."""


class Record(BaseModel):
    """A part of the catalog: fixed once read, and without unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NetworkEntry(Record):
    """One network: its file of weights, and how it is built.

    Attributes:
        weights: the file's name in ``generators/weights`` or, where there is a ``url``, in the cache; or its path. A
            user's own file with a ``url`` is in a folder of the cache that is named after the address.
        url: where the file can be fetched.
        project: whose defaults ``flags`` has, ``guided-diffusion`` or ``improved-diffusion``.
        flags: the flags of its training, all of them, under their original names.
        config: of a BigGAN-deep, the ``config.json`` of the common PyTorch files.
        architecture: the fields of its configuration class, less ``image_size``, which is the entry's. They follow from
            ``flags`` or ``config`` where there are such.
    """

    weights: str
    url: str | None = None
    project: str | None = None
    flags: dict[str, Any] | None = None
    config: dict[str, Any] | None = None
    architecture: dict[str, Any]

    @property
    def file(self) -> str:
        """The name of the file of weights, without a folder."""
        return PurePath(self.weights).name

    @property
    def is_own(self) -> bool:
        """Whether a user's own file describes it, and not the catalog."""
        return self.file != self.weights


class ScheduleEntry(Record):
    """The noise schedule that a diffusion model was trained with, and what its network puts out."""

    kind: Literal["linear", "cosine"]
    num_steps: int = Field(le=MOST_STEPS)
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


class Reported(Record):
    """One row of a paper about this model; what the paper does not give is left out.

    Precision and recall are comparable only within a paper: 2102.09672 counts five neighbours, 2105.05233 three.
    """

    paper: str
    """Its number on arXiv."""
    row: str
    """The table and the row, as printed."""
    respacing: str | None = None
    """The steps, in guided-diffusion's notation."""
    guidance: float | None = None
    """The scale of the classifier guidance; 0 is none."""
    truncation: float | None = None
    fid: float | None = None
    sfid: float | None = None
    inception_score: float | None = None
    precision: float | None = None
    recall: float | None = None
    bits_per_dimension: float | None = None


class ModelEntry(Record):
    """What the catalog says about any model.

    Attributes:
        name: the model's name.
        family: its kind, which decides what else there is to say.
        description: one line on what it is.
        image_size: height and width of its images, in pixels; None where that is known only once it makes some.
        num_classes: its labels are 0 to ``num_classes - 1``; 0 where it takes none.
        trained_on: the images it was trained on, by the reference's name where there is one; None where not known.
        source: where its weights come from; None where not known.
        licence: of the weights; None where not known.
        reported: what papers say about it.
    """

    name: str
    family: str
    description: str
    image_size: int | None
    num_classes: int
    trained_on: str | None
    source: str | None
    licence: str | None
    reported: tuple[Reported, ...] = ()

    reported_as: ClassVar[Family] = "other"
    """The family of its points in a record."""
    takes_computation: ClassVar[bool] = False
    """Whether its networks can be computed in another dtype, compiled and recorded."""
    _cautions: tuple[str, ...] = PrivateAttr(())

    @property
    def stages(self) -> tuple[ModelEntry, ...]:
        """The models that make an image one after the other: itself, but of a stack."""
        return (self,)

    @property
    def networks(self) -> tuple[NetworkEntry, ...]:
        """Its networks, the generating one first; none where it has no weights of its own."""
        return ()

    @property
    def generating_networks(self) -> tuple[NetworkEntry, ...]:
        """Those that make images, without the classifiers that guide them."""
        return self.networks

    @property
    def weights(self) -> tuple[str, ...]:
        """The names of the weights files."""
        return tuple(network.weights for network in self.networks)

    @property
    def why_not_alone(self) -> str | None:
        """Why it cannot be sampled by itself, and what to do, in a sentence; None where it can."""
        return None

    @property
    def cautions(self) -> tuple[str, ...]:
        """What may be wrong with the model under any settings, one sentence each."""
        return self._cautions

    def check(self, settings: SamplerSettings) -> None:
        """Refuses settings that the model cannot be sampled with.

        Raises:
            InputError: says which setting, and what would be right.
        """
        raise NotImplementedError

    def evaluations(self, settings: SamplerSettings) -> tuple[int, int] | None:
        """The evaluations of network and guiding classifier that one image takes; None where only sampling tells.

        Raises:
            InputError: as :meth:`check` does.
        """
        raise NotImplementedError

    def respacing_of(self, sampler: str | None, steps: int) -> str:  # noqa: ARG002 - for those that have some
        """The respacing that a number of steps stands for.

        Raises:
            InputError: the model has no steps.
        """
        raise InputError(f"{self.name} has no sampling steps; leave steps out")

    def steps(self, settings: SamplerSettings) -> int | None:  # noqa: ARG002 - for those that have some
        """The number of sampling steps, those of the first stage of a stack; None for what has none or does not tell.

        Raises:
            InputError: as :meth:`check` does.
        """
        return None

    def warnings(self, settings: SamplerSettings) -> list[str]:  # noqa: ARG002 - for those whose settings matter
        """What settings that :meth:`check` accepts will probably not give, in sentences."""
        return []

    def details(self, settings: SamplerSettings) -> dict[str, Detail]:  # noqa: ARG002 - for those that have some
        """What a record should say about how images are made, beyond the settings themselves."""
        return {}


def refuse_settings(settings: SamplerSettings, name: str, reason: str, allowed: tuple[str, ...] = ()) -> None:
    """Refuses all settings but the allowed ones.

    Raises:
        InputError: one is given; the message is ``{field} is {value}, and {name} {reason}; leave {field} out``.
    """
    nothing = SamplerSettings(None, None)
    for field, value in vars(settings).items():
        if field not in allowed and value != getattr(nothing, field):
            raise InputError(f"{field} is {value}, and {name} {reason}; leave {field} out")
