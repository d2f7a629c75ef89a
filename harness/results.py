"""From what was done to the result record."""

from __future__ import annotations

from collections.abc import Sequence

from ..generators import SamplerSettings
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
        title=suite.title or suite.name,
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
    done = state.point(point.id)
    assert done.scores is not None
    shards = list(done.shards.values())
    settings = point.settings or SamplerSettings(sampler=None, respacing=None)
    is_diffusion = point.family == "diffusion"
    return PointRecord(
        id=point.id,
        model=point.model,
        family=point.family,
        sampler=settings.sampler,
        respacing=settings.respacing,
        steps=point.evaluations()[0] if is_diffusion else None,
        guidance=settings.guidance if is_diffusion else None,
        truncation=settings.truncation,
        eta=settings.eta if settings.sampler == "ddim" else None,
        num_images=num_images,
        num_parameters=shards[0].num_parameters,
        samples_sha256=done.scores.samples_sha256,
        scores=done.scores.scores,
        profile=profile_record(shards),
        warnings=done.scores.warnings,
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
    fields = sorted(
        {field for other in others for field in first.keys() | other.keys() if first.get(field) != other.get(field)}
    )
    return (
        [f"The run was continued under other circumstances ({', '.join(fields)}): compare its times with care."]
        if fields
        else []
    )
