"""Recipes of training, as people write them in YAML. Needs no torch.

A recipe has one of four families, those of the models that come out: ``diffusion``, ``upsampler``, ``classifier`` and
``gan``. docs/training.md explains the keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    NonNegativeInt,
    PositiveInt,
    ValidationError,
    model_validator,
)

from ...reference_batches import InputError, hint
from ..entry import ScheduleEntry
from .images import ImageOptions

Loss = Literal["simple", "vlb", "hybrid"]
"""Of 2102.09672: the squared error of the noise (section 2.1), the variational bound (section 3.3), or both (3.1)."""
TimestepSampling = Literal["uniform", "loss-second-moment"]
Precision = Literal["float32", "bfloat16", "float16"]
LARGEST_SEED = 2**64 - 1
MOST_STEPS = 10**9


def _number(value: object) -> object:
    """What YAML 1.1 takes for a text though people mean a number: ``1e-4``, which has no point."""
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return value
    return value


Number = Annotated[float, BeforeValidator(_number)]
Positive = Annotated[Number, Field(gt=0)]
NotNegative = Annotated[Number, Field(ge=0)]
Share = Annotated[Number, Field(ge=0, lt=1)]


class Strict(BaseModel):
    """A part of a recipe: fixed once read, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class DataRecipe(Strict):
    """What a network is trained on."""

    images: str
    """A built-in set, the name of a fetched batch, a batch file, a folder or a zip archive."""
    labels: Literal["none", "given", "prefixes"] | None = None
    """Where the classes come from; left out, ``given`` for models that take classes and ``none`` for others."""
    random_crop: bool = False
    random_flip: bool = False
    bad_images: Literal["refuse", "skip"] = "refuse"
    workers: NonNegativeInt = 0
    """Processes that make batches ahead."""

    def options(self, size: int, takes_labels: bool) -> ImageOptions:
        """How images of ``size`` pixels are to be opened."""
        labels = self.labels or ("given" if takes_labels else "none")
        return ImageOptions(size, self.random_crop, self.random_flip, labels, self.bad_images)


class ScoreRecipe(BaseModel):
    """How a training is scored as it goes. All but ``every`` is a suite's, which the room that runs suites reads."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True)

    every: PositiveInt
    """Steps between two scores."""

    @property
    def suite(self) -> dict[str, Any]:
        """What it says of the suite."""
        return dict(self.model_extra or {})


class CommonRecipe(Strict):
    """What all families have in common."""

    name: str
    """Of the model that comes out."""
    description: str = ""
    model: str | dict[str, Any]
    """A model of the catalog or a model file, to be built alike; or what a model file says, without the weights."""
    data: DataRecipe
    steps: Annotated[int, Field(ge=1, le=MOST_STEPS)]
    batch_size: PositiveInt
    """Images of a step, over all processes together."""
    microbatch: PositiveInt | None = None
    """Images that a process computes at once; the gradients of a step are added up. None for all of its share."""
    anneal_from: Share | None = 0.0
    """The share of the steps after which the learning rate falls linearly, to 0 at the end; None for never."""
    ema_rates: Annotated[tuple[Share, ...], Field(strict=False, min_length=1)] = (0.9999,)
    """Of the averages of the weights; the first is the model that comes out."""
    ema_warm_up: bool = False
    """Whether an average is at first short, (1 + steps) / (10 + steps), so that it forgets the random start."""
    seed: Annotated[int, Field(ge=0, le=LARGEST_SEED)] = 0
    log_every: PositiveInt = 100
    """Steps that a line of ``progress.csv`` is the mean of."""
    checkpoint_every: PositiveInt = 1000
    score: ScoreRecipe | None = None
    """How images of the model are scored as it is trained; None for not at all."""

    @model_validator(mode="after")
    def _scores_are_of_checkpoints(self) -> Self:
        if self.score is not None and self.score.every % self.checkpoint_every:
            raise ValueError(
                f"score.every: {self.score.every} is no multiple of checkpoint_every, which is {self.checkpoint_every}"
            )
        return self

    @model_validator(mode="after")
    def _averages_differ(self) -> Self:
        if len(set(self.ema_rates)) < len(self.ema_rates):
            raise ValueError("ema_rates: a rate is listed twice; leave one out")
        return self


class AdamWRecipe(CommonRecipe):
    """What all but GANs have in common: one network, by AdamW (1711.05101)."""

    learning_rate: Positive
    weight_decay: NotNegative = 0.0
    adam_betas: Annotated[tuple[Share, Share], Field(strict=False)] = (0.9, 0.999)
    warm_up: NonNegativeInt = 0
    """Steps over which the learning rate rises linearly."""
    gradient_clip: Positive | None = None
    """The largest norm of a gradient; longer ones are shortened to it."""
    precision: Precision = "float32"
    """Of the products of training; weights and averages stay in float32."""
    initial_log2_loss_scale: NotNegative = 20.0
    """In float16, what the loss is multiplied by at first, as a power of two."""
    loss_scale_growth: NotNegative = 0.001
    """By how much that power grows with every step whose gradients are finite."""


class DenoisingRecipe(AdamWRecipe):
    """What diffusion models and upsamplers have in common."""

    loss: Loss = "hybrid"
    vlb_weight: Positive = 0.001
    """Of L_vlb in the hybrid loss (2102.09672, equation 16)."""
    timesteps: TimestepSampling = "uniform"
    """``loss-second-moment`` draws those more often whose losses are larger (2102.09672, equation 18)."""


class DiffusionRecipe(DenoisingRecipe):
    """A diffusion model."""

    family: Literal["diffusion"]


class UpsamplerRecipe(DenoisingRecipe):
    """A diffusion model of large images that is shown small ones."""

    family: Literal["upsampler"]


class ClassifierRecipe(AdamWRecipe):
    """A classifier of noisy images."""

    family: Literal["classifier"]
    schedule: ScheduleEntry | None = None
    """Of the noise; left out, that of the model whose classifier is trained."""
    clean_images: bool = False
    """Whether it sees images without noise, at whatever timestep: to show what training on noisy ones is good for."""


class GanRecipe(CommonRecipe):
    """A BigGAN-deep, by Adam without momentum."""

    family: Literal["gan"]
    anneal_from: Share | None = 0.5
    ema_rates: Annotated[tuple[Share, ...], Field(strict=False, min_length=1)] = (0.999,)
    generator_learning_rate: Positive
    discriminator_learning_rate: Positive
    adam_betas: Annotated[tuple[Share, Share], Field(strict=False)] = (0.0, 0.99)
    augmentation_shift: NonNegativeInt = 0
    """The largest shift, in pixels, of the images that the discriminator sees."""
    statistics_batches: PositiveInt = 4
    """Batches that the batch-norm statistics of each truncation are the mean of."""
    statistics_batch_size: PositiveInt = 500


Recipe: TypeAlias = DiffusionRecipe | UpsamplerRecipe | ClassifierRecipe | GanRecipe
FAMILIES: Mapping[str, type[Recipe]] = {
    "diffusion": DiffusionRecipe,
    "upsampler": UpsamplerRecipe,
    "classifier": ClassifierRecipe,
    "gan": GanRecipe,
}
OF_NO_CONSEQUENCE = ("data.workers", "log_every", "checkpoint_every", "score")
"""Keys, or mappings of them, that change how a training goes and not what it comes to."""


def recipe_names() -> list[str]:
    """The recipes that come with the package."""
    files = resources.files(f"{__package__}.recipes").iterdir()
    return sorted(file.name.removesuffix(".yaml") for file in files if file.name.endswith(".yaml"))


def packaged_recipe(name: str) -> str:
    """The YAML of a recipe of :func:`recipe_names`."""
    return resources.files(f"{__package__}.recipes").joinpath(f"{name}.yaml").read_text(encoding="utf-8")


def parse_recipe(tree: Mapping[str, Any], source: str) -> Recipe:
    """Checks a recipe that was read from ``source``.

    Raises:
        InputError: a key is unknown or missing, or a value is of the wrong kind; the message names the place.
    """
    family = tree.get("family")
    if family is None:
        raise InputError(f"{source}: family: this key is missing; choose one of {', '.join(FAMILIES)}")
    if not isinstance(family, str) or family not in FAMILIES:
        raise InputError(f"{source}: family: there is no family {family!r}; {hint(str(family), FAMILIES)}")
    kind = FAMILIES[family]
    try:
        return kind.model_validate(dict(tree))
    except ValidationError as error:
        # An unknown key first, as it may be a slip for one that is then missing.
        first, *others = sorted(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
        more = f" (and {len(others)} more)" if others else ""
        sentence = _sentence(first["type"], first["msg"], [str(part) for part in first["loc"]], kind)
        raise InputError(f"{source}: {sentence}{more}") from None


def _sentence(error: str, message: str, location: list[str], kind: type[Recipe]) -> str:
    """One of pydantic's complaints with its place: ``data.imges: unknown key; did you mean images?``."""
    place = ".".join(location)
    if error == "extra_forbidden":
        parts: dict[str, type[BaseModel]] = {"data": DataRecipe, "schedule": ScheduleEntry}
        known = parts.get(location[0], kind) if len(location) > 1 else kind
        return f"{place}: unknown key; {hint(location[-1], known.model_fields)}"
    if error == "missing":
        return f"{place}: this key is missing"
    if error == "model_type":
        return f"{place}: this must be a mapping"
    message = message.removeprefix("Value error, ").replace("a valid tuple", "a list")
    return f"{place}: {message[0].lower()}{message[1:]}" if place else message
