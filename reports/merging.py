"""Several runs as one record, so that one report shows them together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from .notes import HARDWARE_FIELDS
from .record import PointRecord, RecordError, RunRecord, Setting

SHOWN = 3
"""Points that a remark names before it counts the others."""


@dataclass(frozen=True)
class Merged:
    """A record of several runs."""

    record: RunRecord
    """It has no answers: these are for those to give who can compare the points of all runs."""
    sources: Mapping[str, str]
    """The run that a point is from, by its id in the record."""
    origins: Mapping[str, str]
    """The id that a point has in that run, by its id in the record."""


def merge_records(records: Mapping[str, RunRecord]) -> Merged:
    """Puts the points of several runs, given by name, into one record.

    A point that two runs share, images and scores alike, is there once. Where two runs have different points of one id,
    the later run's model goes by its name and the run's.

    Raises:
        RecordError: the runs were not scored alike, so that their numbers do not belong in one table.
    """
    (first_name, first), *others = records.items()
    for name, other in others:
        _check_comparable(first_name, first, name, other)
    points: dict[str, PointRecord] = {}
    sources, origins, shared = {}, {}, []
    for name, record in records.items():
        clashing = {point.model for point in record.points if _clashes(point, points)}
        for point in record.points:
            if point.id in points and point.model not in clashing:
                shared.append(f"{point.id} of {name}")
                continue
            renamed = _renamed(point, name) if point.model in clashing else point
            points[renamed.id], sources[renamed.id], origins[renamed.id] = renamed, name, point.id
    merged = first.model_copy(
        update={
            "status": "partial" if any(record.status == "partial" for record in records.values()) else "complete",
            "name": " + ".join(records),
            "title": " / ".join(_distinct(record.title for record in records.values())),
            "created": max(record.created for record in records.values()),
            "command": "\n".join(_distinct(record.command for record in records.values())),
            "environment": _environment(records),
            "warnings": (*_remarks(records, shared), *_warnings(records)),
            "answer": None,
            "trade_off": None,
            "points": tuple(points.values()),
        }
    )
    return Merged(RunRecord.model_validate(dict(merged)), sources, origins)


def _check_comparable(first_name: str, first: RunRecord, name: str, other: RunRecord) -> None:
    """Refuses a run whose numbers came about in another way, naming the fields."""
    mine, theirs = (_conditions(record) for record in (first, other))
    differing = [
        f"{field} is {mine.get(field)!r} and {theirs.get(field)!r}"
        for field in sorted(mine.keys() | theirs.keys())
        if mine.get(field) != theirs.get(field)
    ]
    if differing:
        raise RecordError(
            f"{first_name} and {name} cannot stand in one table: {'; '.join(differing)}; make a report of each"
        )


def _conditions(record: RunRecord) -> dict[str, Setting]:
    """All that has to be the same for two scores to be compared."""
    return {
        **record.protocol,
        "labels": record.labels,
        "num_images": record.num_images,
        "reference": record.reference.name,
        "reference_sha256": record.reference.sha256,
    }


def _clashes(point: PointRecord, points: Mapping[str, PointRecord]) -> bool:
    """Whether another point of this id is there already."""
    there = points.get(point.id)
    return there is not None and (there.samples_sha256, there.scores) != (point.samples_sha256, point.scores)


def _renamed(point: PointRecord, run: str) -> PointRecord:
    safe = "".join(sign if sign.isalnum() or sign in "-._" else "-" for sign in run)
    return point.model_copy(update={"id": f"{point.id}_{safe}"[-255:], "model": f"{point.model} ({run})"})


def _distinct(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(texts))


def _environment(records: Mapping[str, RunRecord]) -> dict[str, Setting]:
    """The fields of all environments: where they differ, each run's, by its name."""
    fields = _distinct(field for record in records.values() for field in record.environment)
    environment: dict[str, Setting] = {}
    for field in sorted(fields):
        values = {name: record.environment.get(field) for name, record in records.items()}
        same = len(set(values.values())) == 1
        environment[field] = (
            next(iter(values.values())) if same else "; ".join(f"{name}: {value}" for name, value in values.items())
        )
    return environment


def _remarks(records: Mapping[str, RunRecord], shared: list[str]) -> list[str]:
    """What a reader of several runs must know besides."""
    remarks = []
    first = next(iter(records.values()))
    differing = [
        field
        for field in HARDWARE_FIELDS
        if any(record.environment.get(field) != first.environment.get(field) for record in records.values())
    ]
    if differing:
        remarks.append(
            f"The runs' speeds were measured under different circumstances ({', '.join(differing)}): do not compare"
            " them across runs."
        )
    seeds = {name: record.seed for name, record in records.items()}
    if len(set(seeds.values())) > 1:
        told = ", ".join(f"{name}: {seed}" for name, seed in seeds.items())
        remarks.append(f"The runs have different seeds ({told}), so that equal images are not to be looked for.")
    if shared:
        more = f" and {len(shared) - SHOWN} more" if len(shared) > SHOWN else ""
        remarks.append(
            f"Shown once, as an earlier run has the same images and scores: {', '.join(shared[:SHOWN])}{more}."
        )
    return remarks


def _warnings(records: Mapping[str, RunRecord]) -> list[str]:
    """The runs' own warnings, each with the run's name."""
    return [f"{name}: {warning}" for name, record in records.items() for warning in record.warnings]
