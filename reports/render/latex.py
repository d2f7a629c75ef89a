r"""The table as LaTeX, which needs ``\usepackage{booktabs}`` and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..columns import Column
from ..row import Cell, Row
from ..table import ResultsTable

SPECIAL = {
    "\\": r"\textbackslash{}",
    "&": r"\&",
    "%": r"\%",
    "$": r"\$",
    "#": r"\#",
    "_": r"\_",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': "''",
    "`": r"\`{}",
    "[": "{[}",  # at the start of a line it would be an option of the line break before it
    "]": "{]}",
    "*": "{*}",
    "±": r"$\pm$",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
    "η": r"$\eta$",
    "–": r"\textendash{}",
    "…": r"\ldots{}",
    "†": r"$\dagger$",
    "×": r"$\times$",
    "∞": r"$\infty$",
}

COST_NOTE = "NFE: network evaluations per image; Classif.: evaluations of the guiding classifier; MiB: peak memory."
WIDEST = 12
"""Columns that one float holds; quality and cost of a wider table have floats of their own."""
LONGEST = 40
"""Rows that a page holds; a longer table goes on in another float."""


def latex(table: ResultsTable) -> str:
    """Writes the table as a float, or where it is wide as two, of quality and of cost."""
    columns = [column for column in table.shown if column.key not in table.heading_keys]
    kinds = {column.kind for column in columns}
    if {"score", "cost"} <= kinds and len(columns) > WIDEST:
        quality = [column for column in columns if column.kind != "cost"]
        cost = [column for column in columns if column.kind != "score"]
        floats = [
            *_floats(table, quality, ": sample quality", table.notes),
            *_floats(table, cost, ": cost", [COST_NOTE]),
        ]
    else:
        floats = _floats(table, columns, "" if "score" in kinds else ": cost", table.notes)
    return "\n".join([r"% Needs \usepackage{booktabs} in the preamble.", *floats])


def escape(text: str) -> str:
    """Takes the meaning from LaTeX's signs. What pdfLaTeX has no glyph for is written as its code point."""
    escaped = "".join(SPECIAL.get(sign, _plain(sign)) for sign in re.sub(r"\s+", " ", text))
    return re.sub("-(?=-)", "-{}", escaped)  # two hyphens in a row would become a dash


def _plain(sign: str) -> str:
    """A sign that inputenc knows in every font encoding, else ``[U+4E2D]``."""
    known = (sign.isascii() and sign.isprintable()) or sign in "äöüßÄÖÜéèêëàâáíìîïóòôúùûçñãõåøæÅØÆÉÈÀÇÑ"
    return sign if known else f"{{[}}U+{ord(sign):04X}{{]}}"


def _floats(table: ResultsTable, columns: Sequence[Column], subject: str, notes: Sequence[str]) -> list[str]:
    """Floats of these columns, a page each at most, the notes below the last."""
    pages = _pages(table.groups)
    lines = []
    for number, groups in enumerate(pages, start=1):
        part = f" ({number} of {len(pages)})" if len(pages) > 1 else ""
        last = number == len(pages)
        lines += [
            *_float(f"{table.title}{subject}{part}", columns, groups, notes if last else ()),
            *([r"\clearpage"] if len(pages) > 1 else []),  # else TeX runs out of places to keep floats in
            "",
        ]
    return lines


def _pages(groups: Sequence[tuple[str, Sequence[Row]]]) -> list[list[tuple[str, Sequence[Row]]]]:
    """The groups, cut into pages; a heading whose rows go on is repeated. A table without rows has one page."""
    pages: list[list[tuple[str, Sequence[Row]]]] = [[]]
    room = LONGEST
    for heading, rows in groups:
        for start in range(0, len(rows), LONGEST):
            part = rows[start : start + LONGEST]
            if len(part) > room:
                pages.append([])
                room = LONGEST
            pages[-1].append((heading, part))
            room -= len(part)
    return pages


def _float(
    title: str, columns: Sequence[Column], groups: Iterable[tuple[str, Sequence[Row]]], notes: Sequence[str]
) -> list[str]:
    """A float of these columns, with a heading a group, as the paper's Table 5 has one a data set."""
    return [
        r"\begin{table}[htbp]",
        r"\centering",
        rf"\caption{{{escape(title)}.}}",
        r"\medskip",
        r"\scriptsize",
        r"\setlength{\tabcolsep}{2pt}",
        rf"\begin{{tabular}}{{@{{}}{''.join('l' if column.is_word else 'r' for column in columns)}@{{}}}}",
        r"\toprule",
        " & ".join(escape(column.short_heading) for column in columns) + r" \\",
        *(line for heading, rows in groups for line in _group(heading, rows, columns)),
        r"\bottomrule",
        r"\end{tabular}",
        *([r"\par\smallskip", rf"\parbox{{\linewidth}}{{{' '.join(map(escape, notes))}}}"] if notes else []),
        r"\end{table}",
    ]


def _group(heading: str, rows: Iterable[Row], columns: Sequence[Column]) -> list[str]:
    """A heading, where there is one, and its lines."""
    title = rf"\multicolumn{{{len(columns)}}}{{@{{}}l}}{{\textit{{{escape(heading)}}}}} \\"
    return [r"\midrule", *([title] if heading else []), *(_line(row, columns) for row in rows)]


def _line(row: Row, columns: Sequence[Column]) -> str:
    return " & ".join(_cell(row.cells[column.key]) for column in columns) + r" \\"


def _cell(cell: Cell) -> str:
    """The value, bold if it is of the best, and its standard error as a subscript, as papers have it."""
    text = rf"\textbf{{{escape(cell.text)}}}" if cell.best else escape(cell.text)
    return rf"{text}$_{{\pm {cell.error_text}}}$" if cell.error_text else text
