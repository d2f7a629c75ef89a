"""Scores of images on disk, outside of any run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ..evaluator import (
    METRICS,
    Extractor,
    Features,
    Score,
    cached_features,
    evaluate,
    extract_features,
    find_metric,
    find_warnings,
    protocol_record,
)
from ..reference_batches import (
    ImageSet,
    cache_folder,
    open_images,
    open_reference,
)
from ..reports.record import Setting
from .extractor import default_extractor, prepare_extractor
from .identity import JACKKNIFE_GROUPS
from .progress import Advance, Progress
from .released import released_warnings
from .scoring import check_extractor, prepare_reference, reference_warnings

SCHEMA = "beatgans/scores/2"


@dataclass(frozen=True)
class Evaluated:
    """The scores of one set of samples."""

    path: str
    sha256: str
    num_images: int
    scores: dict[str, Score]
    warnings: list[str]


@dataclass(frozen=True)
class ReferenceUsed:
    """What the samples were scored against."""

    name: str
    sha256: str
    num_images: int | None
    """The images, or features of images, that it holds; None for statistics alone."""
    has_statistics: bool
    """Whether FID and sFID are against stored statistics, in place of those of these images."""


@dataclass(frozen=True)
class Evaluation:
    """The scores of several sets of samples against one reference."""

    reference: ReferenceUsed
    protocol: dict[str, Setting]
    computation: dict[str, Setting]
    """What computed it: backend, device, versions. It changes scores by rounding alone."""
    samples: list[Evaluated]


@dataclass(frozen=True)
class EvaluationOptions:
    """How to score.

    Attributes:
        extractor: what turns images into features; None for the one that the reference is of.
        weights: a file of weights in place of the extractor's own.
        protocol: ``adm`` or ``exact``.
        metrics: which scores.
        device: ``cpu`` or ``cuda``.
        backend: ``torch`` or ``tensorflow``.
        dtype: the type that features are computed in.
        batch_size: images that features are extracted from at once.
        image_size: resize and crop samples to squares of so many pixels, as ADM does with its data; None leaves them.
        cache: whether features are kept in the user's cache, and taken from there.
    """

    extractor: str | None = None
    weights: Path | None = None
    protocol: str = "adm"
    metrics: Sequence[str] = METRICS
    device: str = "cpu"
    backend: str = "torch"
    dtype: str = "float32"
    batch_size: int = 32
    image_size: int | None = None
    cache: bool = True


@dataclass
class _Features:
    """Takes features from the cache or extracts them."""

    extractor: Extractor
    options: EvaluationOptions
    progress: Progress
    advance: Advance = field(default=lambda _: None)

    def of(self, images: ImageSet) -> Features:
        """The features of an image set."""
        self.progress.describe(f"Features of {images.name}")
        if not self.options.cache:
            return extract_features(self.extractor, images, self.options.batch_size, self.advance)
        folder = cache_folder() / "features"
        return cached_features(
            self.extractor, images, folder, self.options.batch_size, self.advance, self.progress.warn
        )


def evaluate_files(
    reference: str, samples: Sequence[Path], options: EvaluationOptions, progress: Progress
) -> Evaluation:
    """Scores batch files, folders or zip archives of images against a reference.

    Raises:
        InputError: a file or a name cannot be used, there are too few images, or reference and extractor do not belong
            together.
    """
    metrics = [find_metric(name) for name in options.metrics]
    real = open_reference(reference)
    sets = [open_images(path, options.image_size) for path in samples]
    extractor = prepare_extractor(
        options.extractor or default_extractor(reference, real.extractor),
        options.weights,
        options.device,
        progress,
        dtype=options.dtype,
        backend=options.backend,
    )
    check_extractor(real, extractor)
    features = _Features(extractor, options, progress)
    total = sum(len(images) for images in (*([real.images] if real.images is not None else []), *sets))
    done = []
    with progress.bar("Features", total, "images") as features.advance:
        prepared = prepare_reference(real, options.protocol, features.of)
        for path, images in zip(samples, sets, strict=True):
            sampled = features.of(images)
            scores = evaluate(
                prepared,
                sampled,
                options.protocol,
                metrics,
                JACKKNIFE_GROUPS,
                images.labels,
                lambda name, path=path: progress.describe(f"{name} of {path}"),  # type: ignore[misc]
            )
            warnings = [
                *reference_warnings(real, extractor),
                *find_warnings(images.labels, sampled, prepared),
                *(released_warnings(str(path), len(images), images.image_size) if options.image_size is None else []),
            ]
            done.append(Evaluated(str(path), images.sha256, len(images), scores, warnings))
    return Evaluation(
        ReferenceUsed(
            reference,
            real.sha256,
            len(prepared.features) if prepared.features is not None else None,
            prepared.has_statistics,
        ),
        protocol_record(options.protocol, extractor, JACKKNIFE_GROUPS),
        _computation(options),
        done,
    )


def _computation(options: EvaluationOptions) -> dict[str, Setting]:
    from .environment import describe_environment

    environment = describe_environment()
    return {
        "backend": options.backend,
        "device": options.device,
        "batch_size": options.batch_size,
        **{key: environment[key] for key in ("cpu", "gpu", "beatgans", "numpy", "scipy", "torch")},
    }


def to_json(evaluation: Evaluation) -> str:
    """An evaluation as JSON with sorted keys. The replicates of the jackknife are left to the records of runs."""
    content: dict[str, Any] = {"schema": SCHEMA, **asdict(evaluation)}
    for sample in content["samples"]:
        for score in sample["scores"].values():
            del score["replicates"]
    return json.dumps(content, allow_nan=False, indent=2, sort_keys=True) + "\n"
