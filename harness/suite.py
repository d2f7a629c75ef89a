"""Suites: what to sample and how to score it, as people write it in YAML.

A suite is read in three steps: the YAML, the command line's ``--set`` over it, and the checks of this module's types.
What the entries of ``points`` mean, :mod:`.points` says.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib import resources
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PositiveInt,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from ..evaluator import METRICS
from ..reference_batches import InputError, hint
from .named_yaml import read_named_yaml
from .overrides import apply_overrides

Value = TypeVar("Value")
Model = TypeVar("Model", bound=BaseModel)

MOST_IMAGES = 10_000_000
"""Of an operating point: two hundred times what papers take; more is a slip of the finger."""
MOST_SHARDS = 1_000_000
"""Of an operating point: each is a file."""


def as_list(value: object) -> object:
    """A list as it is, and anything else as a list of it alone."""
    return value if isinstance(value, list) else [value]


def not_empty(values: tuple[Value, ...]) -> tuple[Value, ...]:
    """Refuses a list of nothing. It is looked at last, so that a mistake within a list is reported alone."""
    if not values:
        raise ValueError("the list is empty; give at least one")
    return values


def distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """Refuses a list of nothing, and one that has a name twice."""
    repeated = next((name for name in names if names.count(name) > 1), None)
    if repeated is not None:
        raise ValueError(f"{repeated!r} is listed twice; leave one out")
    return not_empty(names)


Sweep = Annotated[tuple[Value, ...], Field(strict=False), BeforeValidator(as_list), AfterValidator(not_empty)]
"""One value or a list of them, of which each makes operating points of its own."""


class UpsamplerSpec(BaseModel):
    """How the second stage of a stack is sampled."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    sampler: str
    """As of a point."""
    steps: Sweep[PositiveInt] | None = None
    """As of a point."""
    respacing: Sweep[str] | None = None
    """In place of ``steps``."""
    eta: Sweep[float] | None = None
    """As of a point."""


class PointSpec(BaseModel):
    """One entry of ``points``: a model under all combinations of the listed settings, or a set of existing images."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    model: str | None = None
    """A model: its name in the catalog, a path, or what else docs/models.md says that a model can be called."""
    images: str | None = None
    """In place of a model: a built-in reference, a batch file, a folder or a zip archive, as a row of real images."""
    sampler: str | None = None
    """``ddpm``, ``ddim`` or one of the solvers, such as ``dpm-solver++2m``; diffusion models only."""
    steps: Sweep[PositiveInt] | None = None
    """Sampling steps: N stands for the respacing ``N`` with ddpm, ``ddimN`` with ddim, ``karrasN`` with heun and
    ``uniformN`` with the other solvers."""
    respacing: Sweep[str] | None = None
    """In place of ``steps``: the steps in the notation of guided-diffusion, such as ``10,15,20``."""
    guidance: Sweep[float] | None = None
    """Scales of the classifier guidance; 0, the default, is none."""
    truncation: Sweep[float] | None = None
    """Scales of the latent; GANs only."""
    eta: Sweep[float] | None = None
    """The share of DDPM's noise in DDIM; 0 by default."""
    upsampler: UpsamplerSpec | None = None
    """The settings of the second stage; stacks only."""
    classifier_free: Sweep[float] | None = None
    """Scales of the classifier-free guidance, for models that were trained with a label for no class; 0 by default."""
    guidance_interval: Sweep[str] | None = None
    """The timesteps at which guidance acts, such as ``200-800``; all by default."""
    clip: bool = True
    """Whether predicted images are kept within [-1, 1]."""
    churn: Sweep[float] | None = None
    """EDM's S_churn, the noise that heun adds anew; 0 by default."""
    churn_interval: str | None = None
    """The noise levels between which it does, such as ``0.05-50``; all by default."""
    churn_noise: float | None = None
    """The standard deviation of that noise; 1 by default."""


class Suite(BaseModel):
    """A benchmark: operating points, the real images they are measured against, and the protocol of the measurement."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)
    """Names the run's folder."""
    title: str | None = None
    """What the report is headed with; the name by default."""
    reference: str
    """What samples are scored against: whatever ``beatgans evaluate`` takes, such as a file of ADM."""
    extractor: str
    """What turns images into features."""
    extractor_weights: str | None = None
    """A file, or for some extractors a folder, in place of the extractor's own weights."""
    protocol: Literal["adm", "exact"] = "adm"
    """``adm`` computes what OpenAI's evaluator does, ``exact`` what the formulas say."""
    metrics: Annotated[tuple[str, ...], Field(strict=False), BeforeValidator(as_list), AfterValidator(distinct)] = (
        METRICS
    )
    """Which scores; those of ADM by default."""
    class_fid: bool = False
    """Whether to compute the FID of each class as well, where samples and reference have labels."""
    baseline: str | None = None
    """The model to be beaten; without one the report gives no answer."""
    num_images: int = Field(gt=0, le=MOST_IMAGES)
    """Samples of every operating point."""
    seed: int = Field(0, ge=0, lt=2**64)
    """Sample i of a run depends on its operating point, this seed and i alone."""
    labels: Literal["balanced", "uniform"] = "balanced"
    """``balanced`` takes the classes in turn, ``uniform`` draws each label."""
    shard_size: PositiveInt = 50
    """Images of a shard, which is the unit of work and of resume."""
    batch_size: PositiveInt | None = None
    """Images sampled at once; a whole shard by default."""
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    """What diffusion models are computed in; float16 needs a GPU."""
    points: Annotated[tuple[PointSpec, ...], Field(strict=False), AfterValidator(not_empty)]
    """The operating points, each entry standing for one or more."""

    _source: str = PrivateAttr("the suite")

    @property
    def source(self) -> str:
        """What messages call it: the name or path that it was read from."""
        return self._source

    @model_validator(mode="after")
    def _shards_are_not_too_many(self) -> Self:
        shards = math.ceil(self.num_images / self.shard_size)
        if shards > MOST_SHARDS:
            raise ValueError(f"shard_size: {shards:,} shards are over {MOST_SHARDS:,}; choose a larger shard_size")
        return self


def suite_names() -> list[str]:
    """The built-in suites."""
    return sorted(file.name.removesuffix(".yaml") for file in _folder().iterdir() if file.name.endswith(".yaml"))


def load_suite(name_or_path: str, overrides: Sequence[str] = ()) -> Suite:
    """Reads a suite, built-in or one's own, with ``key=value`` overrides in dotted notation.

    Raises:
        InputError: there is no such suite, or it or an override is not well formed; the message names the place.
    """
    tree, source = read_named_yaml("suite", name_or_path, suite_names(), _text_of, Suite.model_fields)
    return parse_suite(apply_overrides(tree, overrides), source)


def parse_suite(tree: dict[str, Any], source: str) -> Suite:
    """Checks a suite that was read from ``source``.

    Raises:
        InputError: a key is unknown or missing, or a value is of the wrong kind.
    """
    suite = _checked(Suite, tree, source)
    suite._source = source
    return suite


def parse_point(tree: dict[str, Any], source: str) -> PointSpec:
    """Checks an entry of ``points`` that stands by itself and comes from ``source``.

    Raises:
        InputError: a key is unknown, or a value is of the wrong kind.
    """
    return _checked(PointSpec, tree, source)


def _checked(kind: type[Model], tree: dict[str, Any], source: str) -> Model:
    try:
        return kind.model_validate(tree)
    except ValidationError as error:
        # An unknown key first, as it may be a slip for one that is then missing.
        first, *others = sorted(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
        more = f" (and {len(others)} more)" if others else ""
        raise InputError(
            f"{source}: {_sentence(first['type'], first['msg'], first['loc'], tree, kind)}{more}"
        ) from error


def _folder() -> resources.abc.Traversable:
    return resources.files(f"{__package__}.suites")


def _text_of(name: str) -> str:
    return _folder().joinpath(f"{name}.yaml").read_text(encoding="utf-8")


def _sentence(kind: str, message: str, location: tuple[int | str, ...], tree: object, checked: type[BaseModel]) -> str:
    """One of pydantic's complaints with its place: ``points[2].guidanse: unknown key; did you mean guidance?``."""
    place = yaml_path(location, tree)
    if kind == "extra_forbidden":
        known = PointSpec if location[0] == "points" else checked
        return f"{place}: unknown key; {hint(str(location[-1]), known.model_fields)}"
    if kind == "missing":
        return f"{place}: this key is missing"
    if kind == "model_type":
        return f"{place}: an entry must be a mapping, such as {{model: digits-gan, truncation: 1}}"
    message = message.removeprefix("Value error, ").replace("a valid tuple", "a list")
    return f"{place}: {message[0].lower()}{message[1:]}" if place else message


def yaml_path(location: Sequence[int | str], tree: object) -> str:
    """A place in a YAML tree as people write it; no deeper than the tree, where one value may stand for a list."""
    path = ""
    for key in location:
        if isinstance(key, int):
            if not isinstance(tree, list):
                break
            path, tree = f"{path}[{key}]", tree[key]
        else:
            path = f"{path}.{key}" if path else key
            tree = tree.get(key) if isinstance(tree, dict) else None
    return path
