"""Operating points: what the entries of a suite's ``points`` stand for, one row of the table each."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from ..generators import ModelEntry, SamplerSettings, find_model, respacing_of, spacing_of
from ..generators.adapters.entries import ImagesEntry
from ..generators.stack import StackEntry
from ..reference_batches import REFERENCES, InputError, hint
from .suite import PointSpec, Suite

LONGEST_ID = 120  # letters; file systems take 255 bytes
FOR_MODELS = tuple(field for field in PointSpec.model_fields if field not in ("model", "images"))
SWEPT = ("guidance", "truncation", "eta", "classifier_free", "guidance_interval", "churn")
"""The settings of which a list makes an operating point each, the last changing fastest."""
DEFAULTS = SamplerSettings(sampler=None, respacing=None)
UNSAFE = re.compile(r"[^A-Za-z0-9._+-]+")
"""What no file name should have."""


@dataclass(frozen=True)
class OperatingPoint:
    """A model under one choice of sampler settings, or a set of existing images.

    Attributes:
        id: readable, unique in its suite and safe as a file name.
        model: the model's name, or that of the images.
        family: ``"real"`` for real images, ``"other"`` for images that another program makes or has made.
        settings: how the model is sampled; None for existing images.
        images: the name or path of existing images; None for a model.
        source: what the suite calls the model where that is not its name: a path, or what else
            :mod:`beatgans.generators.naming` knows.
    """

    id: str
    model: str
    family: Literal["diffusion", "gan", "other", "real"]
    settings: SamplerSettings | None
    images: str | None = None
    source: str | None = None

    @property
    def named(self) -> str:
        """By what the model is found."""
        return self.source or self.model

    @property
    def entry(self) -> ModelEntry | None:
        """What there is to know about the model; None for existing images."""
        return find_model(self.named) if self.settings else None

    def evaluations(self) -> tuple[int, int] | None:
        """The evaluations of network and guiding classifier that one image takes; none for existing images.

        None where another program makes the images and does not tell.
        """
        return self.entry.evaluations(self.settings) if self.entry and self.settings else (0, 0)

    def most_images(self) -> int | None:
        """How many images a stack can make of a base that exists already, one of each; None for what has no end."""
        entry = self.entry
        base = entry.stages[0] if isinstance(entry, StackEntry) else None
        return base.num_images if isinstance(base, ImagesEntry) else None

    def steps(self) -> int | None:
        """The number of sampling steps; None for what has none."""
        return self.entry.steps(self.settings) if self.entry and self.settings else None


def operating_points(suite: Suite) -> tuple[OperatingPoint, ...]:
    """All operating points of a suite, in its order.

    Raises:
        InputError: a model is unknown or cannot be sampled so, a point appears twice, or the baseline has no point; the
            message names the suite and the place in it.
    """
    try:
        return _operating_points(suite)
    except InputError as error:
        raise InputError(f"{suite.source}: {error}") from error


def _operating_points(suite: Suite) -> tuple[OperatingPoint, ...]:
    points: dict[str, OperatingPoint] = {}
    sources: dict[str, str] = {}
    for number, spec in enumerate(suite.points):
        for point in _expand(spec, f"points[{number}]"):
            if point.id in points:
                raise InputError(f"points[{number}]: {point.id} is there already; leave one of the two out")
            if sources.setdefault(point.model, point.named) != point.named:
                raise InputError(
                    f"points[{number}].model: {sources[point.model]} and {point.named} are both named {point.model}; "
                    "give one of the two another name"
                )
            points[point.id] = point
    models = {point.model for point in points.values() if point.family != "real"}
    if suite.baseline is not None and suite.baseline not in models:
        raise InputError(f"baseline: no point samples {suite.baseline!r}; {hint(suite.baseline, sorted(models))}")
    return tuple(points.values())


def points_of_model(spec: PointSpec) -> tuple[OperatingPoint, ...]:
    """The operating points of one entry that stands by itself, with its ``model``.

    Raises:
        InputError: there is no such model, or it cannot be sampled so.
    """
    return tuple(_expand(spec, f"model {spec.model}"))


def select_points(points: Sequence[OperatingPoint], patterns: Sequence[str]) -> tuple[OperatingPoint, ...]:
    """Those points whose ids match any of some shell patterns such as ``*ddim25*``; all of them without one.

    Raises:
        InputError: a pattern matches none.
    """
    for pattern in patterns:
        if not any(fnmatchcase(point.id, pattern) for point in points):
            raise InputError(
                f"--only {pattern} matches no operating point; there are {', '.join(point.id for point in points)}"
            )
    return tuple(
        point for point in points if not patterns or any(fnmatchcase(point.id, pattern) for pattern in patterns)
    )


def _expand(spec: PointSpec, place: str) -> Iterator[OperatingPoint]:
    """The operating points of one entry, the last of the listed settings changing fastest."""
    if (spec.model is None) == (spec.images is None):
        raise InputError(f"{place}: give either model or images")
    if spec.images is not None:
        yield _existing_images(spec, spec.images, place)
        return
    assert spec.model is not None
    try:
        entry = find_model(spec.model)
    except InputError as error:
        raise InputError(f"{place}.model: {error}") from error
    if entry.family == "images":
        yield replace(_existing_images(spec, spec.model, place), model=entry.name, family="other", source=spec.model)
        return
    for values in itertools.product(
        _respacings(spec, entry, place),
        *(getattr(spec, field) or (getattr(DEFAULTS, field),) for field in SWEPT),
        _upsamplers(spec, place),
    ):
        chosen: dict[str, Any] = dict(zip(("respacing", *SWEPT, "upsampler"), values, strict=True))
        settings = SamplerSettings(
            sampler=spec.sampler,
            clip=spec.clip,
            churn_interval=spec.churn_interval,
            churn_noise=DEFAULTS.churn_noise if spec.churn_noise is None else spec.churn_noise,
            **chosen,
        )
        try:
            entry.check(settings)
        except InputError as error:
            raise InputError(f"{place}: {error}") from error
        yield point_of(spec.model, settings)


def point_of(model: str, settings: SamplerSettings) -> OperatingPoint:
    """The operating point of a model, by its name or path, under settings that it accepts.

    Raises:
        InputError: there is no such model.
    """
    entry = find_model(model)
    return OperatingPoint(point_id(entry.name, settings), entry.name, entry.reported_as, settings, source=model)


def _existing_images(spec: PointSpec, images: str, place: str) -> OperatingPoint:
    surplus = [field for field in FOR_MODELS if field in spec.model_fields_set]
    if surplus:
        raise InputError(f"{place}.{surplus[0]}: images exist already and are not sampled; leave {surplus[0]} out")
    name = images if images in REFERENCES else Path(images).stem
    return OperatingPoint(_shortened(re.sub(r"[^A-Za-z0-9.-]+", "-", name)), name, "real", None, images, images)


def _respacings(spec: PointSpec, entry: ModelEntry, place: str) -> Sequence[str | None]:
    """The respacings that an entry asks for by ``steps`` or by ``respacing``; one None for a GAN."""
    if spec.steps is None:
        return spec.respacing or (None,)
    if spec.respacing is not None:
        raise InputError(f"{place}.steps: give either steps or respacing")
    try:
        return [entry.respacing_of(spec.sampler, steps) for steps in spec.steps]
    except InputError as error:
        raise InputError(f"{place}.steps: {error}") from error


def _upsamplers(spec: PointSpec, place: str) -> Sequence[SamplerSettings | None]:
    """The settings of a stack's second stage; one None where there is none."""
    stage = spec.upsampler
    if stage is None:
        return (None,)
    if (stage.steps is None) == (stage.respacing is None):
        raise InputError(f"{place}.upsampler: give either steps or respacing")
    respacings = stage.respacing or [respacing_of(stage.sampler, steps) for steps in stage.steps or ()]
    pairs = itertools.product(respacings, stage.eta or (0.0,))
    return [SamplerSettings(stage.sampler, respacing, eta=eta) for respacing, eta in pairs]


def point_id(model: str, settings: SamplerSettings) -> str:
    """A readable name for a model under these settings, such as ``digits-diffusion_ddim25_guidance1``."""
    parts = [UNSAFE.sub("-", model)]
    if settings.respacing is not None:
        own = settings.sampler is None  # a pipeline's, of which only the number of steps is said
        parts.append(f"steps{settings.respacing}" if own else _steps_name(str(settings.sampler), settings.respacing))
    if settings.guidance != 0:
        parts.append(f"guidance{_number(settings.guidance)}")
    if settings.truncation is not None:
        parts.append(f"truncation{_number(settings.truncation)}")
    if settings.eta != 0:
        parts.append(f"eta{_number(settings.eta)}")
    if settings.classifier_free != 0:
        parts.append(f"free{_number(settings.classifier_free)}")
    if settings.guidance_interval is not None:
        parts.append(f"within{settings.guidance_interval}")
    if settings.churn != 0:
        parts.append(f"churn{_number(settings.churn)}")
    if settings.churn_interval is not None:
        parts.append(f"between{settings.churn_interval}")
    if settings.churn_noise != 1:
        parts.append(f"noise{_number(settings.churn_noise)}")
    if not settings.clip:
        parts.append("unclipped")
    if settings.upsampler is not None:
        parts.append(point_id("upsampler", settings.upsampler))
    return _shortened("_".join(parts))


def _shortened(name: str) -> str:
    """A name that a file can have; what is cut off a longer one is told apart by its hash."""
    if len(name) <= LONGEST_ID:
        return name
    tail = hashlib.sha256(name.encode()).hexdigest()[:12]
    return f"{name[: LONGEST_ID - len(tail) - 1]}-{tail}"


def _steps_name(sampler: str, respacing: str) -> str:
    """``ddim25`` for DDIM's own stride, ``ddpm25`` for evenly spread steps, ``ddim-25`` where the two are mixed.

    The solvers have ``unipc-10`` for their own spacing, ``unipc-karras10`` for another of theirs and ``unipc-spaced10``
    for that of guided-diffusion.
    """
    own, is_solver = spacing_of(sampler), sampler not in ("ddpm", "ddim")
    steps = respacing.removeprefix(own)
    if f"{own}{steps}" == respacing and steps.isdigit():
        return f"{sampler}-{steps}" if is_solver else f"{sampler}{steps}"
    if is_solver and respacing.isdigit():
        return f"{sampler}-spaced{respacing}"
    return f"{sampler}-{respacing.replace(',', '-')}"


def _number(value: float) -> str:
    """The shortest text that reads back as the same number, without a trailing ``.0``."""
    return repr(float(value)).removesuffix(".0")
