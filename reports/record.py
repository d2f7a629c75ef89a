"""The result record: everything that a report says about a run, and nothing that it does not.

``results.json`` is one :class:`RunRecord` as JSON. Numbers are finite; a missing value is ``null`` beside a ``reason``.
The schema's version is part of the file: an older record is migrated (:mod:`.migration`), and a newer one is refused
rather than misread.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from .answer_record import AnswerRecord, EqualQualityRecord, TradeOffRecord
from .fields import Count, Number, PositiveCount, Record, Setting
from .migration import OLDEST_VERSION, migrated
from .profile_record import ProfileRecord, SplitRecord, WorkRecord
from .readable_json import readable_json

__all__ = [
    "AnswerRecord",
    "Count",
    "EqualQualityRecord",
    "Number",
    "PointRecord",
    "PositiveCount",
    "ProfileRecord",
    "Record",
    "RecordError",
    "ReferenceRecord",
    "RunRecord",
    "ScoreRecord",
    "Setting",
    "SplitRecord",
    "TradeOffRecord",
    "WorkRecord",
    "first_error",
    "parse_record",
    "read_record",
    "to_json",
]

SCHEMA_FAMILY = "beatgans/results"
SCHEMA_VERSION = 2
SCHEMA: Literal["beatgans/results/2"] = "beatgans/results/2"


class RecordError(ValueError):
    """A result record cannot be used.

    The message is one sentence for the user: it names the file or field and says what would mend it.
    """


class ScoreRecord(Record):
    """One metric of one operating point."""

    value: Number | None
    """The score, or None where it could not be computed."""
    standard_error: Number | None = Field(ge=0)
    """One standard deviation of ``value`` over draws of the samples, or None where it could not be estimated."""
    n: Count
    """How many samples were scored."""
    higher_is_better: bool
    """True for inception_score, precision and recall; False for the distances."""
    reason: str | None = None
    """Why ``value`` or ``standard_error`` is missing."""
    replicates: tuple[Number, ...] | None = None
    """The value without each of the jackknife's groups of samples in turn, in their order, to nine digits.

    Two runs of the same seeds are compared by the differences of these. None where they are not known.
    """

    @model_validator(mode="after")
    def _missing_has_a_reason(self) -> Self:
        if self.value is None and self.standard_error is not None:
            raise ValueError("standard_error is given for a value that is null")
        if self.standard_error is None and not self.reason:
            raise ValueError("a null value or standard_error needs a reason")
        if self.replicates is not None and (self.value is None or len(self.replicates) < 2):
            raise ValueError("replicates are those of a value that is there, and at least two")
        return self


class PointRecord(Record):
    """One operating point: a row of the table, a dot of the figures. A setting that does not apply to it is None."""

    id: str = Field(min_length=1, max_length=255)
    """Readable and safe as a file name, for example ``digits-diffusion_ddim25_guidance1``; unique in its run."""
    model: str
    """The model's name, or that of the real images."""
    family: Literal["diffusion", "gan", "other", "real"]
    """``real`` is the floor that a perfect generator would reach; it competes with nothing. ``other`` is what another
    program makes or has made."""
    sampler: str | None = None
    """``ddpm``, ``ddim`` or a solver's name; None but for diffusion models."""
    respacing: str | None = None
    """The step schedule as it was asked for: ``250``, ``ddim25``."""
    steps: PositiveCount | None = None
    """Sampling steps per image; None but for diffusion models."""
    guidance: Number | None = Field(default=None, ge=0)
    """Scale of the classifier guidance, 0 for none; None but for diffusion models."""
    truncation: Number | None = Field(default=None, gt=0)
    """Scale of the truncated latent; None but for GANs."""
    eta: Number | None = Field(default=None, ge=0)
    """DDIM's eta, 0 for deterministic sampling; None elsewhere."""
    details: dict[str, Setting] = Field(default_factory=dict)
    """What else decides on the images: a GAN's latent, the second stage of a stack, a pipeline's arguments."""
    options: str | None = Field(default=None, max_length=200)
    """The settings that have no field of their own, in words, such as ``churn 40``; None where all are left alone."""
    num_images: Count
    """Images made and scored."""
    image_size: tuple[PositiveCount, PositiveCount] | None = None
    """Their height and width in pixels; None where that is not known, as in older records."""
    released: bool | None = None
    """Of images that claim to be a released batch: whether they have its number and size. None for all others."""
    num_parameters: Count | None = None
    """Parameters of the generating network, without the classifier; None for real images."""
    samples_sha256: str
    """Hash of the samples: equal hashes are equal images."""
    scores: dict[str, ScoreRecord]
    """By metric: fid, sfid, inception_score, precision, recall."""
    class_fids: dict[str, ScoreRecord] = Field(default_factory=dict)
    """FID of each class, by its label; empty where the suite does not ask for it or there are no labels."""
    profile: ProfileRecord
    warnings: tuple[str, ...] = ()
    """What a person would misread about this point, one sentence each."""


class ReferenceRecord(Record):
    """The real images that the samples were scored against."""

    name: str
    num_images: Count | None
    """None for statistics alone."""
    sha256: str
    released: bool | None = None
    """Of one that claims to be a released one: whether it has its number and size of images. None for all others."""


class RunRecord(Record):
    """A whole run: what was asked for, under what circumstances, and what came out."""

    schema_: Literal["beatgans/results/2"] = Field(default=SCHEMA, alias="schema")
    status: Literal["complete", "partial"]
    """``partial`` when points of the suite are missing, so that nobody takes a part for the whole."""
    name: str
    """The suite's name."""
    title: str
    created: str
    """When the record was made: ISO-8601 in UTC, for example ``2025-01-31T12:00:00+00:00``."""
    command: str
    """The command line that made it."""
    seed: int
    num_images: PositiveCount
    """Images of each operating point that the suite asks for."""
    labels: str
    """The label policy: ``balanced`` or ``uniform``."""
    reference: ReferenceRecord
    protocol: dict[str, Setting]
    """All that can change a score: extractor and its hash, resize, neighbours, data types, jackknife groups."""
    environment: dict[str, Setting]
    """All that can change a speed: python, platform, cpu, device, threads, versions."""
    warnings: tuple[str, ...] = ()
    """What a person would misread about the whole run, one sentence each."""
    answer: AnswerRecord | None = None
    """None when the suite does not set a diffusion model against a GAN."""
    trade_off: TradeOffRecord | None = None
    """None for a partial run, where no point has both a time and an FID, and in records from before this field."""
    points: tuple[PointRecord, ...]

    @model_validator(mode="after")
    def _points_are_consistent(self) -> Self:
        ids = Counter(point.id for point in self.points)
        repeated = next((name for name, count in ids.items() if count > 1), None)
        if repeated is not None:
            raise ValueError(f"two points have the id {repeated!r}")
        unknown = next((name for name in self._named_by_answers() if name not in ids), None)
        if unknown is not None:
            raise ValueError(f"the answer names the point {unknown!r}, which is not there")
        return self

    def _named_by_answers(self) -> list[str]:
        """The ids of points that the answers speak of."""
        named = [] if self.answer is None else [self.answer.point, self.answer.baseline_point]
        if self.trade_off is not None:
            curves = [point for curve in self.trade_off.equal_quality for point in curve.points]
            named += [*self.trade_off.pareto_front, self.trade_off.baseline_point, *curves]
        return [name for name in named if name is not None]

    @model_validator(mode="after")
    def _created_is_utc(self) -> Self:
        try:
            offset = datetime.fromisoformat(self.created).utcoffset()
        except ValueError:
            offset = None
        if offset != timedelta(0):
            raise ValueError(f"created is {self.created!r} and not a time in UTC such as 2025-01-31T12:00:00+00:00")
        return self


def to_json(record: RunRecord) -> str:
    """The record as JSON with sorted keys: equal records give equal bytes."""
    return readable_json(record.model_dump(mode="json", by_alias=True))


def read_record(path: Path | str) -> RunRecord:
    """Reads a ``results.json``.

    Raises:
        RecordError: the file is missing, is no record, or is one of a newer schema.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise RecordError(f"{path} cannot be read as a result record: {reason}") from error
    return parse_record(text, str(path))


def parse_record(text: str, name: str) -> RunRecord:
    """Reads a record from JSON; ``name`` is what errors call it.

    Raises:
        RecordError: as :func:`read_record`.
    """
    try:
        data = json.loads(text)
    except RecursionError as error:
        raise RecordError(f"{name} nests too deep to be a result record") from error
    except ValueError as error:
        raise RecordError(f"{name} is not JSON ({error}); make it again with `beatgans run`") from error
    version = _schema_version(data, name)
    if version < SCHEMA_VERSION:
        text = json.dumps({**migrated(data, version, SCHEMA_VERSION), "schema": SCHEMA})
    try:
        return RunRecord.model_validate_json(text, strict=True)
    except ValidationError as error:
        raise RecordError(f"{name} is not a valid {SCHEMA} record: {first_error(error)}") from error


def _schema_version(data: object, name: str) -> int:
    """The version of a record's schema, if it is one that can be read."""
    schema = data.get("schema") if isinstance(data, dict) else None
    match = re.fullmatch(rf"{SCHEMA_FAMILY}/(\d+)", schema) if isinstance(schema, str) else None
    if match is None:
        raise RecordError(f'{name} is not a beatgans result record: its "schema" is {schema!r} instead of {SCHEMA!r}')
    version = int(match[1])
    if version > SCHEMA_VERSION:
        raise RecordError(f"{name} has the newer schema {schema!r}; upgrade beatgans to read it")
    if version < OLDEST_VERSION:
        raise RecordError(f"{name} has the older schema {schema!r}; run the suite again to make a {SCHEMA!r} record")
    return version


def first_error(error: ValidationError) -> str:
    """The first of pydantic's complaints, as ``points.3.scores.fid.value: what is wrong``, and how many follow."""
    first, *others = error.errors(include_url=False)
    place = ".".join(map(str, first["loc"]))
    message = first["msg"].removeprefix("Value error, ")
    more = f" (and {len(others)} more)" if others else ""
    return f"{place}: {message}{more}" if place else f"{message}{more}"
