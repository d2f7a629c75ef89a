"""One report of several runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from ..reference_batches import InputError
from ..reports import RunRecord, read_record
from ..reports.merging import Merged, merge_records
from ..reports.published import Beside, published_beside, why_not_beside
from .answer import answer
from .folder import RunFolder
from .report import NOTHING, Report, report_of
from .trade_off import trade_off

Images = TypeVar("Images")
PUBLISHED = ("adm", "all", "none")


def report_of_runs(paths: Sequence[Path], published: str | None = None) -> Report:
    """The report of one run or of several.

    Args:
        paths: the folders of the runs.
        published: which published numbers to show beside: ``adm``, ``all`` or ``none``; by default those of ADM where
            protocol, reference and number of images are the papers'.

    Raises:
        RecordError: a folder has no results, or the runs were not scored alike.
        InputError: a shard is damaged, or published numbers are asked for beside a run that they cannot stand beside.
    """
    records = [read_record(RunFolder(path).results) for path in paths]
    if len(paths) == 1:
        return report_of(RunFolder(paths[0]), records[0], _published(records[0], published))
    names = run_names(paths)
    merged = merge_records(dict(zip(names, records, strict=True)))
    record = _with_answers(merged.record, records)
    own = {
        name: report_of(RunFolder(path), one, NOTHING) for name, path, one in zip(names, paths, records, strict=True)
    }
    return Report(
        record,
        samples=_gathered({name: report.samples for name, report in own.items()}, merged),
        neighbours=_gathered({name: report.neighbours for name, report in own.items()}, merged),
        sources=merged.sources,
        published=_published(record, published),
    )


def run_names(paths: Sequence[Path]) -> list[str]:
    """What runs are called: by the folders' names, or where these are alike by their paths."""
    names = [path.resolve().name for path in paths]
    if max(Counter(names).values()) == 1:
        return names
    if len({path.resolve() for path in paths}) < len(paths):
        raise InputError(f"a run is given twice among {', '.join(map(str, paths))}; name each once")
    return [str(path) for path in paths]


def _with_answers(record: RunRecord, records: Sequence[RunRecord]) -> RunRecord:
    """The record with answers for all points, where nothing is missing."""
    if record.status == "partial":
        return record
    baseline = _baseline(records)
    answers = {
        "answer": None if baseline is None else answer(record.points, baseline),
        "trade_off": trade_off(record.points, baseline),
    }
    return record.model_copy(update=answers)


def _baseline(records: Sequence[RunRecord]) -> str | None:
    """The model that the runs with an answer are about, where it is the same."""
    baselines = {
        point.model
        for one in records
        if one.answer is not None
        for point in one.points
        if point.id == one.answer.baseline_point
    }
    return baselines.pop() if len(baselines) == 1 else None


def _gathered(own: Mapping[str, Mapping[str, Images]], merged: Merged) -> dict[str, Images]:
    """What each run has of its points, by their ids in the merged record."""
    return {
        point: own[source][merged.origins[point]]
        for point, source in merged.sources.items()
        if merged.origins[point] in own[source]
    }


def _published(record: RunRecord, wanted: str | None) -> Beside:
    if wanted is not None and wanted not in PUBLISHED:
        raise InputError(f"--published is {wanted!r}; choose one of {', '.join(PUBLISHED)}")
    if wanted == "none":
        return NOTHING
    reason = why_not_beside(record)
    if wanted is not None and reason is not None:
        raise InputError(f"no published number may stand beside this run's: {reason}; leave --published out")
    return published_beside(record, everything=wanted == "all")
