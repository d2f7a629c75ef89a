"""The second stage of a run: from images to features, and from features to scores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict

import numpy as np

from ..evaluator import (
    Extractor,
    Features,
    PreparedReference,
    Score,
    cached_features,
    evaluate,
    find_warnings,
    load_extractor,
    protocol_record,
)
from ..reference_batches import ImageSet, InputError, Reference, open_reference
from ..reports import ScoreRecord
from ..reports.rounding import to_digits
from .class_fids import class_fids
from .extractor import find_weights
from .identity import JACKKNIFE_GROUPS
from .journal import ScoresEvent
from .open_run import OpenRun
from .overhead import FEATURES, METRICS
from .point_features import BATCH_SIZE, extract_parts, features_of_point
from .points import OperatingPoint
from .progress import Advance
from .tasks import Claim, Tasks, taken

NOT_FOR_TABLES = ("bfloat16", "float16")


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
    weights = find_weights(run.suite.extractor, run.suite.extractor_weights)
    extractor = load_extractor(run.suite.extractor, weights, device)
    real = open_reference(run.suite.reference)
    total = len(real.images or ()) + sum(run.manifest.identity.num_images_of(point) for point in todo)
    with run.progress.bar("Scoring", total, "images") as advance:
        # The features first, as they can be shared out finely, and the reference's by whoever comes first.
        with run.claims.hold("features of the reference"):
            reference = _reference(run, real, extractor, advance)
        extract_parts(run, todo, extractor, advance)
        warnings = reference_warnings(real, extractor)
        for point in taken(Tasks(todo, lambda point: _claim_scoring(run, point), run.places())):
            run.progress.describe(f"Scoring {point.id}")
            _score_point(run, point, extractor, reference, warnings, advance)
            run.claims.release(_work_of_scoring(point))


def _claim_scoring(run: OpenRun, point: OperatingPoint) -> Claim:
    return run.claim(_work_of_scoring(point), lambda: run.state.point(point.id).scores is not None)


def _work_of_scoring(point: OperatingPoint) -> str:
    return f"scores of {point.id}"


def _reference(run: OpenRun, real: Reference, extractor: Extractor, advance: Advance) -> PreparedReference:
    folder = run.folder.reference_features
    extract = run.watch.timed(FEATURES, cached_features)
    return prepare_reference(
        real,
        run.suite.protocol,
        lambda images: extract(extractor, images, folder, BATCH_SIZE, advance, run.progress.warn),
    )


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


def check_extractor(reference: Reference, extractor: Extractor) -> None:
    """Refuses a reference whose file says that another extractor made it.

    Raises:
        InputError: says which one.
    """
    if reference.extractor is not None and reference.extractor != extractor.name:
        raise InputError(
            f"the reference {reference.name} was made with the extractor {reference.extractor}, not {extractor.name};"
            f" choose the extractor {reference.extractor}"
        )
    if reference.extractor_sha256 is not None and reference.extractor_sha256 != extractor.weights_sha256:
        raise InputError(
            f"the reference {reference.name} was made with other weights of the extractor {extractor.name};"
            " name these with --weights, or build the reference again"
        )


def reference_warnings(reference: Reference, extractor: Extractor) -> list[str]:
    """What to know of the reference and of the arithmetic, whatever the samples."""
    warnings = [f"the reference {reference.name}: {reference.note}"] if reference.note else []
    if reference.statistics is not None and reference.extractor is None and reference.no_spatial_reason:
        warnings.append(
            f"the file {reference.name} does not say which extractor its statistics (mu, sigma) are of; those of"
            " pytorch-fid and clean-fid resize images otherwise than ADM does, and such scores mean nothing"
        )
    dtype = extractor.settings.get("extractor_dtype")  # which an extractor of the user's need not tell
    if dtype in NOT_FOR_TABLES:
        warnings.append(f"the features were computed in {dtype}, for a quick look: not for tables")
    return warnings


def _score_point(
    run: OpenRun,
    point: OperatingPoint,
    extractor: Extractor,
    reference: PreparedReference,
    reference_warnings: Sequence[str],
    advance: Advance,
) -> None:
    features, labels, samples_sha256 = features_of_point(run, point, extractor, advance)
    with run.watch.span(METRICS):
        scores = evaluate(reference, features, run.suite.protocol, run.suite.metrics, JACKKNIFE_GROUPS, labels)
        of_classes = class_fids(reference, features, labels) if run.suite.class_fid else {}
        warnings = (*reference_warnings, *find_warnings(labels, features, reference))
    run.record(
        ScoresEvent(
            point=point.id,
            samples_sha256=samples_sha256,
            scores={name: score_record(score) for name, score in scores.items()},
            class_fids=of_classes,
            protocol=protocol_record(run.suite.protocol, extractor, JACKKNIFE_GROUPS),
            warnings=warnings,
        )
    )


def score_record(score: Score) -> ScoreRecord:
    """A score for the record, its replicates rounded: what they are told apart by is a thousandth of the score."""
    replicates = score.replicates and tuple(map(to_digits, score.replicates))
    return ScoreRecord(**asdict(score) | {"replicates": replicates})
