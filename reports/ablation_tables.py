"""The tables of a study of ablations: the arms of each question, and what became of the papers' orderings."""

from __future__ import annotations

from dataclasses import replace

from .ablation_record import AblationRecord, MeasureRecord, OrderingRecord, QuestionRecord
from .columns import Column
from .render import markdown
from .rounding import MISSING, decimals_for
from .row import Cell, Row
from .table import ResultsTable

ARM = Column("arm", "Arm", "setting", is_word=True)
OF_ORDERINGS = (
    Column("question", "Question", "setting", shown=False, is_word=True),
    Column("claim", "The paper", "setting", is_word=True),
    Column("published", "Published", "setting", is_word=True),
    Column("source", "Source", "setting", is_word=True),
    Column("measure", "Here, by", "setting", is_word=True),
    Column("better", "Better", "setting", shown=False, is_word=True),
    Column("worse", "Worse", "setting", shown=False, is_word=True),
    Column("difference", "Better by", "score", shown=True),
    Column("low", "95 % from", "setting"),
    Column("high", "to", "setting"),
    Column("answer", "At this size", "setting", is_word=True),
)


def arms_table(record: AblationRecord, question: QuestionRecord) -> ResultsTable:
    """A line an arm, a column a measure."""
    columns = (ARM, *(Column(each.name, each.title, "score", each.higher_is_better) for each in question.measures))
    drawn = {each.name: _cells(each) for each in question.measures}
    rows = tuple(
        Row(arm.name, arm.name, "", arm.title, "generated", {"arm": _word(arm.title)} | _of_arm(drawn, arm.name))
        for arm in question.arms
    )
    seeds = len(record.seeds)
    remark = f"Means over {seeds} training {'seed' if seeds == 1 else 'seeds'} ± one standard error of the mean."
    return ResultsTable(question.title, columns, rows, (remark,), ("arm",))


def orderings_table(record: AblationRecord, questions: tuple[QuestionRecord, ...] | None = None) -> ResultsTable:
    """A line an ordering, of some of the questions or of all."""
    asked = record.questions if questions is None else questions
    rows = []
    for question in asked:
        measures = {each.name: each for each in question.measures}
        titles = {arm.name: arm.title for arm in question.arms}
        rows += [
            _ordering_row(question, ordering, measures[ordering.measure], titles) for ordering in question.orderings
        ]
    remarks = [record.rule]
    if any(ordering.confidence == "recalled" for question in asked for ordering in question.orderings):
        remarks.append("(recalled): from memory of the paper, whose text was not at hand; verify before citing.")
    return ResultsTable(
        "What became of the papers' orderings", OF_ORDERINGS, tuple(rows), tuple(remarks), ("question",)
    )


def values_csv(record: AblationRecord) -> str:
    """Every value of every seed, a line each: question, measure, arm, seed, value."""
    lines = ["question,measure,arm,seed,value"]
    for question in record.questions:
        for measure in question.measures:
            for arm, values in measure.values.items():
                for seed, value in zip(record.seeds, values, strict=True):
                    lines.append(f"{question.name},{measure.name},{arm},{seed},{'' if value is None else value}")
    return "\n".join(lines) + "\n"


def ablations_markdown(record: AblationRecord) -> str:
    """The whole study as Markdown: each question's arms and orderings, and the rule once."""
    parts = [f"# {record.title}", verdict(record), record.rule]
    for question in record.questions:
        orderings = orderings_table(record, (question,))
        remarks = tuple(remark for remark in orderings.remarks if remark != record.rule)
        without_rule = ResultsTable("The paper's orderings", orderings.columns, orderings.rows, remarks)
        arms = replace(arms_table(record, question), title="The arms")  # the heading has the question
        parts += [f"## {question.title}", markdown(arms), markdown(without_rule)]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def verdict(record: AblationRecord) -> str:
    """How many orderings hold, in a sentence."""
    answers = [ordering.answer for question in record.questions for ordering in question.orderings]
    counted = {answer: answers.count(answer) for answer in ("holds", "does not hold", "not decided")}
    return (
        f"Of {len(answers)} orderings {counted['holds']} hold at this size, {counted['does not hold']} do not, and "
        f"{counted['not decided']} are not decided by {len(record.seeds)} training seeds."
    )


def _cells(measure: MeasureRecord) -> dict[str, Cell]:
    decimals = decimals_for(measure.means.values(), measure.standard_errors.values())
    cells = {}
    for arm, mean in measure.means.items():
        error, reason = measure.standard_errors[arm], measure.reasons.get(arm)
        text = MISSING if mean is None else f"{mean:.{decimals}f}"
        cells[arm] = Cell(mean, text, error, "" if error is None else f"{error:.{decimals}f}", reason=reason)
    return cells


def _of_arm(drawn: dict[str, dict[str, Cell]], arm: str) -> dict[str, Cell]:
    return {name: cells.get(arm, Cell(None, MISSING, reason="not measured")) for name, cells in drawn.items()}


def _ordering_row(
    question: QuestionRecord, ordering: OrderingRecord, measure: MeasureRecord, titles: dict[str, str]
) -> Row:
    recalled = " (recalled)" if ordering.confidence == "recalled" else ""
    decimals = decimals_for([ordering.difference], [ordering.standard_error])
    words = {
        "question": question.name,
        "claim": ordering.claim,
        "published": ordering.published,
        "source": f"{ordering.source}{recalled}",
        "measure": measure.title,
        "better": titles[ordering.better],
        "worse": titles[ordering.worse],
        "answer": ordering.answer,
    }
    cells = {key: _word(text) for key, text in words.items()}
    for key in ("low", "high"):
        cells[key] = _number(getattr(ordering, key), decimals)
    error = ordering.standard_error
    cells["difference"] = Cell(
        ordering.difference,
        _number(ordering.difference, decimals).text,
        error,
        "" if error is None else f"{error:.{decimals}f}",
        reason=ordering.reason,
    )
    return Row(ordering.claim.rstrip("."), question.name, question.title, ordering.claim, "generated", cells)


def _word(text: str) -> Cell:
    return Cell(text, text)


def _number(value: float | None, decimals: int) -> Cell:
    return Cell(value, MISSING if value is None else f"{value:+.{decimals}f}")
