"""The table as GitHub-flavoured Markdown."""

from __future__ import annotations

import re

from ..row import Cell, Row
from ..table import ResultsTable


def markdown(table: ResultsTable) -> str:
    """Writes the title, the table and its notes. Text from users is escaped: it shows as it was typed."""
    columns = table.shown
    lines = [
        _line([escape(column.heading) for column in columns]),
        _line(["---" if column.is_word else "---:" for column in columns]),
        *(_line([_cell(row.cells[column.key]) for column in columns]) for row in table.competitors),
        *(_line(_floor_cells(row, [column.key for column in columns])) for row in table.floor),
        *(_line([_cell(row.cells[column.key]) for column in columns]) for row in table.published),
    ]
    notes = [f"- {escape(note)}" for note in table.notes]
    return "\n".join([f"**{escape(table.title)}**", "", *lines, "", *notes]) + "\n"


def escape(text: str) -> str:
    """Takes the meaning from Markdown's signs, HTML's included, and keeps the text on one line."""
    text = " ".join(text.split())
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]{}|~$#!])", r"\\\1", text)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    text = escape(f"{cell.text} ± {cell.error_text}" if cell.error_text else cell.text)
    return f"**{text}**" if cell.best else text


def _floor_cells(row: Row, keys: list[str]) -> list[str]:
    """The cells of a real row, in italics, because Markdown has no rule to set it apart."""
    return [f"*{_cell(row.cells[key])}*" for key in keys]
