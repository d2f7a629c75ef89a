r"""The table as LaTeX, which needs ``\usepackage{booktabs}`` and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ..columns import Column
from ..table import Cell, ResultsTable, Row

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
}

COST_NOTE = "NFE: network evaluations per image; Classif.: evaluations of the guiding classifier; MiB: peak memory."


def latex(table: ResultsTable) -> str:
    """Writes two floats, quality and cost, because one that held both would be wider than a page."""
    settings = [column for column in table.shown if column.kind == "setting" and column.key != "model"]
    scores = [column for column in table.shown if column.kind == "score"]
    costs = [column for column in table.shown if column.kind == "cost"]
    return "\n".join([
        r"% Needs \usepackage{booktabs} in the preamble.",
        *(_float(table, [*settings, *scores], "sample quality", table.notes) if scores else ()),
        "",
        *_float(table, [*settings, *costs], "cost", [COST_NOTE]),
        "",
    ])  # fmt: skip


def escape(text: str) -> str:
    """Takes the meaning from LaTeX's signs. What pdfLaTeX has no glyph for is written as its code point."""
    escaped = "".join(SPECIAL.get(sign, _plain(sign)) for sign in re.sub(r"\s+", " ", text))
    return re.sub("-(?=-)", "-{}", escaped)  # two hyphens in a row would become a dash


def _plain(sign: str) -> str:
    """A sign that inputenc knows in every font encoding, else ``[U+4E2D]``."""
    known = (sign.isascii() and sign.isprintable()) or sign in "äöüßÄÖÜéèêëàâáíìîïóòôúùûçñãõåøæÅØÆÉÈÀÇÑ"
    return sign if known else f"{{[}}U+{ord(sign):04X}{{]}}"


def _float(table: ResultsTable, columns: Sequence[Column], subject: str, notes: Sequence[str]) -> list[str]:
    """A float of these columns, with a heading a model, as the paper's Table 5 has one a data set."""
    return [
        r"\begin{table}[htbp]",
        r"\centering",
        rf"\caption{{{escape(table.title)}: {subject}.}}",
        r"\medskip",
        r"\scriptsize",
        r"\setlength{\tabcolsep}{2pt}",
        rf"\begin{{tabular}}{{@{{}}{''.join('l' if column.is_word else 'r' for column in columns)}@{{}}}}",
        r"\toprule",
        " & ".join(escape(column.short_heading) for column in columns) + r" \\",
        *(line for model, rows in table.groups for line in _model(model, rows, columns)),
        r"\bottomrule",
        r"\end{tabular}",
        r"\par\smallskip",
        rf"\parbox{{\linewidth}}{{{' '.join(map(escape, notes))}}}",
        r"\end{table}",
    ]


def _model(model: str, rows: Iterable[Row], columns: Sequence[Column]) -> list[str]:
    """A model's heading and its lines."""
    heading = rf"\multicolumn{{{len(columns)}}}{{@{{}}l}}{{\textit{{{escape(model)}}}}} \\"
    return [r"\midrule", heading, *(_line(row, columns) for row in rows)]


def _line(row: Row, columns: Sequence[Column]) -> str:
    return " & ".join(_cell(row.cells[column.key]) for column in columns) + r" \\"


def _cell(cell: Cell) -> str:
    """The value, bold if it is of the best, and its standard error as a subscript, as papers have it."""
    text = rf"\textbf{{{escape(cell.text)}}}" if cell.best else escape(cell.text)
    return rf"{text}$_{{\pm {cell.error_text}}}$" if cell.error_text else text
