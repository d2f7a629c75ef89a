"""From what was done to the result record."""

from __future__ import annotations

from collections.abc import Sequence

from ..generators import SamplerSettings, spacing_of
from ..reports import PointRecord, ReferenceRecord, RunRecord
from ..reports.record import Setting
from .answer import answer
from .identity import Identity
from .image_identity import ImagesIdentity
from .journal import SessionEvent
from .manifest import Manifest
from .points import OperatingPoint
from .profile import profile_record
from .released import can_be_released, released_warnings
from .state import RunState
from .suite import Suite
from .trade_off import trade_off

UNKNOWN_COMMAND = "not known, as the journal is damaged"


def build_record(suite: Suite, points: Sequence[OperatingPoint], manifest: Manifest, state: RunState) -> RunRecord:
    """The record of a run, as far as it has come: a function of the suite, the manifest and the journal alone."""
    scored = [point for point in points if state.point(point.id).scores]
    records = tuple(_point_record(point, manifest.identity, state) for point in scored)
    missing = len(points) - len(scored)
    reference = manifest.identity.images[suite.reference]
    sampling = _sampling_sessions(scored, state)
    last = state.sessions[-1] if state.sessions else None
    return RunRecord(
        status="partial" if missing else "complete",
        name=suite.name,
        title=suite.title or suite.name,
        created=state.last_change or manifest.created,
        command=last.command if last else UNKNOWN_COMMAND,
        seed=suite.seed,
        num_images=suite.num_images,
        labels=suite.labels,
        reference=ReferenceRecord(
            name=suite.reference,
            num_images=reference.num_images,
            sha256=reference.sha256,
            released=can_be_released(suite.reference, reference.num_images, reference.size),
        ),
        protocol=_protocol(scored, state),
        environment=sampling[-1].environment if sampling else {},
        warnings=(
            *_partial(missing, len(points)),
            *released_warnings(suite.reference, reference.num_images, reference.size),
            *_mixed_environments(sampling),
            *_unknown_environments(scored, state),
        ),
        answer=answer(records, suite.baseline) if suite.baseline is not None and not missing else None,
        trade_off=None if missing else trade_off(records, suite.baseline),
        points=records,
    )


def _point_record(point: OperatingPoint, identity: Identity, state: RunState) -> PointRecord:
    done = state.point(point.id)
    images = None if point.images is None else identity.images[point.images]
    assert done.scores is not None
    shards = list(done.shards.values())
    settings = point.settings or SamplerSettings(sampler=None, respacing=None)
    return PointRecord(
        id=point.id,
        model=point.model,
        family=point.family,
        sampler=settings.sampler,
        respacing=settings.respacing,
        steps=point.steps(),
        guidance=settings.guidance if point.family == "diffusion" else None,
        truncation=settings.truncation,
        eta=settings.eta if settings.sampler == "ddim" else None,
        options=_options(settings),
        details=point.entry.details(settings) if point.entry else {},
        num_images=identity.num_images_of(point),
        image_size=_image_size(point, images),
        released=None if images is None else can_be_released(str(point.images), images.num_images, images.size),
        num_parameters=shards[0].num_parameters,
        samples_sha256=done.scores.samples_sha256,
        scores=done.scores.scores,
        class_fids=done.scores.class_fids,
        profile=profile_record(shards),
        warnings=(
            *_settings_warnings(point),
            *([] if images is None else released_warnings(str(point.images), images.num_images, images.size)),
            *done.scores.warnings,
        ),
    )


def _image_size(point: OperatingPoint, images: ImagesIdentity | None) -> tuple[int, int] | None:
    """Height and width of a point's images; None where only the model knows them."""
    if images is not None:
        return images.size
    size = None if point.entry is None else point.entry.image_size
    return None if size is None else (size, size)


def _options(settings: SamplerSettings) -> str | None:
    """The settings that have no column of their own, in words; None where all of them are left alone."""
    words = [
        f"classifier-free {settings.classifier_free:g}" if settings.classifier_free else "",
        f"guided at {settings.guidance_interval}" if settings.guidance_interval else "",
        f"churn {settings.churn:g}" if settings.churn else "",
        f"at levels {settings.churn_interval}" if settings.churn_interval else "",
        f"of noise {settings.churn_noise:g}" if settings.churn_noise != 1 else "",
        "" if settings.clip else "unclipped",
        ""
        if settings.respacing is None or settings.sampler is None
        else _spacing(settings.sampler, settings.respacing),
        "" if settings.upsampler is None else _upsampler(settings.upsampler),
    ]
    return ", ".join(filter(None, words)) or None


def _upsampler(settings: SamplerSettings) -> str:
    """The second stage of a stack."""
    eta = f" of eta {settings.eta:g}" if settings.eta else ""
    return f"upsampled by {settings.sampler}{eta}, {settings.respacing}"


def _spacing(sampler: str, respacing: str) -> str:
    """The kind of spacing, where it is a solver's and not the one that its number of steps stands for."""
    own = spacing_of(sampler)
    is_own = respacing.startswith(own) and respacing.removeprefix(own).isdigit()
    if is_own or sampler in ("ddpm", "ddim"):
        return ""
    kind = respacing if "," in respacing else respacing.rstrip("0123456789")  # the number of steps has its own column
    return f"spaced {kind or 'evenly'}"


def _settings_warnings(point: OperatingPoint) -> list[str]:
    return [*point.entry.cautions, *point.entry.warnings(point.settings)] if point.entry and point.settings else []


def _protocol(scored: Sequence[OperatingPoint], state: RunState) -> dict[str, Setting]:
    """What the scores were computed by."""
    protocols = [scores.protocol for point in scored if (scores := state.point(point.id).scores)]
    assert all(protocol == protocols[0] for protocol in protocols)  # the run's identity holds all that is in it
    return protocols[0] if protocols else {}


def _partial(missing: int, total: int) -> list[str]:
    if not missing:
        return []
    return [
        f"{missing} of the suite's {total} operating points are missing, so no answer is given; `beatgans run` without"
        " --only completes them."
    ]


def _sampled_in(scored: Sequence[OperatingPoint], state: RunState) -> set[int | None]:
    """The sessions in which images were sampled, or where all exist already, were copied."""
    sampled = [point for point in scored if point.settings] or scored
    return set().union(*(state.point(point.id).sessions for point in sampled))


def _sampling_sessions(scored: Sequence[OperatingPoint], state: RunState) -> list[SessionEvent]:
    """The sessions that speeds were measured in, oldest first, as far as they are known."""
    known = sorted(index for index in _sampled_in(scored, state) if index is not None)
    return [state.sessions[index] for index in known]


def _mixed_environments(sampling: Sequence[SessionEvent]) -> list[str]:
    """A warning if times were measured under circumstances that differ."""
    first, *others = [session.environment for session in sampling] or [{}]
    fields = sorted(
        {field for other in others for field in first.keys() | other.keys() if first.get(field) != other.get(field)}
    )
    return (
        [f"The run was continued under other circumstances ({', '.join(fields)}): compare its times with care."]
        if fields
        else []
    )


def _unknown_environments(scored: Sequence[OperatingPoint], state: RunState) -> list[str]:
    """A warning if images were sampled in a session that the journal no longer tells of."""
    if None not in _sampled_in(scored, state):
        return []
    return [
        "The journal's first line is damaged, so it is not known on what machine some of the times were measured;"
        " `beatgans run` with --fresh measures them again."
    ]
