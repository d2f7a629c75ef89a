"""The second stage of a run: from images to features, and from features to scores."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from ..evaluator import (
    Extractor,
    Features,
    PreparedReference,
    Score,
    evaluate,
    extract_features,
    find_warnings,
    protocol_record,
    read_features,
    write_features,
)
from ..reference_batches import Batch, ImageSet, Reference, open_reference, sha256_file
from ..reports import ScoreRecord
from ..reports.rounding import to_digits
from .extractor import prepare_extractor
from .identity import JACKKNIFE_GROUPS
from .journal import FeaturesEvent, ScoresEvent
from .open_run import OpenRun
from .points import OperatingPoint
from .progress import Advance
from .shards import read_shard


def score_points(run: OpenRun, points: Sequence[OperatingPoint], device: str) -> None:
    """Scores those of ``points`` that have no scores yet. All their shards must be there.

    Raises:
        InputError: the extractor or the reference cannot be used.
        OSError: features or the journal cannot be written.
    """
    todo = [point for point in points if run.state.point(point.id).scores is None]
    if not todo:
        return
    run.progress.note(f"scoring {len(todo)} operating points")
    extractor = prepare_extractor(run.suite.extractor, None, device, run.progress)
    real = open_reference(run.suite.reference)
    total = len(real.images or ()) + sum(run.manifest.identity.num_images_of(point) for point in todo)
    with run.progress.bar("Scoring", total, "images") as advance:
        reference = prepare_reference(
            real, run.suite.protocol, lambda images: extract_features(extractor, images, progress=advance)
        )
        for point in todo:
            run.progress.describe(f"Scoring {point.id}")
            _score_point(run, point, extractor, reference, advance)


def prepare_reference(
    reference: Reference, protocol: str, features_of: Callable[[ImageSet], Features]
) -> PreparedReference:
    """A reference ready to be compared with: its images' features are computed, or those that its file keeps taken."""
    features = None
    if reference.images is not None:
        features = features_of(reference.images)
    elif reference.pool is not None:
        nothing = np.empty((len(reference.pool), 0), np.float32)
        features = Features(reference.pool, nothing, nothing)
    return PreparedReference(features, protocol, statistics=reference.statistics, labels=reference.labels)


def _score_point(
    run: OpenRun, point: OperatingPoint, extractor: Extractor, reference: PreparedReference, advance: Advance
) -> None:
    shards = _read_shards(run, point)
    features, samples_sha256 = _features(run, point, shards, extractor, advance)
    labels = _labels(shards)
    scores = evaluate(reference, features, run.suite.protocol, groups=JACKKNIFE_GROUPS, labels=labels)
    run.record(
        ScoresEvent(
            point=point.id,
            samples_sha256=samples_sha256,
            scores={name: score_record(score) for name, score in scores.items()},
            protocol=protocol_record(run.suite.protocol, extractor, JACKKNIFE_GROUPS),
            warnings=tuple(find_warnings(labels, features, reference)),
        )
    )


def score_record(score: Score) -> ScoreRecord:
    """A score for the record, its replicates rounded: what they are told apart by is a thousandth of the score."""
    replicates = score.replicates and tuple(map(to_digits, score.replicates))
    return ScoreRecord(**asdict(score) | {"replicates": replicates})


def _read_shards(run: OpenRun, point: OperatingPoint) -> list[Batch]:
    done = run.state.point(point.id).shards
    return [
        read_shard(run.folder.shard(point.id, shard.index), done[shard.index].sha256) for shard in run.shards(point)
    ]


def _features(
    run: OpenRun, point: OperatingPoint, shards: Sequence[Batch], extractor: Extractor, advance: Advance
) -> tuple[Features, str]:
    """The features of a point, from its file where there is one, and the hash of the pixels that they are of.

    Features are extracted shard by shard, in batches whose size is not the sampler's: a score then depends on the
    images alone.
    """
    path, done = run.folder.features(point.id), run.state.point(point.id).features
    if done is not None:
        advance(sum(len(shard.images) for shard in shards))
        return read_features(path), done.samples_sha256
    features = Features.concatenate([extract_features(extractor, shard.images, progress=advance) for shard in shards])
    write_features(path, features)
    samples_sha256 = _pixels_sha256(shards)
    run.record(FeaturesEvent(point=point.id, sha256=sha256_file(path), samples_sha256=samples_sha256))
    return features, samples_sha256


def _pixels_sha256(shards: Sequence[Batch]) -> str:
    """SHA-256 of all pixels in the order of the samples, whatever the shards they are divided into."""
    digest = hashlib.sha256()
    for shard in shards:
        digest.update(shard.images.tobytes())
    return digest.hexdigest()


def _labels(shards: Sequence[Batch]) -> NDArray[np.int64] | None:
    labels = [shard.labels for shard in shards if shard.labels is not None]
    return np.concatenate(labels) if labels else None
