"""The table as an HTML fragment, whose column headings are buttons that ``sort.js`` of the page listens to."""

from __future__ import annotations

from ..page.templates import template
from ..table import ResultsTable


def html(table: ResultsTable) -> str:
    """Writes a ``<table>`` and its notes. Text from users is escaped by the template engine."""
    return template("table.html").render(table=table) + template("notes.html").render(table=table)
