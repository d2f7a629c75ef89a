"""Acceptance: a run becomes the baseline that later ones are held against."""

from __future__ import annotations

import getpass
import shutil
import subprocess
from collections.abc import Iterator, Sequence

from ..reference_batches import InputError
from ..reports import RunRecord, ScoreRecord
from ..reports.rounding import decimals_for
from ..reports.verdict import BaselineOrigin
from .baseline import Baseline, PointBaseline, made_with
from .fairness import differing
from .journal import now
from .policy import Policy


def accept(
    record: RunRecord, reason: str, who: str, previous: Baseline | None = None, margins: Sequence[str] = ()
) -> Baseline:
    """Makes a baseline of a finished run.

    Args:
        record: the run.
        reason: why its numbers are the ones to hold to.
        who: the person that says so.
        previous: the baseline that is replaced, whose policy is kept.
        margins: changes of the policy, such as ``fid=3%``.

    Raises:
        InputError: the run is partial or has no scores, the reason is empty, or a margin is not well formed.
    """
    if not reason.strip():
        raise InputError("--reason is empty; say why these numbers are the ones to hold to")
    if record.status == "partial":
        raise InputError(f"the run {record.name} is partial, and a baseline must be whole; give `beatgans run` again")
    unscored = next((point.id for point in record.points if not point.scores), None)
    if unscored is not None or not record.points:
        raise InputError(f"the run {record.name} has no scores{f' of {unscored}' if unscored else ''} to accept")
    metrics = {metric for point in record.points for metric in point.scores}
    policy = previous.policy if previous is not None else Policy()
    return Baseline(
        accepted=BaselineOrigin(who=who, when=now(), why=" ".join(reason.split())),
        suite=record.name,
        seed=record.seed,
        labels=record.labels,
        reference=record.reference,
        protocol=record.protocol,
        made_with=made_with(record),
        policy=policy.changed(margins, metrics),
        points={point.id: PointBaseline.of(point) for point in record.points},
    )


def current_user() -> str:
    """Who is at work, as git knows them: ``Name <address>``; the name of the account where git knows nobody."""
    name, address = (_git_setting(key) for key in ("user.name", "user.email"))
    if name:
        return f"{name} <{address}>" if address else name
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in some containers
        return "unknown"


def _git_setting(key: str) -> str:
    if shutil.which("git") is None:
        return ""
    finished = subprocess.run(["git", "config", "--get", key], capture_output=True, text=True, timeout=30, check=False)
    return finished.stdout.strip() if finished.returncode == 0 else ""


def changes(previous: Baseline, baseline: Baseline) -> Iterator[str]:
    """What a new baseline changes, a line each: points that come and go, scores, margins and the protocol."""
    for name, old_setting, new_setting in differing(previous.protocol, baseline.protocol):
        yield f"protocol: {name} {old_setting} -> {new_setting}"
    for field in ("seed", "labels", "suite"):
        if getattr(previous, field) != getattr(baseline, field):
            yield f"{field} {getattr(previous, field)} -> {getattr(baseline, field)}"
    if previous.reference.sha256 != baseline.reference.sha256:
        yield f"reference {previous.reference.name} -> {baseline.reference.name}, of other content"
    for metric in sorted(previous.policy.margins.keys() | baseline.policy.margins.keys()):
        if previous.policy.margin(metric) != baseline.policy.margin(metric):
            yield f"margin of {metric}: {previous.policy.margin(metric)} -> {baseline.policy.margin(metric)}"
    yield from (f"- {point}" for point in previous.points if point not in baseline.points)
    yield from (f"+ {point}" for point in baseline.points if point not in previous.points)
    for point, old in previous.points.items():
        if point in baseline.points:
            yield from _score_changes(point, old, baseline.points[point])


def _score_changes(point: str, old: PointBaseline, new: PointBaseline) -> Iterator[str]:
    for metric in sorted(old.scores.keys() | new.scores.keys()):
        before, after = old.scores.get(metric), new.scores.get(metric)
        if before is None or after is None or before.value != after.value:
            yield f"{point} {metric}: {_measured(before)} -> {_measured(after)}"


def _measured(score: ScoreRecord | None) -> str:
    """A score for people: ``12.3 ± 0.4``."""
    if score is None:
        return "absent"
    if score.value is None:
        return "none"
    decimals = decimals_for([score.value], [score.standard_error])
    error = "" if score.standard_error is None else f" ± {score.standard_error:.{decimals}f}"
    return f"{score.value:.{decimals}f}{error}"
