"""The footnotes of a results table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from .columns import Column
from .record import RunRecord, Setting

if TYPE_CHECKING:
    from .table import Row

HARDWARE_FIELDS = ("device", "dtype", "gpu", "cpu", "workers", "threads", "platform", "torch")
"""The fields of the environment that a speed is meaningless without, where the record has them."""


def notes_of(record: RunRecord, columns: Sequence[Column], rows: Sequence[Row]) -> tuple[str, ...]:
    """Says what the signs mean, how the scores and speeds came about, and what is missing."""
    return tuple(filter(None, (
        _partial_note(record),
        "± is one standard error. Bold is the best of a column and every score whose difference from it has a 95 % "
        "interval that includes zero; real images do not compete.",
        _protocol_note(record),
        *_number_notes(record),
        _classifier_note(record),
        _hardware_note(record),
        *_missing_notes(columns, rows),
    )))  # fmt: skip


def describe(settings: Mapping[str, Setting]) -> str:
    """Settings in one line, with long hashes cut short."""
    return ", ".join(f"{name.replace('_', ' ')} {shorten_hash(value)}" for name, value in sorted(settings.items()))


def shorten_hash(value: Setting) -> str:
    """A value as text; of a SHA-256 its first twelve digits."""
    text = str(value)
    return f"{text[:12]}…" if re.fullmatch(r"[0-9a-f]{64}", text) else text


def _partial_note(record: RunRecord) -> str | None:
    return "This run is partial: points of its suite are missing." if record.status == "partial" else None


def _protocol_note(record: RunRecord) -> str:
    reference = record.reference
    held = "statistics" if reference.num_images is None else f"{reference.num_images:,} images"
    return (
        f"{record.num_images:,} images of each point, labels {record.labels}, seed {record.seed}, against "
        f"{held} of {reference.name}. Protocol: {describe(record.protocol)}."
    )


def _number_notes(record: RunRecord) -> list[str]:
    """A note on each point of another number of images than the suite asks for."""
    return [
        f"{point.id} has {point.num_images:,} images instead of {record.num_images:,}: its scores, which depend "
        "on the number, are not to be compared with the others', and the figures leave it out."
        for point in record.points
        if point.num_images != record.num_images
    ]


def _classifier_note(record: RunRecord) -> str | None:
    guided = any(point.profile.classifier_evaluations for point in record.points)
    return "NFE counts the generating network; the guiding classifier is called besides." if guided else None


def _hardware_note(record: RunRecord) -> str | None:
    hardware = {name: record.environment[name] for name in HARDWARE_FIELDS if record.environment.get(name) is not None}
    if not hardware:
        return None
    return (
        f"Speeds and memory were measured with {describe(hardware)}; a speed is that of one process beside its "
        "neighbours, which share the machine."
    )


def _missing_notes(columns: Sequence[Column], rows: Sequence[Row]) -> list[str]:
    """One note a reason, with all that is missing for it."""
    missing: dict[str, list[str]] = {}
    for row in rows:
        for reason, what in _missing_of(columns, row).items():
            missing.setdefault(reason, []).append(f"{what} of {row.id}")
    return [f"Missing ({reason}): {', '.join(what)}." for reason, what in missing.items()]


def _missing_of(columns: Sequence[Column], row: Row) -> dict[str, str]:
    """What a row lacks, by reason."""
    missing: dict[str, list[Column]] = {}
    for column in columns:
        reason = row.cells[column.key].reason
        if reason:
            missing.setdefault(reason, []).append(column)
    costs = [column for column in columns if column.kind == "cost"]
    return {
        reason: "all costs" if lacking == costs else ", ".join(_what(column, row) for column in lacking)
        for reason, lacking in missing.items()
    }


def _what(column: Column, row: Row) -> str:
    return column.title if row.cells[column.key].value is None else f"standard error of {column.title}"
