from __future__ import annotations

import contextlib
import json

import pytest

from beatgans.harness import Progress, training
from beatgans.harness.recipes import digits_recipes, load_recipe
from beatgans.harness.training import Job
from beatgans.reference_batches import InputError, sha256_file

pytestmark = pytest.mark.usefixtures("one_thread")
SHORT = ["steps=2", "batch_size=8", "log_every=1"]


@pytest.fixture
def extractor(monkeypatch):
    """How often the extractor is trained. The training itself has its own tests in its own room."""
    calls = []

    def train_extractor(out, seed, device, progress):
        calls.append((out, seed, device))
        progress(training.STEPS)
        (out / training.EXTRACTOR).with_suffix(".json").touch()

    monkeypatch.setattr(training, "train_digits_extractor", train_extractor)
    return calls


class Counting(Progress):
    def __init__(self):
        super().__init__()
        self.done, self.totals = [], []

    @contextlib.contextmanager
    def bar(self, description, total, unit):
        self.totals.append(total)
        yield self.done.append


def test_all_networks_of_the_digits_are_trained_from_one_seed(extractor, tmp_path):
    out, progress = tmp_path / "new" / "trained", Counting()
    recipes = [
        *digits_recipes(SHORT, 7)[::2],
        load_recipe("digits-gan", [*SHORT, "statistics_batches=1", "statistics_batch_size=10"], 7),
    ]
    jobs, again = (
        [Job(recipe, out / recipe.name, "cpu", "pytest", resume) for recipe in recipes] for resume in (False, True)
    )
    outcomes = training.train_all_digits(jobs, out, progress)
    assert extractor == [(out, 7, "cpu")]
    assert [sum(progress.done)] == progress.totals
    assert set(outcomes) == {"digits-diffusion", "digits-classifier", "digits-gan"}
    for name in outcomes:
        weights = out / f"{name.replace('-', '_')}.safetensors"
        record = json.loads(weights.with_suffix(".json").read_text())
        assert record["sha256"] == sha256_file(weights) == sha256_file(out / name / "weights.safetensors")
        assert (record["weights"], record["seed"], record["made_by"]) == (weights.name, 7, "pytest")
        assert record["recipe"]["steps"] == 2
    with pytest.raises(InputError, match="digits-diffusion holds a training already"):
        training.train_all_digits(jobs, out, Progress())
    progress = Counting()
    assert training.train_all_digits(again, out, progress) == dict.fromkeys(outcomes)
    assert [sum(progress.done)] == progress.totals
    assert len(extractor) == 1


def test_more_classes_than_the_model_has_are_refused(tiny_recipes, tmp_path):
    recipe = load_recipe(str(tiny_recipes["classifier"]), ["model.num_classes=7"])
    with pytest.raises(InputError, match=r"digits has labels up to 9, and .* 7 classes; set num_classes to 10"):
        training.train_recipe(Job(recipe, tmp_path / "out", "cpu", "pytest", resume=False), Progress())
    assert not (tmp_path / "out").exists()


def test_classes_without_images_are_told_of(tiny_recipes, tmp_path, capsys):
    overrides = ["model.num_classes=12", "model.architecture.out_channels=12", "steps=1"]
    recipe = load_recipe(str(tiny_recipes["classifier"]), overrides)
    training.train_recipe(Job(recipe, tmp_path / "out", "cpu", "pytest", resume=False), Progress())
    assert "those from 10 on are not trained" in capsys.readouterr().err
