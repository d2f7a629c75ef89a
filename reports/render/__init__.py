"""The renderers: each makes text of one :class:`~beatgans.reports.table.ResultsTable`, and none computes a number."""

from .csv import csv
from .html import html
from .latex import latex
from .markdown import markdown
from .terminal import terminal

__all__ = ["csv", "html", "latex", "markdown", "terminal"]
