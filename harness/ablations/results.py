"""From what was measured to the record, and from the record to files."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

from ...evaluator import ALL_METRICS, find_metric
from ...reference_batches import atomic_write
from ...reports import RunRecord
from ...reports.ablation_record import (
    AblationRecord,
    ArmRecord,
    MeasureRecord,
    OrderingRecord,
    QuestionRecord,
    ablations_to_json,
)
from ...reports.ablation_tables import ablations_markdown, arms_table, orderings_table, values_csv
from ...reports.render import csv, markdown
from ...reports.rounding import to_digits
from ..bound import METRIC as BOUND
from .folder import StudyFolder
from .measuring import bound_value, read_gradient
from .models import Variant, divergence
from .ordering import RULE, judge, mean, standard_error
from .scoring import score_of
from .study import Measure, Ordering, Question, Study


def ablation_record(study: Study, folder: StudyFolder, runs: Mapping[int, RunRecord]) -> AblationRecord:
    """The record of a study of which everything is measured.

    Args:
        study: what was asked.
        folder: where it is.
        runs: the scores of samples, by seed.
    """
    questions = tuple(_question(study, folder, runs, name, question) for name, question in study.questions.items())
    protocol = {f"samples.{key}": value for key, value in study.samples.model_dump().items()}
    if study.bound is not None:
        protocol |= {f"bound.{key}": value for key, value in study.bound.model_dump().items()}
    protocol["gradient.batches"] = study.gradient.batches
    return AblationRecord(
        name=study.name, title=study.title, seeds=study.seeds, rule=RULE, protocol=protocol, questions=questions
    )


def write_results(record: AblationRecord, folder: StudyFolder) -> None:
    """Writes the record and the tables.

    Raises:
        OSError: a file cannot be written.
    """
    files = {"ablations.md": ablations_markdown(record), "values.csv": values_csv(record)}
    tables = {"orderings": orderings_table(record)}
    tables |= {question.name: arms_table(record, question) for question in record.questions}
    for name, table in tables.items():
        files |= {f"tables/{name}.md": markdown(table), f"tables/{name}.csv": csv(table)}
    for name, text in files.items():
        _write(folder.report / name, text)
    _write(folder.results, ablations_to_json(record))


def _question(
    study: Study, folder: StudyFolder, runs: Mapping[int, RunRecord], name: str, question: Question
) -> QuestionRecord:
    measures = {each: _measure(study, folder, runs, question, each) for each in question.measures}
    return QuestionRecord(
        name=name,
        title=question.title,
        arms=tuple(ArmRecord(name=arm, title=title) for arm, title in question.arms.items()),
        measures=tuple(measures.values()),
        orderings=tuple(_ordering(ordering, measures[ordering.measure]) for ordering in question.orderings),
    )


def _measure(
    study: Study, folder: StudyFolder, runs: Mapping[int, RunRecord], question: Question, name: str
) -> MeasureRecord:
    measure = study.measures[name]
    values: dict[str, tuple[float | None, ...]] = {}
    reasons: dict[str, str] = {}
    for arm in question.arms:
        seen = [_value(study, folder, runs, Variant(arm, seed), measure, name) for seed in study.seeds]
        values[arm] = tuple(None if value is None else to_digits(value) for value, _ in seen)
        missing = [f"seed {seed}: {reason}" for seed, (_, reason) in zip(study.seeds, seen, strict=True) if reason]
        if missing:
            reasons[arm] = "; ".join(missing)
        elif len(study.seeds) < 2:
            reasons[arm] = "one seed has no standard error"
    known = {arm: [value for value in row if value is not None] for arm, row in values.items()}
    whole = {arm: row if len(row) == len(study.seeds) else [] for arm, row in known.items()}
    return MeasureRecord(
        name=name,
        title=measure.title,
        higher_is_better=_higher_is_better(measure),
        values=values,
        means={arm: to_digits(mean(row)) if row else None for arm, row in whole.items()},
        standard_errors={arm: _rounded(standard_error(row)) for arm, row in whole.items()},
        reasons=reasons,
    )


def _value(
    study: Study,
    folder: StudyFolder,
    runs: Mapping[int, RunRecord],
    variant: Variant,
    measure: Measure,
    name: str,
) -> tuple[float | None, str | None]:
    """A value, and why there is none."""
    diverged = divergence(study, folder, variant)
    if diverged is not None:
        return None, diverged
    training = folder.training(variant.name).path
    if measure.is_of_samples:
        return score_of(study, folder, runs[variant.seed], variant, name)
    if measure.metric == BOUND:
        assert study.bound is not None
        return bound_value(training, folder.bound(variant.name), study.bound), None
    noise = read_gradient(training, folder.gradient(variant.name), study.gradient.batches)
    assert noise is not None
    scale = noise["scale"]
    if scale is None:
        return None, "the gradient is too small beside its noise"
    return math.log10(scale), None


def _higher_is_better(measure: Measure) -> bool:
    return measure.metric in ALL_METRICS and find_metric(measure.metric).higher_is_better


def _ordering(ordering: Ordering, measure: MeasureRecord) -> OrderingRecord:
    judged = judge(measure.values[ordering.better], measure.values[ordering.worse], measure.higher_is_better)
    return OrderingRecord(
        **ordering.model_dump(),
        answer=judged.answer,
        difference=_rounded(judged.difference),
        standard_error=_rounded(judged.standard_error),
        low=_rounded(judged.low),
        high=_rounded(judged.high),
        reason=judged.reason,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else to_digits(value)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with atomic_write(path) as file:
        file.write(text.encode())
