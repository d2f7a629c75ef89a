"""Scores of batch files, outside of any run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ..evaluator import (
    METRICS,
    PreparedReference,
    Score,
    evaluate,
    extract_features,
    find_warnings,
    load_extractor,
    protocol_record,
)
from ..reference_batches import load_reference, read_batch, sha256_file
from ..reports.record import Setting
from .identity import JACKKNIFE_GROUPS
from .progress import Progress

SCHEMA = "beatgans/scores/1"


@dataclass(frozen=True)
class Evaluated:
    """The scores of one batch file."""

    path: str
    sha256: str
    num_images: int
    scores: dict[str, Score]
    warnings: list[str]


@dataclass(frozen=True)
class Evaluation:
    """The scores of several batch files against one reference."""

    reference: str
    num_reference_images: int
    protocol: dict[str, Setting]
    samples: list[Evaluated]


@dataclass(frozen=True)
class EvaluationOptions:
    """How to score.

    Attributes:
        extractor: what turns images into features.
        weights: a file of weights in place of those that ship with the package.
        protocol: ``adm`` or ``exact``.
        metrics: which scores.
        device: ``cpu`` or ``cuda``.
        batch_size: images that features are extracted from at once.
    """

    extractor: str
    weights: Path | None = None
    protocol: str = "adm"
    metrics: Sequence[str] = METRICS
    device: str = "cpu"
    batch_size: int = 50


def evaluate_files(
    reference: str, samples: Sequence[Path], options: EvaluationOptions, progress: Progress
) -> Evaluation:
    """Scores batch files against a built-in reference or another batch file.

    Raises:
        InputError: a file or a name cannot be used, or there are too few images.
    """
    extractor = load_extractor(options.extractor, options.weights, options.device)
    real, batches = load_reference(reference), [read_batch(path) for path in samples]
    done = []
    with progress.bar("Scoring", sum(len(batch.images) for batch in (real, *batches)), "images") as advance:
        features = extract_features(extractor, real.images, options.batch_size, advance)
        prepared = PreparedReference(features, options.protocol)
        for path, batch in zip(samples, batches, strict=True):
            progress.describe(f"Scoring {path}")
            sampled = extract_features(extractor, batch.images, options.batch_size, advance)
            scores = evaluate(prepared, sampled, options.protocol, options.metrics, JACKKNIFE_GROUPS)
            warnings = find_warnings(batch, sampled, features)
            done.append(Evaluated(str(path), sha256_file(path), len(batch.images), scores, warnings))
    protocol = protocol_record(options.protocol, extractor.name, extractor.weights_sha256, JACKKNIFE_GROUPS)
    return Evaluation(reference, len(real.images), protocol, done)


def to_json(evaluation: Evaluation) -> str:
    """An evaluation as JSON with sorted keys."""
    return json.dumps({"schema": SCHEMA, **asdict(evaluation)}, allow_nan=False, indent=2, sort_keys=True) + "\n"
