"""The page: a record, its figures and its sample grids in one HTML file that needs no network."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from markupsafe import Markup

from ..measured import results_table
from ..record import RunRecord, Setting
from ..row import Row
from ..table import ResultsTable
from .captions import PICTURES, TITLES, caption_of
from .templates import source, template


class Picture(NamedTuple):
    """An image of the page."""

    uri: str
    """The image itself, as a ``data:`` URI."""
    alt: str
    """What it shows, for those who do not see it."""
    title: str
    caption: str


class Layout(NamedTuple):
    """A table of one of the paper's layouts."""

    id: str
    title: str
    table: ResultsTable


class Advice(NamedTuple):
    """A warning, and the ids of the points it is about; none for the whole run."""

    text: str
    points: tuple[str, ...]


def render_page(
    record: RunRecord,
    figures: Mapping[str, str],
    grids: Mapping[str, bytes],
    table: ResultsTable | None = None,
    layouts: Mapping[str, ResultsTable] | None = None,
) -> str:
    """Makes the HTML page.

    Text from the record is escaped by the template engine, and the page's own policy forbids it the network and every
    script and style but the two that are written into it here.

    Args:
        record: the run.
        figures: SVG by name, as in :data:`beatgans.reports.figures.FIGURES`, in the order of the page.
        grids: PNG by the id of an operating point. They appear in the table's order, and not every point needs one.
        table: the results, where they are more than the record's: of several runs, or with published numbers.
        layouts: tables of the paper's layouts by name, for below.
    """
    table = table or results_table(record)
    style, script = source("style.css"), source("sort.js")
    return template("template.html").render(
        record=record,
        table=table,
        layouts=[Layout(*TITLES[name], layout) for name, layout in (layouts or {}).items()],
        created=f"{datetime.fromisoformat(record.created):%Y-%m-%d %H:%M} UTC",
        facts=_facts(record),
        figures=[_figure(name, svg, record) for name, svg in figures.items() if name not in PICTURES],
        pictures=[_figure(name, svg, record) for name, svg in figures.items() if name in PICTURES],
        grids=[_grid(row, grids[row.id]) for row in table.rows if row.id in grids],
        warnings=_warnings(record),
        style=Markup(style),  # the package's own file
        script=Markup(script),  # the package's own file
        policy=_policy(style, script),
    )


def _policy(style: str, script: str) -> str:
    """The page's content security policy: nothing but images within it, this style and this script."""
    return f"default-src 'none'; img-src data:; style-src {_hash(style)}; script-src {_hash(script)}; base-uri 'none'"


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _data_uri(media_type: str, content: bytes) -> str:
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"


def _figure(name: str, svg: str, record: RunRecord) -> Picture:
    title, caption = caption_of(name)
    answer = f" {record.answer.sentence}" if record.answer is not None and name.startswith("fid") else ""
    alt = f"{title}. {caption}{answer} The table of results has the numbers."
    return Picture(_data_uri("image/svg+xml", svg.encode("utf-8")), alt, title, caption)


def _grid(row: Row, png: bytes) -> Picture:
    fid = row.cells.get("fid")
    score = "not scored" if fid is None or fid.value is None else f"FID {fid.text}"
    error = f" ± {fid.error_text}" if fid is not None and fid.error_text else ""
    alt = f"Samples of {row.model}, {row.label}"
    return Picture(_data_uri("image/png", png), alt, row.id, f"{score}{error}")


def _facts(record: RunRecord) -> dict[str, Setting]:
    """What was sampled and against what, for the protocol's first table."""
    return {
        "suite": record.name,
        "images of each point": record.num_images,
        "labels": record.labels,
        "seed": record.seed,
        "reference": record.reference.name,
        "reference images": record.reference.num_images,
        "reference sha256": record.reference.sha256,
        "created": record.created,
    }


def _warnings(record: RunRecord) -> list[Advice]:
    """The run's warnings, then the points', each text once with all the points that it is about."""
    about: dict[str, list[str]] = {}
    for point in record.points:
        for text in point.warnings:
            about.setdefault(text, []).append(point.id)
    return [
        *(Advice(text, ()) for text in record.warnings),
        *(Advice(text, tuple(points)) for text, points in about.items()),
    ]
