"""Published numbers as the table object that every renderer takes."""

from __future__ import annotations

from collections.abc import Sequence

from ..columns import METRIC_DIRECTIONS, METRIC_TITLES, Column
from ..rounding import MISSING
from ..row import Cell, Row
from ..table import ResultsTable
from .errata import errata
from .provenance import Provenance
from .quantities import Quantity
from .scores import EVALUATORS, PublishedRow

NOT_PRINTED = "not printed"
WHERE = (
    Column("paper", "Paper", "setting", is_word=True),
    Column("citation", "Citation", "setting", shown=False, is_word=True),
    Column("table", "Table", "setting", is_word=True),
    Column("images", "Images", "setting", is_word=True),
)
HOW_SURE = (
    Column("errata", "Errata", "setting", is_word=True),
    Column("confidence", "Confidence", "setting", is_word=True),
    Column("sources", "Sources", "setting", shown=False, is_word=True),
)
HEADINGS = ("paper", "table", "images")


def scores_table(rows: Sequence[PublishedRow], title: str = "Published scores") -> ResultsTable:
    """A table of published scores, in their order. None of them is the best, as no intervals are published."""
    metrics = [metric for metric in METRIC_TITLES if any(metric in row.printed for row in rows)]
    columns = (
        *WHERE,
        Column("model", "Model", "setting", is_word=True),
        Column("steps", "Steps", "setting", shown=any(row.steps for row in rows), is_word=True),
        Column("guidance", "Guidance", "setting", shown=any(row.guidance for row in rows), is_word=True),
        *(Column(metric, METRIC_TITLES[metric], "score", METRIC_DIRECTIONS[metric]) for metric in metrics),
        Column("evaluator", "Evaluator", "setting", is_word=True),
        *HOW_SURE,
    )
    drawn = tuple(score_row(row, metrics, number) for number, row in enumerate(rows))
    return ResultsTable(title, columns, drawn, _notes([row.provenance for row in rows], rows), HEADINGS)


def score_row(row: PublishedRow, metrics: Sequence[str], number: int) -> Row:
    """One line of a table of published scores."""
    words = {"model": row.model, "steps": row.steps, "guidance": row.guidance, "evaluator": row.evaluator}
    cells = _where(row.provenance, row.images_name) | {key: _word(text) for key, text in words.items()}
    settings = ", ".join(filter(None, [f"{row.steps} steps" if row.steps else "", _guidance(row.guidance)]))
    return Row(
        id=f"published{number}",
        model=row.model,
        group=f"{row.provenance.paper}, {row.provenance.table} ({row.images_name})",
        label=f"{', '.join(filter(None, [row.model, settings]))}{_marks(row.provenance)}",
        kind="published",
        cells=cells | {metric: score_cell(row, metric) for metric in metrics},
    )


def score_cell(row: PublishedRow, metric: str) -> Cell:
    """A score as printed. Its error is not published, so a cell without one has no reason to give."""
    if metric not in row.printed:
        return Cell(None, MISSING, reason=NOT_PRINTED)
    return Cell(row.value(metric), row.printed[metric])


def quantities_table(entries: Sequence[Quantity], title: str = "Other published numbers") -> ResultsTable:
    """A table of numbers that are no scores, in their order."""
    columns = (
        *WHERE,
        Column("model", "Model", "setting", is_word=True),
        Column("quantity", "Quantity", "setting", is_word=True),
        Column("value", "Value", "cost", is_word=True),
        Column("unit", "Unit", "setting", is_word=True),
        *HOW_SURE,
    )
    rows = tuple(_quantity_row(entry, number) for number, entry in enumerate(entries))
    return ResultsTable(title, columns, rows, _notes([entry.provenance for entry in entries]), HEADINGS)


def _quantity_row(entry: Quantity, number: int) -> Row:
    words = {"model": entry.model, "quantity": entry.name, "value": entry.value, "unit": entry.unit}
    images = f"{entry.dataset} {entry.resolution}".strip()
    label = f"{entry.model}: {entry.name}" + (f" ({entry.unit})" if entry.unit else "")
    return Row(
        id=f"quantity{number}",
        model=entry.model,
        group=f"{entry.provenance.paper}, {entry.provenance.table}" + (f" ({images})" if images else ""),
        label=f"{label}{_marks(entry.provenance)}",
        kind="published",
        cells=_where(entry.provenance, images) | {key: _word(text) for key, text in words.items()},
    )


def _where(provenance: Provenance, images: str) -> dict[str, Cell]:
    words = {
        "paper": provenance.paper,
        "citation": provenance.citation,
        "table": provenance.table,
        "images": images,
        "errata": ", ".join(map(str, provenance.errata)),
        "confidence": provenance.certainty,
        "sources": "; ".join(provenance.sources),
    }
    return {key: _word(text) for key, text in words.items()}


def _word(text: str) -> Cell:
    return Cell(text, text) if text else Cell(None, MISSING)


def _guidance(guidance: str) -> str:
    return "unguided" if guidance == "none" else guidance


def _marks(provenance: Provenance) -> str:
    """What a reader must see where there is no column for it: errata, and numbers that were not read."""
    marks = [*(f"[{number}]" for number in provenance.errata)]
    if provenance.confidence != "sourced":
        marks.append(f"({provenance.confidence})")
    return "".join(f" {mark}" for mark in marks)


def _notes(provenances: Sequence[Provenance], rows: Sequence[PublishedRow] = ()) -> tuple[str, ...]:
    """What the numbers are, how they were computed, and the errata of what is shown."""
    evaluators = [key for key in EVALUATORS if any(row.evaluator == key for row in rows)]
    numbers = sorted({number for provenance in provenances for number in provenance.errata})
    unread = sorted({provenance.confidence for provenance in provenances} - {"sourced"})
    return (
        "Published numbers, as their sources print them; none was measured here.",
        *(["Never compare across evaluators: " + "; ".join(f"{key}: {EVALUATORS[key]}" for key in evaluators) + "."]
          if evaluators else []),
        *(["Derived: a printed difference added to its baseline."] if "derived" in unread else []),
        *(["Recalled: written down from memory and not seen in a source; verify before you cite it."]
          if "recalled" in unread else []),
        *(f"[{number}] {errata()[number].text}" for number in numbers),
    )  # fmt: skip
