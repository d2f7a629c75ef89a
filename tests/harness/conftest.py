"""A suite that takes seconds, and one undisturbed run of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from beatgans.harness import Progress, RunOptions, load_suite, run_suite

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
