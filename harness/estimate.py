"""What a suite would take: images, evaluations, operations, hours, disk and downloads, before anything is made.

Nothing here needs torch or the network. Operations come from the table of :mod:`beatgans.generators.costs`; hours from
a rate that is given, or from the times of the shards that the run has already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import NamedTuple

from ..evaluator import EXTRACTORS, inception_path
from ..generators import costs, missing_weights
from ..generators.operations import operations
from ..reference_batches import REFERENCES, InputError, catalog, open_images, open_reference
from .folder import RunFolder
from .identity import differences_said, in_short
from .journal import Journal
from .manifest import read_manifest
from .plan import plan_shards
from .points import OperatingPoint, operating_points
from .profile import profile_record
from .state import RunState
from .suite import Suite

SECONDS_PER_HOUR = 3600
FLOAT32 = 4  # bytes
INCEPTION_BYTES = 95_673_916
"""Of the graph's weights: 23.9 million numbers in float32, and a few names."""


@dataclass(frozen=True)
class Rate:
    """How fast one GPU, or whatever computes, is; at most one of the two is given.

    Attributes:
        images_per_second: of every point that is sampled.
        flops: operations a second that it sustains.
    """

    images_per_second: float | None = None
    flops: float | None = None


@dataclass(frozen=True)
class PointEstimate:
    """What one operating point takes.

    Attributes:
        id: the point's.
        num_images: images of the point.
        num_done: those of them that the run has already.
        network_evaluations: for each image; None where only sampling tells.
        classifier_evaluations: for each image; None likewise.
        flops_per_image: operations of one image; None where the networks are not ours.
        seconds_per_image: of one GPU; None where neither a rate nor a measurement says.
        image_bytes: of the images on disk; None where their size is not known.
        feature_bytes: of the features on disk; None where the extractor's width is not known.
    """

    id: str
    num_images: int
    num_done: int
    network_evaluations: int | None
    classifier_evaluations: int | None
    flops_per_image: int | None
    seconds_per_image: float | None
    image_bytes: int | None
    feature_bytes: int | None

    @property
    def num_left(self) -> int:
        """Images that are still to be made."""
        return self.num_images - self.num_done

    @property
    def hours_left(self) -> float | None:
        """Hours of one GPU for the images that are left."""
        return None if self.seconds_per_image is None else self.num_left * self.seconds_per_image / SECONDS_PER_HOUR


@dataclass(frozen=True)
class Download:
    """A file that is fetched before or while the suite runs.

    Attributes:
        name: the file's or the batch's name.
        bytes: how large it is; weights are counted as four bytes a parameter. None for those of a user's own address,
            of which only the server knows.
    """

    name: str
    bytes: int | None


@dataclass(frozen=True)
class Estimate:
    """What a suite takes.

    Attributes:
        suite: its name.
        points: what each of its points takes.
        downloads: what is not here yet, for all points of the suite: a run of some of them fetches all, as its identity
            has every file.
        reference_bytes: of the features of the reference's images on disk; None where they are not known.
    """

    suite: str
    points: tuple[PointEstimate, ...]
    downloads: tuple[Download, ...]
    reference_bytes: int | None


def done_of(suite: Suite, folder: RunFolder) -> tuple[RunState, str | None]:
    """What a folder has of a suite already.

    Returns:
        What is done, and why what lies in the folder does not count; nothing and None for a folder without a run.

    Raises:
        InputError: the journal cannot be read.
    """
    if not folder.manifest.is_file():
        return RunState(), None
    try:
        there = read_manifest(folder.manifest).identity
    except InputError as error:
        return RunState(), f"{error}; nothing in it is counted as done"
    differing = differences_said(there, suite, operating_points(suite))
    if differing:
        reason = f"{folder.path} holds another run ({in_short(differing)}); nothing in it is counted as done"
        return RunState(), reason
    return RunState.of(Journal.open(folder.journal).events), None


def estimate(suite: Suite, points: Sequence[OperatingPoint], state: RunState, rate: Rate) -> Estimate:
    """Works out what a suite takes.

    Args:
        suite: the suite.
        points: its operating points, or those of them that are asked for.
        state: what of it is done already.
        rate: how fast one GPU is. Without one, points of which the run has timed shards have their own, and the others
            follow from the operations a second of these.
    """
    measured = {point.id: seconds for point in points if (seconds := _measured_seconds(point, state)) is not None}
    work = {point.id: _operations_of(point) for point in points}
    sustained = rate.flops or _sustained(measured, work)
    return Estimate(
        suite.name,
        tuple(_point(suite, point, state, rate, measured.get(point.id), work[point.id], sustained) for point in points),
        tuple(_downloads(suite, operating_points(suite))),
        _reference_bytes(suite),
    )


def _point(
    suite: Suite,
    point: OperatingPoint,
    state: RunState,
    rate: Rate,
    measured: float | None,
    flops: int | None,
    sustained: float | None,
) -> PointEstimate:
    existing = None if point.images is None else _existing(point.images)
    available = point.most_images() if existing is None else existing.number
    num_images = suite.num_images if available is None else min(suite.num_images, available)
    size = existing.size if existing is not None else None if point.entry is None else point.entry.image_size
    evaluations = point.evaluations() or (None, None)
    done = state.point(point.id).shards
    num_done = sum(len(shard) for shard in plan_shards(num_images, suite.shard_size) if shard.index in done)
    return PointEstimate(
        id=point.id,
        num_images=num_images,
        num_done=num_done,
        network_evaluations=evaluations[0],
        classifier_evaluations=evaluations[1],
        flops_per_image=flops if point.images is None else 0,
        seconds_per_image=_seconds(rate, measured, flops, sustained) if point.images is None else 0.0,
        image_bytes=None if size is None else num_images * size * size * 3,
        feature_bytes=_feature_bytes(suite, num_images),
    )


def _feature_bytes(suite: Suite, num_images: int) -> int | None:
    """Of the features of so many images; None where the extractor's width is not known."""
    return num_images * EXTRACTORS[suite.extractor].width * FLOAT32 if suite.extractor in EXTRACTORS else None


def _reference_bytes(suite: Suite) -> int | None:
    """Of the features of the reference's images, which a run keeps; none for statistics alone."""
    batch = catalog().get(suite.reference)
    if batch is not None and not batch.path.exists():
        return _feature_bytes(suite, batch.images)
    images = open_reference(suite.reference).images
    return _feature_bytes(suite, 0 if images is None else len(images))


class _Existing(NamedTuple):
    """A set of images that exist already."""

    number: int
    size: int | None


def _existing(name: str) -> _Existing:
    """How many images there are and how large they are; of released batches that are not fetched, by the catalog.

    Raises:
        InputError: there are no such images.
    """
    if (batch := catalog().get(name)) is not None and not batch.path.exists():
        return _Existing(batch.images, batch.resolution)
    images = open_images(name)
    height, width = images.image_size
    return _Existing(len(images), height if height == width else None)


def _seconds(rate: Rate, measured: float | None, flops: int | None, sustained: float | None) -> float | None:
    if rate.images_per_second is not None:
        return 1 / rate.images_per_second
    if measured is not None and rate.flops is None:
        return measured
    return flops / sustained if flops is not None and sustained is not None else None


def _measured_seconds(point: OperatingPoint, state: RunState) -> float | None:
    """The time of an image as the run has measured it, once it has timed a shard."""
    shards = list(state.point(point.id).shards.values())
    return profile_record(shards).seconds_per_image if shards and point.settings else None


def _sustained(measured: Mapping[str, float], work: Mapping[str, int | None]) -> float | None:
    """Operations a second over all points that were timed and whose operations are known."""
    timed = [(flops, seconds) for point, seconds in measured.items() if (flops := work[point]) is not None]
    total = sum(seconds for _, seconds in timed)
    return sum(flops for flops, _ in timed) / total if total else None


def _operations_of(point: OperatingPoint) -> int | None:
    """The operations of one image; None where they are not in the table, or nothing is sampled."""
    return None if point.entry is None or point.settings is None else operations(point.entry, point.settings)


def _downloads(suite: Suite, points: Sequence[OperatingPoint]) -> list[Download]:
    """What is neither shipped, nor the user's own, nor fetched already; each file once."""
    found: dict[str, int | None] = {}
    for point in points:
        if point.images is not None:
            found |= _unfetched_batch(point.images)
        entry = point.entry
        if entry is None:
            continue
        used = entry.networks if sum(point.evaluations() or (1, 1)) else ()
        guided = bool((point.evaluations() or (0, 1))[1])
        for network in missing_weights(used if guided else entry.generating_networks):
            cost = costs().get(network.weights)
            found[network.weights] = None if cost is None else cost.parameters * FLOAT32
    if suite.reference not in REFERENCES:
        found |= _unfetched_batch(suite.reference)
    if suite.extractor == "inception" and suite.extractor_weights is None and not inception_path().exists():
        found[inception_path().name] = INCEPTION_BYTES
    return [Download(PurePath(name).name, size) for name, size in found.items()]


def _unfetched_batch(name: str) -> dict[str, int]:
    batch = catalog().get(name)
    return {} if batch is None or batch.path.exists() else {name: batch.approximate_bytes}
