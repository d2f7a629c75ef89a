"""The baseline: what a run is held against, small enough to be reviewed and committed.

One JSON file with sorted keys: who accepted it, when and why, the policy, the protocol, and a line for each score. The
replicates of the jackknife, which nobody reads and pairing needs, stand apart at the end of the file's points.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..reference_batches import atomic_write
from ..reports import PointRecord, ReferenceRecord, RunRecord, ScoreRecord
from ..reports.readable_json import is_plain, readable_json
from ..reports.record import Count, Setting, first_error
from ..reports.rounding import to_digits
from ..reports.verdict import BaselineOrigin
from .errors import CannotJudgeError
from .policy import Policy

SCHEMA_FAMILY = "beatgans/baseline"
SCHEMA_VERSION = 1
SCHEMA: Literal["beatgans/baseline/1"] = "beatgans/baseline/1"

PROVENANCE = ("beatgans", "torch", "numpy", "device", "device_name", "matmul_tf32", "convolution_tf32", "git_commit")


class PointBaseline(BaseModel):
    """What one operating point has come to."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    num_images: Count
    samples_sha256: str
    """Of the pixels: equal hashes are equal images."""
    scores: dict[str, ScoreRecord] = Field(min_length=1)

    @classmethod
    def of(cls, point: PointRecord) -> Self:
        """What a point of a run has come to, to nine digits."""
        scores = {metric: _rounded(score) for metric, score in point.scores.items()}
        return cls(num_images=point.num_images, samples_sha256=point.samples_sha256, scores=scores)


class Baseline(BaseModel):
    """An accepted run."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)

    schema_: Literal["beatgans/baseline/1"] = Field(default=SCHEMA, alias="schema")
    accepted: BaselineOrigin
    suite: str
    """The suite's name."""
    seed: int
    """Runs of the same seed are compared paired."""
    labels: str
    """The label policy."""
    reference: ReferenceRecord
    protocol: dict[str, Setting]
    """All that can change a score of the same images."""
    made_with: dict[str, Setting]
    """What of the environment can change pixels, for whoever wonders why they differ."""
    policy: Policy
    points: dict[str, PointBaseline] = Field(min_length=1)
    """By operating point."""


def _rounded(score: ScoreRecord) -> ScoreRecord:
    numbers = {name: getattr(score, name) for name in ("value", "standard_error")}
    known = {name: to_digits(value) for name, value in numbers.items() if value is not None}
    return score.model_copy(update=known)


def made_with(record: RunRecord) -> dict[str, Setting]:
    """What of a run's environment can change pixels."""
    return {name: record.environment.get(name) for name in PROVENANCE}


def read_baseline(path: Path) -> Baseline:
    """Reads a baseline.

    Raises:
        CannotJudgeError: there is none, it cannot be read, or it is of another kind or version.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise CannotJudgeError(
            f"there is no baseline {path}; make one with `beatgans baseline accept RUN -o {path} --reason TEXT`"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise CannotJudgeError(f"the baseline {path} cannot be read: {reason}") from error
    return parse_baseline(text, str(path))


def parse_baseline(text: str, name: str) -> Baseline:
    """Reads a baseline from JSON; ``name`` is what errors call it.

    Raises:
        CannotJudgeError: as :func:`read_baseline`.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = "it nests too deep" if isinstance(error, RecursionError) else str(error)
        raise CannotJudgeError(f"{name} is not JSON ({reason}); take it from git again, or accept a new one") from error
    _check_schema(data, name)
    try:
        return Baseline.model_validate_json(json.dumps(_with_replicates(data)), strict=True)
    except ValidationError as error:
        raise CannotJudgeError(
            f"{name} is not a valid {SCHEMA} file: {first_error(error)}; take it from git again, or accept a new one"
        ) from error


def write_baseline(path: Path, baseline: Baseline) -> None:
    """Writes a baseline, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    with atomic_write(path) as file:
        file.write(baseline_json(baseline).encode())


def baseline_json(baseline: Baseline) -> str:
    """A baseline as JSON with sorted keys and a line for each score: equal baselines give equal bytes."""
    data = baseline.model_dump(mode="json", by_alias=True)
    data["replicates"] = {
        point: {metric: score.pop("replicates") for metric, score in entry["scores"].items()}
        for point, entry in data["points"].items()
    }
    sections = (data["accepted"], data["made_with"], data["protocol"], data["reference"])
    return readable_json(data, flat=lambda value: is_plain(value) and not any(value is section for section in sections))


def _check_schema(data: object, name: str) -> None:
    schema = data.get("schema") if isinstance(data, dict) else None
    match = re.fullmatch(rf"{SCHEMA_FAMILY}/(\d{{1,9}})", schema) if isinstance(schema, str) else None
    if match is None:
        raise CannotJudgeError(f'{name} is no baseline: its "schema" is {_short(schema)} instead of {SCHEMA!r}')
    if int(match[1]) > SCHEMA_VERSION:
        raise CannotJudgeError(f"{name} has the newer schema {schema!r}; upgrade beatgans to read it")
    if int(match[1]) < SCHEMA_VERSION:
        raise CannotJudgeError(f"{name} has the older schema {schema!r}; accept a new baseline to replace it")


def _short(value: object) -> str:
    return repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:60]}..."


def _with_replicates(data: dict[str, Any]) -> dict[str, Any]:
    """The file's content with the replicates moved into their scores; whatever is malformed is left to be refused."""
    if not isinstance(data.get("replicates"), dict) or not isinstance(data.get("points"), dict):
        return data
    return {name: value for name, value in data.items() if name != "replicates"} | {
        "points": {point: _merged(entry, data["replicates"].get(point)) for point, entry in data["points"].items()}
    }


def _merged(entry: Any, replicates: Any) -> Any:
    if not isinstance(entry, dict) or not isinstance(entry.get("scores"), dict) or not isinstance(replicates, Mapping):
        return entry
    scores = {
        metric: score | {"replicates": replicates.get(metric)} if isinstance(score, dict) else score
        for metric, score in entry["scores"].items()
    }
    return entry | {"scores": scores}
