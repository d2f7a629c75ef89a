"""From files to a verdict: the gate as the command line and the tests of other repositories call it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from ..reference_batches import InputError
from ..reports import RunRecord, read_record
from ..reports.verdict import VerdictRecord
from .baseline import read_baseline
from .errors import CannotJudgeError
from .folder import RunFolder
from .gate import judge
from .policy import TOLERABLE, Tolerable
from .verdict_words import refuse


def gate_run(run: Path, baseline: Path, tolerate: Sequence[str] = ()) -> VerdictRecord:
    """Holds the run in a folder, or a ``results.json``, against the baseline in a file.

    What keeps a run from being judged is a verdict too, so that it is shown where verdicts are.

    Raises:
        InputError: there is no run, or no finding to tolerate is called so.
        RecordError: its results are malformed.
    """
    unknown = next((finding for finding in tolerate if finding not in TOLERABLE), None)
    if unknown is not None:
        raise InputError(f"--tolerate {unknown}: choose from {', '.join(TOLERABLE)}")
    if run.is_dir() and RunFolder(run).manifest.exists() and not RunFolder(run).results.exists():
        return refuse([f"the run in {run} has no results yet; give `beatgans run` again to finish it"], run.name)
    record = read_run(run)
    try:
        accepted = read_baseline(baseline)
    except CannotJudgeError as error:
        return refuse([str(error)], record.name)
    return judge(record, accepted, tolerate=cast("Sequence[Tolerable]", tolerate))


def read_run(run: Path) -> RunRecord:
    """The record of the run in a folder, or in a ``results.json`` outside of one.

    Raises:
        InputError: there is no such folder or file, or the folder holds no run.
        RecordError: it is malformed.
    """
    if not run.exists():
        raise InputError(f"{run} does not exist; give the folder of a run, or its results.json")
    if run.is_dir() and not RunFolder(run).results.exists():
        raise InputError(f"{run} holds no results.json; give the folder of a run that has ended")
    return read_record(RunFolder(run).results if run.is_dir() else run)
