"""The answer in words: how many network evaluations a model needs to be as good as the baseline."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from ..reports import AnswerRecord, PointRecord
from ..reports.best import Z_95
from ..reports.labels import settings_label
from ..reports.rounding import decimals_for
from .comparable import of_usual_number

# Each bar is an estimate, and of many comparisons at 95 % some err: the sentence claims no more than one at a time.
BY_THE_BARS = "By the error bars (95 %, each comparison by itself)"
BELOW_FLOOR = "Below real images is no merit: a model that repeats its training images gets there too."
UNKNOWN_ERRORS = "Some standard errors are unknown, so chance may have a part in this."


def answer(points: Sequence[PointRecord], baseline: str) -> AnswerRecord | None:
    """Compares the FIDs of all sampled models with the best FID of the model ``baseline``.

    The difference of two FIDs has the standard error sqrt(a^2 + b^2), as the two sets of samples are independent.

    Args:
        points: of a run, or of several. Those of another number of images than most that can be compared are left out,
            as FID depends on it, and so are those of other models whose network evaluations were not counted.
        baseline: the model to be reached.

    Returns:
        The answer, or None if there is no FID of the baseline or of another model.
    """
    scored = [point for point in points if point.family != "real" or point.model == baseline]
    scored = [point for point in scored if _fid(point) is not None]
    if len({point.model == baseline for point in scored}) < 2:
        return None
    compared = _comparable(scored, baseline)
    rivals = [point for point in compared if point.model == baseline]
    candidates = [point for point in compared if point.model != baseline]
    question = f"At how many network evaluations per image does FID reach the best of {baseline}?"
    if not compared:
        return AnswerRecord(question=question, reached=False, sentence=_no_telling(scored, baseline))
    best_rival = min(rivals, key=_value)
    reached = _smallest(candidates, lambda point: _value(point) <= _value(best_rival))
    certain = _smallest(candidates, lambda point: _bound(point, best_rival, +1) <= 0)
    possible = _smallest(candidates, lambda point: _bound(point, best_rival, -1) <= 0)
    unknown = any(math.isnan(_bound(point, best_rival, +1)) for point in candidates)
    return AnswerRecord(
        question=question,
        reached=reached is not None,
        network_evaluations=_evaluations(reached),
        point=reached.id if reached else None,
        certain_from=_evaluations(certain),
        possible_from=_evaluations(possible),
        baseline_point=best_rival.id,
        sentence=" ".join(
            [
                _verdict(reached, best_rival, candidates),
                UNKNOWN_ERRORS if unknown else _certainty(certain, possible, candidates),
                *_floor(points, candidates),
                *_left_out(scored, compared, baseline),
            ]
        ),
    )


def _comparable(scored: Sequence[PointRecord], baseline: str) -> list[PointRecord]:
    """The points that the answer is about: of as many images on both sides, and counted; none if a side has none."""
    usable = [point for point in scored if point.model == baseline or _evaluations(point)]
    own, other = ({p.num_images for p in usable if (p.model == baseline) is is_own} for is_own in (True, False))
    return of_usual_number([point for point in usable if point.num_images in own & other])


def _no_telling(scored: Sequence[PointRecord], baseline: str) -> str:
    """Why nothing can be compared."""
    if not any(point.model != baseline and _evaluations(point) for point in scored):
        return f"There is no telling, as the network evaluations of no model but {baseline} were counted."
    return f"There is no telling: FID depends on the number of images, and no other model has as many as {baseline}."


def _left_out(scored: Sequence[PointRecord], compared: Sequence[PointRecord], baseline: str) -> list[str]:
    """What the answer is not about; nothing where it is about all that was scored."""
    out = [point for point in scored if point not in compared]
    uncounted = sum(point.model != baseline and not _evaluations(point) for point in out)
    parts = [
        f"{len(out) - uncounted} of another number of images than {compared[0].num_images:,}, on which FID depends",
        f"{uncounted} whose network evaluations were not counted",
    ]
    told = [part for part, number in zip(parts, (len(out) - uncounted, uncounted), strict=True) if number]
    return [f"Points left out of this: {', and '.join(told)}."] if told else []


def _fid(point: PointRecord) -> float | None:
    score = point.scores.get("fid")
    return score.value if score else None


def _value(point: PointRecord) -> float:
    value = _fid(point)
    assert value is not None
    return value


def _bound(point: PointRecord, rival: PointRecord, side: int) -> float:
    """The upper (+1) or lower (-1) end of the 95 % interval of a difference of FIDs; NaN where an error is unknown."""
    errors = [score.standard_error for score in (point.scores["fid"], rival.scores["fid"])]
    spread = math.hypot(*(math.nan if error is None else error for error in errors))
    return _value(point) - _value(rival) + side * Z_95 * spread


def _smallest(points: Sequence[PointRecord], is_good: Callable[[PointRecord], bool]) -> PointRecord | None:
    """Of the good points the one of fewest network evaluations, and of these the one of best FID."""
    return min(
        filter(is_good, points), key=lambda point: (_evaluations(point) or math.inf, _value(point)), default=None
    )


def _evaluations(point: PointRecord | None) -> int | None:
    return point.profile.network_evaluations if point else None


def _verdict(reached: PointRecord | None, rival: PointRecord, candidates: Sequence[PointRecord]) -> str:
    if reached is None:
        best = min(candidates, key=_value)
        return (
            f"Not reached: the best FID of {best.model} is {_measured(best)} ({settings_label(best)}),"
            f" and that of {rival.model} is {_measured(rival)} ({settings_label(rival)})."
        )
    return (
        f"{reached.model} reaches the best FID of {rival.model} with {_count(reached)}:"
        f" {_measured(reached)} ({settings_label(reached)}) against {_measured(rival)} ({settings_label(rival)})."
    )


def _certainty(certain: PointRecord | None, possible: PointRecord | None, candidates: Sequence[PointRecord]) -> str:
    """What the error bars leave open."""
    if possible is None:
        return f"{BY_THE_BARS} it is certain that no point here does."
    start = f"{BY_THE_BARS} it is possible from {_evaluations(possible)} network evaluations on"
    if certain is None:
        return f"{start}, and certain at no point here."
    if _evaluations(certain) == _evaluations(possible):
        fewest = _evaluations(_smallest(candidates, lambda _: True)) == _evaluations(certain)
        rest = "; no point here takes fewer." if fewest else ", and so is that no point of fewer evaluations does."
        return f"{BY_THE_BARS} that is certain{rest}"
    return f"{start} and certain from {_evaluations(certain)} on."


def _floor(points: Sequence[PointRecord], candidates: Sequence[PointRecord]) -> list[str]:
    """How far the best candidate is from real images; nothing unless there are as many, as FID depends on it."""
    best = min(candidates, key=_value)
    floors = [
        point
        for point in points
        if point.family == "real" and _fid(point) is not None and point.num_images == best.num_images
    ]
    if not floors:
        return []
    floor = min(floors, key=_value)
    learnt = f" {BELOW_FLOOR}" if _value(best) < _value(floor) else ""
    return [
        f"The best of {best.model} is {_measured(best)} ({settings_label(best)}); as many real images ({floor.model},"
        f" {floor.num_images:,}) come to {_measured(floor)}, as a perfect generator would.{learnt}"
    ]


def _measured(point: PointRecord) -> str:
    """FID with its standard error: ``12.3 ± 0.4``."""
    value, error = _value(point), point.scores["fid"].standard_error
    decimals = decimals_for([value], [error])
    return f"{value:.{decimals}f}" + ("" if error is None else f" ± {error:.{decimals}f}")


def _count(point: PointRecord) -> str:
    """What an image costs: ``25 network evaluations (and 25 of the classifier)``."""
    evaluations, guided = point.profile.network_evaluations, point.profile.classifier_evaluations
    noun = "network evaluation" if evaluations == 1 else "network evaluations"
    return f"{evaluations} {noun}" + (f" (and {guided} of the classifier)" if guided else "")
