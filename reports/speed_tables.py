"""The tables of a profile, as text that any renderer can draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .notes import describe
from .profile_record import SplitRecord
from .render.markdown import escape
from .rounding import MISSING, mebibytes, significant
from .speed_profile import BatchSpeedRecord, ProfiledPointRecord, SpeedProfileRecord

KINDS = ("network", "guidance", "noise", "transfer", "sampler", "writing")


@dataclass(frozen=True)
class TextTable:
    """A table of text: the first column holds words, all others numbers."""

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def speed_tables(record: SpeedProfileRecord) -> tuple[TextTable, TextTable, TextTable]:
    """How fast the points are, what their images take, and where the time goes."""
    return (
        TextTable(
            "Speed of one process",
            ("Operating point", "Batch", "s/image", "10 %", "90 %", "Images/s", "Best batch", "Images/s there"),
            tuple((point.id, *_speed(point.used), *_best(point.best)) for point in record.points),
        ),
        TextTable(
            "What an image takes",
            ("Operating point", "NFE", "Classifier calls", "GFLOP", "Parameters", "Memory (MiB)", "J/image"),
            tuple((point.id, *_work(point)) for point in record.points),
        ),
        TextTable(
            "Where the time of an image goes, in ms",
            ("Operating point", *(kind.capitalize() for kind in KINDS)),
            tuple((point.id, *_split(point.split)) for point in record.points),
        ),
    )


def notes_of(record: SpeedProfileRecord) -> list[str]:
    """What is missing and why, and what it was measured with."""
    missing: dict[tuple[str, str], list[str]] = {}
    for point in record.points:
        for field, reason in point.reasons.items():
            missing.setdefault((field, reason), []).append(point.id)
    lacking = []
    for (field, reason), ids in missing.items():
        where = "all points" if len(ids) == len(record.points) else ", ".join(ids)
        lacking.append(f"No {field.replace('_', ' ')} ({reason}): {where}.")
    known = {name: value for name, value in record.environment.items() if value is not None}
    return [*lacking, f"Measured with {describe(known)}."]


def speed_markdown(record: SpeedProfileRecord) -> str:
    """The tables and their notes as GitHub-flavoured Markdown."""
    parts = [f"# Profile of {escape(record.name)}"]
    for table in speed_tables(record):
        rule = ["---", *(["---:"] * (len(table.headings) - 1))]
        rows = [[escape(text) for text in row] for row in (table.headings, *table.rows)]
        lines = [rows[0], rule, *rows[1:]]
        parts.append("\n".join([f"**{table.title}**", "", *(f"| {' | '.join(line)} |" for line in lines)]))
    parts.append("\n".join(f"- {escape(note)}" for note in notes_of(record)))
    return "\n\n".join(parts) + "\n"


def _speed(speed: BatchSpeedRecord) -> Sequence[str]:
    seconds = (speed.seconds_per_image, speed.seconds_per_image_p10, speed.seconds_per_image_p90)
    return (str(speed.batch_size), *map(significant, seconds), significant(speed.images_per_second))


def _best(speed: BatchSpeedRecord) -> Sequence[str]:
    return str(speed.batch_size), significant(speed.images_per_second)


def _work(point: ProfiledPointRecord) -> Sequence[str]:
    return (
        _count(point.network_evaluations),
        _count(point.classifier_evaluations),
        MISSING if point.flops_per_image is None else significant(point.flops_per_image / 1e9),
        _count(point.num_parameters),
        MISSING if point.peak_memory_bytes is None else mebibytes(point.peak_memory_bytes),
        MISSING if point.joules_per_image is None else significant(point.joules_per_image),
    )


def _split(split: SplitRecord | None) -> Sequence[str]:
    if split is None:
        return (MISSING,) * len(KINDS)
    return tuple(significant(1e3 * getattr(split, kind)) for kind in KINDS)


def _count(value: int | None) -> str:
    return MISSING if value is None else f"{value:,}"
