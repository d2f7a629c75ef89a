"""The footnotes that a record gives its table."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .record import RunRecord, Setting

HARDWARE_FIELDS = ("device", "gpu", "cpu", "workers", "threads", "platform", "torch")
"""The fields of the environment that a speed is meaningless without, where the record has them."""


def remarks_on(record: RunRecord) -> tuple[str, ...]:
    """Says what the signs mean, and how the scores and speeds came about."""
    return tuple(filter(None, (
        _partial_note(record),
        "± is one standard error. Bold is the best of a column and every score whose 95 % interval overlaps that of "
        "the best; real images do not compete.",
        _protocol_note(record),
        *_number_notes(record),
        _classifier_note(record),
        _hardware_note(record),
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
