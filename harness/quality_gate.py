"""The gates as a test calls them: run a suite or time a function, compare, and fail with the reasons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Self

import pytest

from .pytest_plugin import MARKER

if TYPE_CHECKING:
    from ..reports import RunRecord
    from ..reports.verdict import VerdictRecord
    from .speed import SpeedComparison

MOST_REASONS = 20
"""Of a failed test's text."""
USAGE = f'mark the test with @pytest.mark.{MARKER}("suite.yaml", baseline="baseline.json")'


@dataclass(frozen=True)
class QualityGate:
    """What a test holds its model to.

    Attributes:
        suite: a built-in suite's name, or the path of a YAML file.
        baseline: the file that the run is held against.
        overrides: changes of the suite, as ``--set`` takes them.
        tolerate: findings that pass though they prove nothing: ``inconclusive``, ``better``.
        runs: the folder that runs are kept in.
        accept: why the run becomes the new baseline; None to judge it.
    """

    suite: str
    baseline: Path
    overrides: tuple[str, ...]
    tolerate: tuple[str, ...]
    runs: Path
    accept: str | None

    @classmethod
    def of(cls, test: pytest.Item, temporary: pytest.TempPathFactory) -> Self:
        """What a test's marker asks for."""
        marker = test.get_closest_marker(MARKER)
        if marker is None:
            pytest.fail(f"quality_gate needs a suite: {USAGE}", pytrace=False)
        if (problem := _wrong_call(marker)) is not None:
            pytest.fail(f"{MARKER}: {problem}; {USAGE}", pytrace=False)
        suite, baseline, overrides, tolerate = _arguments(*marker.args, **marker.kwargs)
        folder = test.path.parent
        is_file = suite.endswith((".yaml", ".yml"))
        kept = test.config.getoption("quality_runs")
        return cls(
            suite=str(folder / suite) if is_file else suite,
            baseline=folder / baseline,
            overrides=tuple(overrides),
            tolerate=tuple(tolerate),
            runs=Path(kept) if kept else temporary.mktemp("quality"),
            accept=test.config.getoption("quality_accept"),
        )

    def __call__(self) -> VerdictRecord:
        """Runs the suite and judges the run, or accepts it as the baseline where the session was started to do so.

        Anything but a pass fails the test: proof of a regression, and no less whatever keeps it from being judged.
        """
        from ..reference_batches import InputError
        from ..reports import RecordError
        from .errors import HarnessError

        try:
            verdict = self._verdict()
        except (InputError, RecordError, HarnessError) as error:
            pytest.fail(str(error), pytrace=False)
        if verdict.outcome != "pass":
            cure = f"If the change is meant, accept it: pytest --quality-accept REASON writes {self.baseline}."
            reasons = [f"- {reason}" for reason in verdict.reasons[: MOST_REASONS if len(verdict.reasons) > 1 else 0]]
            pytest.fail("\n".join([verdict.sentence, *reasons, cure]), pytrace=False)
        return verdict

    def _verdict(self) -> VerdictRecord:
        from .folder import unused_folder
        from .gating import gate_run
        from .progress import Progress
        from .run import RunOptions, run_suite
        from .suite import load_suite

        suite = load_suite(self.suite, self.overrides)
        outcome = run_suite(suite, unused_folder(self.runs / suite.name), RunOptions(command="pytest"), Progress())
        if self.accept is not None:
            self._accept(outcome.record, self.accept)
        return gate_run(outcome.folder.path, self.baseline, self.tolerate)

    def _accept(self, record: RunRecord, reason: str) -> None:
        from .baseline import read_baseline, write_baseline
        from .baseline_acceptance import accept, current_user

        previous = read_baseline(self.baseline) if self.baseline.exists() else None
        write_baseline(self.baseline, accept(record, reason, current_user(), previous))


def hold_speed(
    new: Callable[[], object], old: Callable[[], object], factor: float = 1.1, rounds: int = 9
) -> SpeedComparison:
    """Times two functions in turns, in this process, and fails the test if the new one is proven slower.

    Args:
        new: what must not be slow; one round is one call.
        old: what it is held against.
        factor: how many times slower it may be.
        rounds: calls of each, after one to warm up.

    Raises:
        InputError: there are too few rounds.
    """
    from .speed import compare_speeds

    compared = compare_speeds(new, old, rounds)
    if compared.is_slower(factor):
        pytest.fail(f"slower: {compared.sentence}, where {factor:g} is allowed", pytrace=False)
    return compared


def _wrong_call(marker: pytest.Mark) -> str | None:
    """What is wrong with a marker's arguments; None if nothing is."""
    try:
        signature(_arguments).bind(*marker.args, **marker.kwargs)
    except TypeError as error:
        return str(error)
    return None


def _arguments(
    suite: str, baseline: str | Path, overrides: Sequence[str] = (), tolerate: Sequence[str] = ()
) -> tuple[str, str | Path, Sequence[str], Sequence[str]]:
    """The marker's arguments by position or by name."""
    return suite, baseline, overrides, tolerate
