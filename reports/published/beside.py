"""Which published numbers may stand beside measured ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from ..columns import METRIC_TITLES
from ..record import RunRecord
from ..row import Cell, Row
from .errata import errata
from .scores import PublishedRow, published_scores
from .tables import score_cell

REFERENCES = {
    **{f"imagenet{size}": ("ImageNet", size) for size in (64, 128, 256, 512)},
    "lsun-bedroom": ("LSUN Bedrooms", 256),
    "lsun-cat": ("LSUN Cats", 256),
    "lsun-horse": ("LSUN Horses", 256),
}
"""Data set and resolution of the released references, by the name in the catalog."""
NUM_IMAGES = 50_000
MARK = (
    "† is a published number, of the same evaluator, reference, size and number of images, as its source prints it; "
    "nothing of it was measured here, it competes for nothing, and a dash says that the source prints none. Sources:"
)
OTHER_LABELS = (
    "The published models of ImageNet were sampled with labels drawn at random; this run took the classes in turn,"
    " which favours it."
)
TABLES_OF_ADM = ("Table 5", "Table 6", "Table 16")
"""Sample quality, upsampling, and LSUN with fewer steps."""


class Beside(NamedTuple):
    """Published rows for a measured table, and what to know of them."""

    rows: tuple[Row, ...] = ()
    remarks: tuple[str, ...] = ()


def why_not_beside(record: RunRecord) -> str | None:
    """Why no published number may stand beside this run's, or None where some may.

    Evaluator, extractor, reference, size and number of images have to be the same; of other labels there is a remark.
    """
    protocol = record.protocol
    differences = [
        f"{what} is {mine} and there {theirs}"
        for what, mine, theirs in (
            ("the protocol", protocol.get("protocol"), "adm"),
            ("the extractor", protocol.get("extractor"), "inception"),
            ("the number of images", f"{record.num_images:,}", f"{NUM_IMAGES:,}"),
        )
        if mine != theirs
    ]
    if record.reference.name not in REFERENCES:
        differences.append(f"the reference is {record.reference.name} and there one of {', '.join(REFERENCES)}")
    else:
        differences += _unlike(record, REFERENCES[record.reference.name][1])
    return "; ".join(differences) or None


def _unlike(record: RunRecord, resolution: int) -> Iterator[str]:
    """In what the reference and the first of the points that compete differ from the published ones, if in anything."""
    if record.reference.released is False:
        yield f"the file of {record.reference.name} is not the released one"
    for point in record.points:
        if point.family == "real":
            continue
        if point.released is False:
            yield f"the file of {point.model} is not the released one"
        elif point.num_images != NUM_IMAGES:
            yield f"{point.id} has {point.num_images:,} images and there are {NUM_IMAGES:,}"
        elif point.image_size not in (None, (resolution, resolution)):
            height, width = point.image_size
            yield f"the images of {point.id} are {height}x{width} and there {resolution}x{resolution}"
        else:
            continue
        return


def published_beside(record: RunRecord, everything: bool = False) -> Beside:
    """Published numbers that a run's may be compared with, each marked; none where :func:`why_not_beside`.

    Numbers that were not read in a source are left out. A row that is printed in two tables is taken from that which
    prints more of its scores.

    Args:
        record: the run.
        everything: also the papers that came after ADM.
    """
    if why_not_beside(record) is not None:
        return Beside()
    images = REFERENCES[record.reference.name]
    chosen: dict[tuple[str, ...], PublishedRow] = {}
    for row in published_scores():
        if (row.dataset, row.resolution) == images and _is_comparable(row) and (everything or _is_of_adm(row)):
            key = (row.model, row.steps, *(row.printed.get(metric, "") for metric in ("fid", "precision", "recall")))
            chosen[key] = max(chosen.get(key, row), row, key=lambda each: len(each.printed))
    rows = tuple(_marked(row, number) for number, row in enumerate(chosen.values()))
    remarks = _remarks(list(chosen.values()))
    drawn_otherwise = rows and images[0] == "ImageNet" and record.labels != "uniform"
    return Beside(rows, (*remarks, OTHER_LABELS) if drawn_otherwise else remarks)


def _remarks(rows: list[PublishedRow]) -> tuple[str, ...]:
    """What the mark means, where the rows are from, and their errata."""
    citations = dict.fromkeys(f"{row.provenance.paper}: {row.provenance.citation}" for row in rows)
    numbers = sorted({number for row in rows for number in row.provenance.errata})
    if not rows:
        return ()
    return (f"{MARK} {'; '.join(citations)}.", *(f"[{number}] {errata()[number].text}" for number in numbers))


def _is_comparable(row: PublishedRow) -> bool:
    return row.evaluator == "adm" and row.images == NUM_IMAGES and row.provenance.confidence == "sourced"


def _is_of_adm(row: PublishedRow) -> bool:
    return row.provenance.paper == "ADM" and row.provenance.table.startswith(TABLES_OF_ADM)


def _marked(row: PublishedRow, number: int) -> Row:
    """A row in the columns of a measured table, its model with a dagger."""
    name = f"{row.model} †"
    steps = int(row.steps) if row.steps.isdigit() else None
    place = " ".join([row.provenance.place, *(f"[{number}]" for number in row.provenance.errata)])
    cells = {
        "model": Cell(name, name),
        "source": Cell(f"{row.provenance.paper}, {row.provenance.table} ({row.provenance.citation})", place),
    }
    if row.steps:
        cells["steps"] = Cell(steps, row.steps)
    if row.guidance:
        cells["guidance"] = Cell(None, row.guidance)
    label = ", ".join(filter(None, [f"{row.steps} steps" if row.steps else "", row.guidance])) or "as published"
    return Row(
        id=f"published{number}_{row.provenance.paper}_{row.model}",
        model=name,
        group=name,
        label=f"{label} ({place})",
        kind="published",
        cells=cells | {metric: score_cell(row, metric) for metric in METRIC_TITLES},
    )
