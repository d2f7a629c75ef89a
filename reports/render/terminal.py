"""The table for a terminal of 80 columns."""

from __future__ import annotations

from rich import box
from rich.table import Table
from rich.text import Text

from ..columns import Column
from ..labels import printable
from ..row import Row
from ..table import ResultsTable

HIDDEN = ("classifier_evaluations", "images_per_second", "peak_memory_bytes")


def terminal(table: ResultsTable) -> Table:
    """Makes a rich table, a heading a model and a line a point.

    Text from users is not read as rich's markup and cannot command the terminal. For want of room only FID carries its
    standard error, and a guided point's NFE reads ``25+25``: evaluations of the network and of the classifier.
    """
    columns = [column for column in table.shown if column.kind != "setting" and column.key not in HIDDEN]
    notes = Text("\n").join(_text(note, style="dim") for note in table.notes)
    drawn = Table(
        title=_text(table.title), caption=notes, caption_justify="left", box=box.SIMPLE_HEAD, show_edge=False, padding=0
    )
    drawn.add_column("Point", overflow="fold")
    for column in columns:
        drawn.add_column(column.short_heading, justify="right", no_wrap=True)
    for heading, rows in table.groups:
        drawn.add_section()
        if heading:
            drawn.add_row(_text(heading, style="bold"))
        for row in rows:
            drawn.add_row(*_line(row, columns), style="" if row.kind == "generated" else "dim")
    return drawn


def _line(row: Row, columns: list[Column]) -> list[Text]:
    return [_text(f" {row.label}"), *(_cell(column, row) for column in columns)]


def _cell(column: Column, row: Row) -> Text:
    cell, text = row.cells[column.key], row.cells[column.key].text
    if column.key == "fid" and cell.error_text:
        text = f"{text} ± {cell.error_text}"
    if column.key == "network_evaluations" and _calls_classifier(row):
        text = f"{text}+{row.cells['classifier_evaluations'].text}"
    return Text(text, style="bold" if cell.best else "")


def _calls_classifier(row: Row) -> bool:
    calls = row.cells.get("classifier_evaluations")
    return calls is not None and bool(calls.value)


def _text(text: str, style: str = "") -> Text:
    return Text(printable(text), style=style)
