from __future__ import annotations

import contextlib

import pytest

from beatgans.generators.training.digits import RECIPES
from beatgans.harness import Progress, training


@pytest.fixture
def trained(monkeypatch):
    """What is trained, in its order. The training itself, half an hour of it, has its own tests in its own rooms."""
    trained = []

    def train_extractor(out, seed, device, progress):
        trained.append(("extractor", out, seed, device))
        progress(training.STEPS)

    def train_generators(out, seed, device, progress):
        trained.append(("generators", out, seed, device))
        for name, recipe in RECIPES.items():
            progress(name, recipe["steps"])

    monkeypatch.setattr(training, "train_digits_extractor", train_extractor)
    monkeypatch.setattr(training, "train_digits", train_generators)
    return trained


def test_all_networks_are_trained_from_one_seed_into_one_folder(trained, tmp_path):
    out = tmp_path / "new" / "weights"
    training.train_all_digits(out, 7, "cpu", Progress())
    assert trained == [("extractor", out, 7, "cpu"), ("generators", out, 7, "cpu")]
    assert out.is_dir()


def test_the_work_adds_up_to_the_bar(trained, tmp_path):
    done, totals = [], []

    class Counting(Progress):
        @contextlib.contextmanager
        def bar(self, description, total, unit):
            totals.append(total)
            yield done.append

    training.train_all_digits(tmp_path, 0, "cpu", Counting())
    assert [sum(done)] == totals
