"""Quality against time: which points no other beats in both, and what equal quality costs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from ..reports import EqualQualityRecord, PointRecord, TradeOffRecord
from ..reports.labels import settings_label
from ..reports.pareto import on_front
from ..reports.rounding import significant
from .comparable import of_usual_number

ONE_POINT = "a single point is no curve"
NEVER = "no point of it comes to that FID"


def trade_off(points: Sequence[PointRecord], baseline: str | None) -> TradeOffRecord | None:
    """What FID costs in seconds per image.

    Args:
        points: of a run. Those of another number of images than most are left out, as FID depends on it.
        baseline: the model to be beaten; None for a run without one.

    Returns:
        None where no point has both a time and an FID.
    """
    known = of_usual_number([point for point in points if point.family != "real" and _is_known(point)])
    if not known:
        return None
    known.sort(key=lambda point: (_seconds(point), _fid(point)))
    on = on_front([_seconds(point) for point in known], [_fid(point) for point in known])
    front = [point for point, is_on in zip(known, on, strict=True) if is_on]
    rival = min((point for point in known if point.model == baseline), key=_fid, default=None)
    curves = [] if rival is None else _curves([point for point in known if point.model != baseline])
    equal = tuple(at_equal_quality(curve, rival) for curve in curves) if rival is not None else ()
    return TradeOffRecord(
        pareto_front=tuple(point.id for point in front),
        baseline_point=None if rival is None else rival.id,
        equal_quality=equal,
        sentence=" ".join([_front_sentence(front, len(known)), *_equal_sentence(equal, rival)]),
    )


def at_equal_quality(curve: Sequence[PointRecord], rival: PointRecord) -> EqualQualityRecord:
    """What a curve costs at the FID of ``rival``.

    Where the FIDs of several pairs of neighbours enclose it, the fastest pair counts. Between the two the logarithm of
    the seconds is taken to be linear in FID.

    Args:
        curve: points that differ in their steps or their truncation alone, fastest first.
        rival: the baseline's best point.
    """
    wanted = _fid(rival)
    seconds, between, reason = None, None, None
    crossing = next((pair for pair in pairwise(curve) if _fid(pair[1]) <= wanted < _fid(pair[0])), None)
    if _fid(curve[0]) <= wanted:
        ratio = significant(_seconds(curve[0]) / _seconds(rival))
        reason = f"its fastest point is as good already, in {ratio} times the seconds"
    elif len(curve) == 1:
        reason = ONE_POINT
    elif crossing is None:
        reason = NEVER
    else:
        worse, better = crossing
        share = (_fid(worse) - wanted) / (_fid(worse) - _fid(better))
        seconds = math.exp((1 - share) * math.log(_seconds(worse)) + share * math.log(_seconds(better)))
        between = worse.id, better.id
    return EqualQualityRecord(
        model=curve[0].model,
        label=_curve_label(curve[0]),
        points=tuple(point.id for point in curve),
        between=between,
        seconds_per_image=seconds,
        cost_ratio=None if seconds is None else seconds / _seconds(rival),
        reason=reason,
    )


def _is_known(point: PointRecord) -> bool:
    """Whether a point has an FID and a time, which a logarithm can be taken of."""
    score = point.scores.get("fid")
    return score is not None and score.value is not None and bool(point.profile.seconds_per_image)


def _fid(point: PointRecord) -> float:
    value = point.scores["fid"].value
    assert value is not None
    return value


def _seconds(point: PointRecord) -> float:
    seconds = point.profile.seconds_per_image
    assert seconds is not None
    return seconds


def _curves(points: Sequence[PointRecord]) -> list[list[PointRecord]]:
    """The points by all of their settings but steps and truncation, in the order that they come in."""
    curves: dict[tuple[object, ...], list[PointRecord]] = {}
    for point in points:
        key = (point.model, point.sampler, point.guidance, point.eta, point.options)
        curves.setdefault(key, []).append(point)
    return list(curves.values())


def _curve_label(point: PointRecord) -> str:
    """The settings that the points of a curve share: ``DDIM, guidance 1``; nothing for a GAN's truncations."""
    if point.sampler is None and point.options is None:
        return ""
    return settings_label(point.model_copy(update={"steps": None, "truncation": None}))


def _front_sentence(front: Sequence[PointRecord], total: int) -> str:
    if len(front) == 1:
        return f"{_name(front[0])} is both the fastest and of the lowest FID of {total} points."
    return (
        f"Of {total} points {len(front)} are on the Pareto front of FID against seconds, from {_name(front[0])} to "
        f"{_name(front[-1])}."
    )


def _equal_sentence(equal: Sequence[EqualQualityRecord], rival: PointRecord | None) -> list[str]:
    """The least of the ratios, or why there is none; nothing where there is no curve."""
    if rival is None or not equal:
        return []
    known = [(curve.cost_ratio, curve) for curve in equal if curve.cost_ratio is not None]
    if not known:
        return [
            f"No curve meets the FID of {_name(rival)} between two of its points, so there is no cost at equal FID."
        ]
    ratio, curve = min(known, key=lambda pair: pair[0])
    name = f"{curve.model} ({curve.label})" if curve.label else curve.model
    return [
        f"At the FID of {_name(rival)} an image of {name} takes {significant(ratio, 2)} times as long, interpolated "
        f"between {' and '.join(curve.between or ())}; error bars are left aside."
    ]


def _name(point: PointRecord) -> str:
    return f"{point.model} ({settings_label(point)})"
