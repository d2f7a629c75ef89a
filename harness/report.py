"""The report of a run, or of several: everything that people read, written to a folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from functools import cache, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..reference_batches import Batch, InputError, atomic_write, read_batch
from ..reports import ResultsTable, RunRecord, results_table
from ..reports.drawing import OPTIONAL, draw_all
from ..reports.figures import to_png, to_svg
from ..reports.grids import sample_grid
from ..reports.layouts import LAYOUTS, equal_quality, layouts_of
from ..reports.layouts.equal_quality import NAME as EQUAL_QUALITY
from ..reports.page import render_page
from ..reports.pictures import steps_rows
from ..reports.published import Beside, published_beside
from ..reports.render import csv, html, latex, markdown
from .folder import NOTATIONS, RunFolder
from .neighbours import nearest_real_images

GRID_IMAGES = 60
MOST_GRIDS = 60
"""Operating points whose samples a report shows."""
DRAW: dict[str, Callable[[ResultsTable], str]] = {
    "md": markdown,
    "tex": latex,
    "csv": csv,
    "html": html,
}


NOTHING = Beside()


@dataclass(frozen=True)
class Report:
    """What a report is drawn from.

    Attributes:
        record: the run, or several as one.
        samples: the first images of points, by their id. A point without any has no grid.
        neighbours: the real images nearest to the first of them, [n, k, H, W, 3], by the id of the point.
        sources: the run that a point is from, by its id; none for a single run.
        published: published numbers to be shown beside.
    """

    record: RunRecord
    samples: Mapping[str, Batch] = field(default_factory=dict)
    neighbours: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    published: Beside = NOTHING


def table_of(report: Report) -> ResultsTable:
    """The table of a report, with the sources of its points and published numbers."""
    return results_table(report.record, report.sources, report.published)


def report_of(folder: RunFolder, record: RunRecord, published: Beside | None = None) -> Report:
    """The report of one run.

    Args:
        folder: where its samples are, if they are still there.
        record: its results.
        published: published numbers; by default those of ADM, where they may stand beside this run's.

    Raises:
        InputError: a shard or a file of features is damaged.
    """
    samples = first_samples(folder, record)
    beside = published_beside(record) if published is None else published
    return Report(record, samples, _neighbours(folder, record, samples), published=beside)


def write_report(report: Report, folder: Path, only: Sequence[str] = ()) -> None:
    """Writes the page, the tables in four notations, and the figures; each file whole or not at all.

    Args:
        report: what to draw.
        folder: where to; it is made if it is not there.
        only: shell patterns for the names of the files wanted. These are then written straight into the folder, and no
            other file in it is touched.

    Raises:
        InputError: no file has such a name.
        OSError: a file cannot be written.
    """
    files = _files(report)
    if only:
        files = _chosen(files, only)
    else:
        _remove_stale(folder, files)
    for name, make in files.items():
        content = make()
        with atomic_write(folder / name) as file:
            file.write(content)


def first_samples(folder: RunFolder, record: RunRecord) -> dict[str, Batch]:
    """The first images of the points that a report shows images of, for those whose shards are in the folder.

    Raises:
        InputError: a shard is damaged.
    """
    there = [point.id for point in record.points if folder.shard(point.id, 0).is_file()]
    samples = {point: _first_of(folder, point) for point in _most_wanted(record, there)}
    return {point: samples[point] for point in there if point in samples}


def _most_wanted(record: RunRecord, there: Sequence[str]) -> list[str]:
    """The points to show: those that the answer and the figures are about, then the others, evenly over the record."""
    answer = record.answer
    named = [answer.point, answer.baseline_point] if answer is not None else []
    by_fid = sorted(
        (score.value, point.id)
        for point in record.points
        if point.family == "diffusion" and (score := point.scores.get("fid")) is not None and score.value is not None
    )
    shown = [point.id for point in steps_rows(record, dict.fromkeys(there))]
    stride = -(-len(there) // MOST_GRIDS) or 1
    wanted = dict.fromkeys([*named, *shown, *(point for _, point in by_fid[:1]), *there[::stride], *there])
    return [point for point in wanted if point in set(there)][:MOST_GRIDS]


def _neighbours(folder: RunFolder, record: RunRecord, samples: Mapping[str, Batch]) -> dict[str, NDArray[np.uint8]]:
    """The real images nearest to the samples of the best diffusion point that there are samples of."""
    scored = [
        (score.value, point.id)
        for point in record.points
        if point.family == "diffusion"
        and point.id in samples
        and (score := point.scores.get("fid")) is not None
        and score.value is not None
    ]
    points = [point for _, point in sorted(scored)[:1]]
    return nearest_real_images(folder, record.reference.name, points, samples)


def _first_of(folder: RunFolder, point: str) -> Batch:
    shards: list[Batch] = []
    while (
        sum(len(shard.images) for shard in shards) < GRID_IMAGES
        and (path := folder.shard(point, len(shards))).is_file()
    ):
        shards.append(read_batch(path))
    labels = [shard.labels for shard in shards if shard.labels is not None]
    return Batch(
        np.concatenate([shard.images for shard in shards])[:GRID_IMAGES],
        np.concatenate(labels)[:GRID_IMAGES] if labels else None,
    )


def _files(report: Report) -> dict[str, Callable[[], bytes]]:
    """What makes each file of a report, by its name; the page last."""
    table = table_of(report)
    layouts = layouts_of(table)
    if (cost := equal_quality(report.record)) is not None:
        layouts[EQUAL_QUALITY] = cost
    tables = {"table": table} | {f"tables/{name}": layout for name, layout in layouts.items()}
    figures = draw_all(report.record, report.samples, report.neighbours)
    svg = cache(lambda name: to_svg(figures[name]))
    files: dict[str, Callable[[], bytes]] = {
        f"{name}.{notation}": partial(_drawn, notation, drawn)
        for name, drawn in tables.items()
        for notation in NOTATIONS
    }
    for name, figure in figures.items():
        files[f"figures/{name}.svg"] = partial(lambda name: svg(name).encode(), name)
        files[f"figures/{name}.png"] = partial(to_png, figure)
    files["index.html"] = lambda: _page(report, table, layouts, {name: svg(name) for name in figures})
    return files


def _drawn(notation: str, table: ResultsTable) -> bytes:
    return DRAW[notation](table).encode()


def _page(report: Report, table: ResultsTable, layouts: Mapping[str, ResultsTable], svgs: Mapping[str, str]) -> bytes:
    grids = {point: sample_grid(batch.images, batch.labels) for point, batch in report.samples.items()}
    return render_page(report.record, svgs, grids, table, layouts).encode()


def _chosen(files: Mapping[str, Callable[[], bytes]], patterns: Sequence[str]) -> dict[str, Callable[[], bytes]]:
    """The files that a pattern each names, by their last names, in a folder of which they lie side by side."""
    chosen: dict[str, Callable[[], bytes]] = {}
    for pattern in patterns:
        found = {Path(name).name: make for name, make in files.items() if fnmatch(Path(name).name, pattern)}
        if not found:
            known = ", ".join(sorted(Path(name).name for name in files))
            raise InputError(f"no file of the report is named {pattern!r}; it has {known}")
        chosen |= found
    return chosen


def _remove_stale(folder: Path, files: Mapping[str, object]) -> None:
    """Removes what an earlier report has and this one has nothing to show in."""
    optional = [
        *(f"figures/{name}.{kind}" for name in OPTIONAL for kind in ("svg", "png")),
        *(f"tables/{name}.{notation}" for name in (*LAYOUTS, EQUAL_QUALITY) for notation in NOTATIONS),
    ]
    for name in optional:
        if name not in files:
            (folder / name).unlink(missing_ok=True)
