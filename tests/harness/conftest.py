"""A suite that takes seconds, and one undisturbed run of it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import yaml

from beatgans.harness import Progress, RunOptions, load_suite, run_suite
from beatgans.reference_batches import Batch, write_batch
from beatgans.reports import PointRecord, ProfileRecord, ReferenceRecord, RunRecord, ScoreRecord

SUITE = """
name: tiny
title: A diffusion model against a GAN in two steps
reference: digits
extractor: digits
baseline: digits-gan
num_images: 40
shard_size: 10
points:
  - {model: digits-diffusion, sampler: ddim, steps: 2, guidance: [0, 1]}
  - {model: digits-gan, truncation: 0.5}
  - {images: digits-heldout}
"""

GROUPS = 20
NUM_IMAGES = 1_000


@pytest.fixture(scope="session")
def suite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny suite as a user's own YAML file."""
    path = tmp_path_factory.mktemp("suite") / "tiny.yaml"
    path.write_text(SUITE)
    return path


@pytest.fixture(scope="session")
def undisturbed(suite_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a finished run of the tiny suite, not to be changed."""
    folder = tmp_path_factory.mktemp("runs") / "undisturbed"
    outcome = run_suite(load_suite(str(suite_file)), folder, RunOptions(device="cpu", command="pytest"), Progress())
    assert outcome.record.status == "complete"
    return folder


@pytest.fixture
def finished(undisturbed: Path, tmp_path: Path) -> Path:
    """A copy of the finished run, to do harm to."""
    return shutil.copytree(undisturbed, tmp_path / "run")


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts the program as its own process; what is still running at the end of a test is killed."""
    started: list[subprocess.Popen[str]] = []

    def run(*arguments: object) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "beatgans.harness", *map(str, arguments)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
        )
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.communicate()


def mean_score(group_means: np.ndarray, higher_is_better: bool = False) -> ScoreRecord:
    """The record of a score that is the mean of twenty groups."""
    return ScoreRecord(
        value=float(np.mean(group_means)),
        standard_error=float(np.std(group_means, ddof=1) / np.sqrt(GROUPS)),
        n=NUM_IMAGES,
        higher_is_better=higher_is_better,
        replicates=tuple(float(np.delete(group_means, group).mean()) for group in range(GROUPS)),
    )


@pytest.fixture
def make_run() -> Callable[..., RunRecord]:
    """Makes the record of a run whose scores are means: {point: {metric: its twenty groups}}; recall is better high."""

    def make(points: dict[str, dict[str, np.ndarray]], **changes: object) -> RunRecord:
        records = [
            PointRecord(
                id=name,
                model=name,
                family="gan",
                num_images=NUM_IMAGES,
                samples_sha256=hashlib.sha256(
                    repr(sorted((k, v.tolist()) for k, v in scores.items())).encode()
                ).hexdigest(),
                scores={metric: mean_score(groups, metric == "recall") for metric, groups in scores.items()},
                profile=ProfileRecord(reason="not timed"),
            )
            for name, scores in points.items()
        ]
        run = RunRecord(
            status="complete",
            name="made",
            title="made",
            created="2025-01-31T12:00:00+00:00",
            command="none",
            seed=0,
            num_images=NUM_IMAGES,
            labels="balanced",
            reference=ReferenceRecord(name="digits", num_images=1297, sha256="ab" * 32),
            protocol={"protocol": "adm", "extractor_sha256": "cd" * 32, "neighbours": 3},
            environment={"torch": "2.13.0", "cpu": "a"},
            points=tuple(records),
        )
        return run.model_copy(update=changes)

    return make


@pytest.fixture
def steady() -> dict[str, dict[str, np.ndarray]]:
    """Two points of a run, for ``make_run``."""
    random = np.random.default_rng(0)
    return {
        point: {"fid": 10 + random.normal(size=GROUPS), "recall": 0.6 + 0.01 * random.normal(size=GROUPS)}
        for point in ("few-steps", "many-steps")
    }


@pytest.fixture
def stack_suite(tmp_path: Path) -> Path:
    """A suite of forty images of an upsampler, on a base of thirty."""
    write_batch(tmp_path / "base.npz", Batch(np.zeros((30, 16, 16, 3), np.uint8)))
    (tmp_path / "up.yaml").write_text("family: upsampler\nweights: up.pt\nflags: {small_size: 16, large_size: 64}\n")
    point = {"model": f"{tmp_path / 'base.npz'}+{tmp_path / 'up.yaml'}", "upsampler": {"sampler": "ddim", "steps": 5}}
    suite = {"name": "stack", "reference": "digits", "extractor": "digits", "num_images": 40, "points": [point]}
    (tmp_path / "stack.yaml").write_text(yaml.safe_dump(suite))
    return tmp_path / "stack.yaml"
