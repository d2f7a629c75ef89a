"""The features of a run's images: extracted shard by shard, in parts that several processes can share out."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..evaluator import Extractor, Features, extract_features, read_features, write_features
from ..reference_batches import Batch, InputError, sha256_file
from .journal import FeaturesEvent
from .open_run import OpenRun
from .overhead import FEATURES
from .plan import Shard
from .points import OperatingPoint
from .progress import Advance
from .shards import read_shard
from .tasks import Claim, Tasks, taken

PART = 1_000
"""Images of a part, about."""
BATCH_SIZE = 50
"""Images that features are extracted from at once."""


@dataclass(frozen=True)
class _Part:
    """Some shards of a point, whose features one process extracts."""

    point: OperatingPoint
    shards: tuple[Shard, ...]
    path: Path
    """Of the features; its name depends on the shards' content, so what is there is right."""

    @property
    def name(self) -> str:
        """What it is claimed by."""
        return f"features {self.path.name}"


def extract_parts(run: OpenRun, points: Sequence[OperatingPoint], extractor: Extractor, advance: Advance) -> None:
    """Extracts what features points of many images lack, in parts that are shared with other processes.

    A point of a single part is left to the process that scores it.

    Raises:
        InputError: the extractor cannot use the images.
        OSError: features cannot be written.
    """

    def claim(part: _Part) -> Claim:
        features = run.state.point(part.point.id)  # of the whole point, whose parts are gone once it has them
        claimed = run.claim(part.name, lambda: features.features is not None or part.path.exists())
        if claimed is Claim.DONE:
            advance(sum(map(len, part.shards)))
        return claimed

    run.refresh()
    for part in taken(Tasks(_parts(run, points), claim, run.places())):
        run.progress.describe(f"Features of {part.point.id}")
        write_features(part.path, _extract(run, part.point, part.shards, extractor, advance))
        run.claims.release(part.name)


def _parts(run: OpenRun, points: Sequence[OperatingPoint]) -> list[_Part]:
    """The parts of all points that have several and no features yet."""
    return [
        part
        for point in points
        if run.state.point(point.id).features is None and len(parts := _parts_of(run, point)) > 1
        for part in parts
    ]


def _parts_of(run: OpenRun, point: OperatingPoint) -> list[_Part]:
    shards, done = run.shards(point), run.state.point(point.id).shards
    size = max(1, PART // run.suite.shard_size)
    parts = []
    for start in range(0, len(shards), size):
        some = shards[start : start + size]
        digest = hashlib.sha256("".join(done[shard.index].sha256 for shard in some).encode()).hexdigest()
        parts.append(_Part(point, some, run.folder.part_of_features(point.id, digest)))
    return parts


def _extract(
    run: OpenRun, point: OperatingPoint, shards: Sequence[Shard], extractor: Extractor, advance: Advance
) -> Features:
    """The features of some shards, in batches whose size is not the sampler's: they depend on the images alone."""
    extract = run.watch.timed(FEATURES, extract_features)
    return Features.concatenate(
        [extract(extractor, _read_shard(run, point, shard).images, BATCH_SIZE, advance) for shard in shards]
    )


def features_of_point(
    run: OpenRun, point: OperatingPoint, extractor: Extractor, advance: Advance
) -> tuple[Features, NDArray[np.int64] | None, str]:
    """A point's features, labels, and the hash of the pixels that they are of, whatever the shards these lie in.

    Raises:
        InputError: the extractor cannot use the images.
        OSError: features or the journal cannot be written.
        RunError: a shard has changed since the command began.
    """
    digest, labels = hashlib.sha256(), []
    for shard in run.shards(point):
        images, classes = _read_shard(run, point, shard)
        digest.update(images.tobytes())
        labels.append(classes)
    path, done = run.folder.features(point.id), run.state.point(point.id).features
    if done is not None:
        return read_features(path), _joined(labels), digest.hexdigest()
    features = Features.concatenate([_part(run, part, extractor, advance) for part in _parts_of(run, point)])
    write_features(path, features)
    run.record(FeaturesEvent(point=point.id, sha256=sha256_file(path), samples_sha256=digest.hexdigest()))
    shutil.rmtree(path.parent / "parts", ignore_errors=True)
    return features, _joined(labels), digest.hexdigest()


def _part(run: OpenRun, part: _Part, extractor: Extractor, advance: Advance) -> Features:
    """The features of a part from its file, or extracted where that is not there or damaged."""
    if part.path.exists():
        try:
            return read_features(part.path)
        except InputError as error:
            run.progress.warn(f"{error}; extracting again")
    return _extract(run, part.point, part.shards, extractor, advance)


def _read_shard(run: OpenRun, point: OperatingPoint, shard: Shard) -> Batch:
    event = run.state.point(point.id).shards[shard.index]
    return read_shard(run.folder.shard(point.id, shard.index), event.sha256)


def _joined(labels: Sequence[NDArray[np.int64] | None]) -> NDArray[np.int64] | None:
    known = [part for part in labels if part is not None]
    return np.concatenate(known) if known else None
