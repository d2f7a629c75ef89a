"""Reference files out of images: the statistics of all of them, and what precision and recall need of some."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..evaluator import Extractor
from ..evaluator.protocol import find_protocol
from ..evaluator.running_moments import RunningMoments
from ..reference_batches import (
    ChosenImages,
    ImageSet,
    InputError,
    PooledFeatures,
    Statistics,
    open_images,
    open_reference,
    write_reference,
)
from .extractor import default_extractor, prepare_extractor
from .progress import Advance, Progress

KEEP = ("images", "features")
CHOICE_SEED = 0


@dataclass(frozen=True)
class BuildOptions:
    """How to build a reference file.

    Attributes:
        extractor: what turns images into features; None for the digits' own where these are built in, else Inception.
        weights: a file of weights in place of the extractor's own.
        protocol: ``adm`` for means in float32, as OpenAI's files have them, ``exact`` for float64.
        keep: ``images`` or ``features``, for precision and recall.
        limit_images: keep those of so many images, drawn at random from all; None for all. The statistics are of all
            images in any case.
        size: resize and crop the images to squares of that many pixels; None to take them as they are.
        device: ``cpu`` or ``cuda``.
        batch_size: images that features are extracted from at once.
    """

    extractor: str | None = None
    weights: Path | None = None
    protocol: str = "adm"
    keep: str = "images"
    limit_images: int | None = None
    size: int | None = None
    device: str = "cpu"
    batch_size: int = 50


@dataclass(frozen=True)
class BuiltReference:
    """What a reference file was built of.

    Attributes:
        num_images: the images that the statistics are of.
        num_kept: the images that precision and recall compare with.
        dimensions: of the pooled and the spatial features.
        warnings: what a reader of scores against it would get wrong.
    """

    num_images: int
    num_kept: int
    dimensions: tuple[int, int]
    warnings: list[str]


def build_reference(source: str, output: Path, options: BuildOptions, progress: Progress) -> BuiltReference:
    """Writes a reference file of the images under a name or a path.

    Memory grows with the number of images by their kept features alone, if these are to be kept.

    Raises:
        InputError: the images, the extractor or an option cannot be used. Nothing is written then.
        OSError: the file cannot be written.
    """
    mean_dtype = find_protocol(options.protocol).mean_dtype
    _check_options(source, output, options)
    images = open_images(source, options.size)
    positions = choose_positions(len(images), options.limit_images)
    extractor = prepare_extractor(
        options.extractor or default_extractor(source), options.weights, options.device, progress
    )
    with progress.bar("Extracting features", len(images), "images") as advance:
        pool, spatial, kept_pool = _extract(extractor, images, positions, options, advance)
    has_spatial = spatial.moments().mean.size > 0
    statistics = Statistics(*pool.moments(mean_dtype), *(spatial.moments(mean_dtype) if has_spatial else ()))
    kept: ImageSet | PooledFeatures
    if options.keep == "features":
        kept = PooledFeatures(kept_pool, None if images.labels is None else images.labels[positions])
    else:
        kept = images if len(positions) == len(images) else ChosenImages(images, positions)
    write_reference(output, statistics, kept, extractor.name, extractor.weights_sha256)
    dimensions = len(statistics.mean), spatial.moments().mean.size
    return BuiltReference(len(images), len(positions), dimensions, _warnings(source, len(images), dimensions))


def choose_positions(number: int, limit: int | None) -> NDArray[np.int64]:
    """Which of ``number`` images are kept: increasing positions, the same every time.

    They are drawn at random: the first ones of a folder would be of a few classes, and evenly spaced ones can fall in
    step with classes that take turns. RandomState is used because NumPy freezes its streams.
    """
    if limit is None or limit >= number:
        return np.arange(number, dtype=np.int64)
    return np.sort(np.random.RandomState(CHOICE_SEED).choice(number, limit, replace=False)).astype(np.int64)


def _check_options(source: str, output: Path, options: BuildOptions) -> None:
    if output.suffix != ".npz":
        raise InputError(f"-o {output}: a reference file ends in .npz")
    if output.exists() and Path(source).exists() and output.samefile(source):
        raise InputError(f"-o {output}: that is the file to build from; choose another name")
    if options.keep not in KEEP:
        raise InputError(f"--keep {options.keep}: choose one of {', '.join(KEEP)}")
    if options.limit_images is not None and options.limit_images < 1:
        raise InputError(f"--limit-images {options.limit_images}: keep at least 1 image")


def _extract(
    extractor: Extractor,
    images: ImageSet,
    positions: NDArray[np.int64],
    options: BuildOptions,
    advance: Advance,
) -> tuple[RunningMoments, RunningMoments, NDArray[np.float32]]:
    """The running moments of pooled and spatial features, and the pooled ones to be kept."""
    pool, spatial = RunningMoments(), RunningMoments()
    kept: list[NDArray[np.float32]] = []
    for start, batch in _numbered(images, options.batch_size):
        features = extractor(batch)
        pool.add(features.pool)
        spatial.add(features.spatial)
        if options.keep == "features":
            first, last = np.searchsorted(positions, (start, start + len(batch)))
            kept.append(features.pool[positions[first:last] - start])
        advance(len(batch))
    return pool, spatial, np.concatenate(kept) if kept else np.empty((0, 0), np.float32)


def _numbered(images: ImageSet, size: int) -> Iterator[tuple[int, NDArray[np.uint8]]]:
    start = 0
    for batch in images.batches(size):
        yield start, batch
        start += len(batch)


def _warnings(source: str, number: int, dimensions: tuple[int, int]) -> list[str]:
    warnings = []
    if number <= max(dimensions):
        warnings.append(
            f"{number:,} images are no more than the {max(dimensions):,} dimensions of the features, so that the "
            "covariance is singular and FID or sFID far too dependent on the choice of images"
        )
    note = open_reference(source).note
    return warnings if note is None else [*warnings, f"{source}: {note}"]
