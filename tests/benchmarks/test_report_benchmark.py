"""A report of 2,000 operating points: the most that a suite of all samplers, steps and scales comes to."""

from __future__ import annotations

import numpy as np
import pytest

from beatgans.harness.report import MOST_GRIDS, Report, write_report
from beatgans.reference_batches import Batch
from beatgans.reports import PointRecord, ProfileRecord, ReferenceRecord, RunRecord, ScoreRecord

POINTS = 2_000
LIMIT = 20  # seconds, on two cores that nothing else works on
HIGHER = {"fid": False, "sfid": False, "inception_score": True, "precision": True, "recall": True}


def point(number: int) -> PointRecord:
    """An operating point whose scores follow a rule."""
    steps, guidance, model = 2 + number % 50, float(number // 50 % 8), f"model-{number // 400}"
    fid = 2 + 90 / steps + guidance
    values = {"fid": fid, "sfid": 2 * fid, "inception_score": 100 - fid, "precision": 0.9 - fid / 999, "recall": 0.5}
    return PointRecord(
        id=f"point{number}", model=model, family="diffusion", sampler="ddim", steps=steps, guidance=guidance, eta=0.0,
        num_images=500, samples_sha256=f"{number:064x}",
        scores={
            name: ScoreRecord(value=value, standard_error=value / 30, n=500, higher_is_better=HIGHER[name])
            for name, value in values.items()
        },
        profile=ProfileRecord(
            seconds_per_image=0.01 * steps, seconds_per_image_p10=0.009 * steps, seconds_per_image_p90=0.012 * steps,
            images_per_second=100 / steps, batch_size=50, network_evaluations=steps, classifier_evaluations=0,
            peak_memory_bytes=2**30,
        ),
    )  # fmt: skip


def report_of(count: int) -> Report:
    """The report of so many points, with samples of as many as a page shows."""
    points = tuple(point(number) for number in range(count))
    images = np.random.default_rng(0).integers(0, 255, (60, 32, 32, 3), dtype=np.uint8)
    record = RunRecord(
        status="complete", name="many", title="Many points", created="2025-01-31T12:00:00+00:00", command="x",
        seed=0, num_images=500, labels="balanced", points=points, protocol={"protocol": "adm"}, environment={},
        reference=ReferenceRecord(name="digits", num_images=1297, sha256="ab" * 32),
    )  # fmt: skip
    return Report(record, {one.id: Batch(images, np.arange(60) % 10) for one in points[:MOST_GRIDS]})


@pytest.mark.benchmark(group="report")
def test_a_report_of_two_thousand_points(benchmark, tmp_path):
    report = report_of(POINTS if benchmark.enabled else POINTS // 10)
    benchmark.pedantic(write_report, (report, tmp_path), rounds=1)
    if benchmark.enabled:
        assert benchmark.stats.stats.max < LIMIT
