"""Simulated runs: draws from the pools, scored and judged by the package's own code.

A block is ten consecutive samples, one of each class. A run of N images draws N / 10 blocks without replacement; two
runs of other seeds draw disjoint blocks, two of the same seeds the same ones. The difference of two disjoint draws has
the variance that two draws from an endless pool have, so the pool's size does not flatter the gate.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from conditions import NUM_CLASSES
from numpy.typing import NDArray

from beatgans.evaluator import Features, PreparedReference, evaluate, extract_features, load_extractor
from beatgans.harness.baseline_acceptance import accept
from beatgans.harness.gate import judge
from beatgans.harness.scoring import score_record
from beatgans.reference_batches import digits_reference
from beatgans.reports import PointRecord, ProfileRecord, ReferenceRecord, RunRecord
from beatgans.reports.verdict import VerdictRecord

Blocks = NDArray[np.int64]


def reference() -> PreparedReference:
    """The digits, under the protocol of the suite."""
    return PreparedReference(extract_features(load_extractor("digits"), digits_reference().images), "adm")


def draw(random: np.random.Generator, size: int, num_images: int, runs: int) -> list[Blocks]:
    """The blocks of so many runs of other seeds, which the pool must be large enough for."""
    blocks, each = size // NUM_CLASSES, num_images // NUM_CLASSES
    if num_images % NUM_CLASSES or runs * each > blocks:
        raise SystemExit(
            f"{runs} runs of {num_images} images take a pool of more than {size}, and whole turns of classes"
        )
    return list(random.permutation(blocks)[: runs * each].reshape(runs, each))


def rows(blocks: Blocks) -> NDArray[np.int64]:
    """The samples of blocks, in their order."""
    return (blocks[:, None] * NUM_CLASSES + np.arange(NUM_CLASSES)).ravel()


def take(features: Features, chosen: NDArray[np.int64]) -> Features:
    """Some samples' features."""
    return Features(features.pool[chosen], features.spatial[chosen], features.logits[chosen])


def run(real: PreparedReference, points: Mapping[str, Features], seed: int) -> RunRecord:
    """The record of a run that made these samples."""
    return RunRecord(
        status="complete",
        name="calibration",
        title="calibration",
        created="2025-01-01T00:00:00+00:00",
        command="",
        seed=seed,
        num_images=len(next(iter(points.values()))),
        labels="balanced",
        reference=ReferenceRecord(name="digits", num_images=1297, sha256="0"),
        protocol={},
        environment={},
        points=tuple(_point(name, real, features) for name, features in points.items()),
    )


def _point(name: str, real: PreparedReference, features: Features) -> PointRecord:
    return PointRecord(
        id=name,
        model=name,
        family="diffusion",
        num_images=len(features),
        samples_sha256=hashlib.sha256(features.pool.tobytes()).hexdigest(),
        scores={metric: score_record(score) for metric, score in evaluate(real, features, "adm").items()},
        profile=ProfileRecord(reason="not timed"),
    )


def verdict(before: RunRecord, after: RunRecord) -> VerdictRecord:
    """What the gate says of a run with the other as its baseline, under the default policy."""
    return judge(after, accept(before, "calibration", "the study"))


def findings(verdict: VerdictRecord) -> set[str]:
    """The kinds of findings in a verdict."""
    return {entry.finding for entry in verdict.comparisons}


def share(flags: Iterable[bool]) -> tuple[float, int]:
    """The share of flags that are set, and their number."""
    values: Sequence[bool] = list(flags)
    return float(np.mean(values)), len(values)
