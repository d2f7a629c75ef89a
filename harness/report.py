"""The report of a run: everything that people read, written to a folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..reference_batches import Batch, atomic_write, read_batch
from ..reports import RunRecord, results_table
from ..reports.figures import FIGURES, to_png, to_svg
from ..reports.grids import sample_grid
from ..reports.page import render_page
from ..reports.render import csv, latex, markdown
from .folder import REPORT_FILES, RunFolder

GRID_IMAGES = 60


def write_report(record: RunRecord, folder: Path, samples: Mapping[str, Batch]) -> None:
    """Writes the page, the table in three notations, and the figures; each file whole or not at all.

    Args:
        record: the run.
        folder: where to; it is made if it is not there.
        samples: a few images of each operating point, by id. A point without any has no grid.

    Raises:
        OSError: a file cannot be written.
    """
    table = results_table(record)
    drawn = {name: draw(record) for name, draw in FIGURES.items()}
    svgs = {name: to_svg(figure) for name, figure in drawn.items()}
    grids = {point: sample_grid(batch.images, batch.labels) for point, batch in samples.items()}
    files = {
        "table.md": markdown(table).encode(),
        "table.csv": csv(table).encode(),
        "table.tex": latex(table).encode(),
        **{f"figures/{name}.svg": svg.encode() for name, svg in svgs.items()},
        **{f"figures/{name}.png": to_png(figure) for name, figure in drawn.items()},
        "index.html": render_page(record, svgs, grids).encode(),
    }
    for name in REPORT_FILES:
        with atomic_write(folder / name) as file:
            file.write(files[name])


def first_samples(folder: RunFolder, record: RunRecord) -> dict[str, Batch]:
    """The first images of each operating point of a run, for those whose shards are in the folder.

    Raises:
        InputError: a shard is damaged.
    """
    samples = {point.id: _first_of(folder, point.id) for point in record.points}
    return {point: batch for point, batch in samples.items() if batch is not None}


def _first_of(folder: RunFolder, point: str) -> Batch | None:
    shards: list[Batch] = []
    while (
        sum(len(shard.images) for shard in shards) < GRID_IMAGES
        and (path := folder.shard(point, len(shards))).is_file()
    ):
        shards.append(read_batch(path))
    if not shards:
        return None
    labels = [shard.labels for shard in shards if shard.labels is not None]
    return Batch(
        np.concatenate([shard.images for shard in shards])[:GRID_IMAGES],
        np.concatenate(labels)[:GRID_IMAGES] if labels else None,
    )
