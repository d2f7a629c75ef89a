"""From what was done to the result record."""

from __future__ import annotations

from collections.abc import Sequence

from ..reports import PointRecord, ReferenceRecord, RunRecord
from .answer import answer
from .journal import Setting
from .manifest import Manifest
from .points import OperatingPoint
from .profile import profile_record
from .state import RunState
from .suite import Suite


def build_record(suite: Suite, points: Sequence[OperatingPoint], manifest: Manifest, state: RunState) -> RunRecord:
    """The record of a run, as far as it has come: a function of the suite, the manifest and the journal alone."""
    scored = [point for point in points if state.point(point.id).scores]
    records = tuple(_point_record(point, manifest.identity.num_images_of(point), state) for point in scored)
    missing = len(points) - len(scored)
    reference = manifest.identity.images[suite.reference]
    last = state.sessions[-1]
    return RunRecord(
        status="partial" if missing else "complete",
        name=suite.name,
        title=suite.title,
        created=state.last_change or last.time,
        command=last.command,
        seed=suite.seed,
        num_images=suite.num_images,
        labels=suite.labels,
        reference=ReferenceRecord(name=suite.reference, num_images=reference.num_images, sha256=reference.sha256),
        protocol=_protocol(scored, state),
        environment=last.environment,
        warnings=(*_partial(missing, len(points)), *_mixed_environments(scored, state)),
        answer=answer(records, suite.baseline) if suite.baseline is not None and not missing else None,
        points=records,
    )


def _point_record(point: OperatingPoint, num_images: int, state: RunState) -> PointRecord:
    done, settings = state.point(point.id), point.settings
    assert done.scores is not None
    common = {
        "id": point.id,
        "model": point.model,
        "family": point.family,
        "num_images": num_images,
        "samples_sha256": done.scores.samples_sha256,
        "scores": done.scores.scores,
        "profile": profile_record(list(done.shards.values())),
        "warnings": done.scores.warnings,
    }
    if settings is None:
        return PointRecord(**common)
    common["num_parameters"] = state.num_parameters[point.model]
    if point.family == "gan":
        return PointRecord(**common, truncation=settings.truncation)
    return PointRecord(
        **common,
        sampler=settings.sampler,
        respacing=settings.respacing,
        steps=point.evaluations()[0],
        guidance=settings.guidance,
        eta=settings.eta if settings.sampler == "ddim" else None,
    )


def _protocol(scored: Sequence[OperatingPoint], state: RunState) -> dict[str, Setting]:
    """What the scores were computed by: the same for all of a run's points, as its identity says."""
    scores = [state.point(point.id).scores for point in scored]
    return scores[0].protocol if scores and scores[0] else {}


def _partial(missing: int, total: int) -> list[str]:
    if not missing:
        return []
    return [
        f"{missing} of the suite's {total} operating points are missing, so no answer is given; `beatgans run` without"
        " --only completes them."
    ]


def _mixed_environments(scored: Sequence[OperatingPoint], state: RunState) -> list[str]:
    """A warning if times were measured under circumstances that differ."""
    used = sorted(set().union(*(state.point(point.id).sessions for point in scored)))
    first, *others = [state.sessions[index].environment for index in used] or [{}]
    fields = sorted({field for other in others for field in first.keys() | other.keys() if first.get(field) != other.get(field)})
    return [f"The run was continued under other circumstances ({', '.join(fields)}): compare its times with care."] if fields else []
