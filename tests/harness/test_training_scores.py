"""A training that is scored as it goes is the same training."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from beatgans.generators.training.progress_file import read_progress
from beatgans.generators.training.recipe import parse_recipe
from beatgans.harness import Progress
from beatgans.harness.cli import main
from beatgans.harness.recipes import load_recipe
from beatgans.harness.run import RunOptions, run_suite
from beatgans.harness.suite import parse_suite
from beatgans.harness.training_scores import TrainingScores, read_scores
from beatgans.reference_batches import InputError
from beatgans.reports import read_record

pytestmark = pytest.mark.usefixtures("one_thread")

POINTS = {"diffusion": "{sampler: ddim, steps: [2, 4]}", "gan": "{truncation: 0.5}"}
COLUMNS = {
    "diffusion": ["tiny-diffusion_ddim2:fid", "tiny-diffusion_ddim4:fid"],
    "gan": ["tiny-gan_truncation0.5:fid"],
}
DIES_AS_IT_SCORES = """
import os, signal, sys
from beatgans.harness import training_scores
from beatgans.harness.cli import main

calls, run_suite = 0, training_scores.run_suite

def dying(*arguments):
    global calls
    calls += 1
    outcome = run_suite(*arguments)
    if calls == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    return outcome

training_scores.run_suite = dying
main(sys.argv[1:])
"""


def arguments(recipe, out, family, *more, every=8, **changes):
    score = {
        "every": every,
        "reference": "digits",
        "extractor": "digits",
        "num_images": 100,
        "metrics": "fid",
        **changes,
    }
    score = {"points": f"[{POINTS[family]}]", **score}
    mapping = ", ".join(f"{key}: {value}" for key, value in score.items())
    fixed = ["--device", "cpu", "--threads", "1", "--set", f"score={{{mapping}}}"]
    return ["train", str(recipe), "-o", str(out), *fixed, *more]


@pytest.mark.parametrize("family", POINTS)
def test_scores_change_nothing_and_are_there_once_after_a_kill(tiny_recipes, tmp_path, family):
    recipe, whole, plain, killed = tiny_recipes[family], tmp_path / "whole", tmp_path / "plain", tmp_path / "killed"
    assert main(["train", str(recipe), "-o", str(plain), "--device", "cpu", "--threads", "1"]) == 0
    assert main(arguments(recipe, whole, family)) == 0
    done = subprocess.run(
        [sys.executable, "-c", DIES_AS_IT_SCORES, *arguments(recipe, killed, family, every=4)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert [row["step"] for row in read_scores(killed / "scores.csv")] == ["4"]
    assert main(arguments(recipe, killed, family, "--resume", every=4)) == 0
    weights = [(folder / "weights.safetensors").read_bytes() for folder in (plain, whole, killed)]
    assert weights[0] == weights[1] == weights[2]

    rows, of_killed = (read_scores(folder / "scores.csv") for folder in (whole, killed))
    errors = [f"{name}_standard_error" for name in COLUMNS[family]]
    assert set(rows[0]) == {"step", *COLUMNS[family], *errors}
    assert [row["step"] for row in rows] == ["8", "12"]
    assert [row["step"] for row in of_killed] == ["4", "8", "12"]
    assert of_killed[1:] == rows
    assert len({row[COLUMNS[family][0]] for row in of_killed}) == 3  # the model changes
    assert sorted(path.name for path in (whole / "scores").iterdir()) == ["results000008.json", "results000012.json"]


def test_the_last_scores_are_those_of_the_model_that_comes_out(tiny_recipes, tmp_path):
    out = tmp_path / "out"
    assert main(arguments(tiny_recipes["gan"], out, "gan")) == 0
    suite = {"name": "by-itself", "reference": "digits", "extractor": "digits", "num_images": 100, "metrics": "fid"}
    suite["points"] = [{"model": str(out / "model.yaml"), "truncation": 0.5}]
    run_suite(parse_suite(suite, "suite"), tmp_path / "run", RunOptions(device="cpu", report=False), Progress())
    by_itself = read_record(tmp_path / "run" / "results.json").points[0].scores["fid"]
    kept = read_record(out / "scores" / "results000012.json").points[0].scores["fid"]
    assert kept == by_itself
    assert not (tmp_path / "run" / "report").exists()
    last = read_scores(out / "scores.csv")[-1]
    assert float(last["tiny-gan_truncation0.5:fid"]) == pytest.approx(by_itself.value, rel=1e-5)
    error = float(last["tiny-gan_truncation0.5:fid_standard_error"])
    assert error == pytest.approx(by_itself.standard_error, rel=1e-5)


def test_scoring_leaves_threads_and_the_rate_alone(tiny_recipes, tmp_path, monkeypatch):
    away, clock, run = [], time.perf_counter, TrainingScores._run

    def slow(self, step, model):
        record = run(self, step, model)
        torch.set_num_threads(2)
        away.append(10_000)
        return record

    monkeypatch.setattr(time, "perf_counter", lambda: clock() + sum(away))
    monkeypatch.setattr(TrainingScores, "_run", slow)
    out, what = tmp_path / "out", tmp_path / "what.json"
    assert main(arguments(tiny_recipes["gan"], out, "gan", "--json", str(what), "--set", "log_every=1")) == 0
    assert len(away) == 2
    assert torch.get_num_threads() == 1
    assert json.loads(what.read_text())["trainings"]["tiny-gan"]["seconds"] < 10_000
    assert json.loads((out / "weights.json").read_text())["seconds"] < 10_000
    assert min(read_progress(out / "progress.csv")["images_per_second"]) > 16 / 10_000


def test_other_scores_do_not_make_another_training(tiny_recipes, tmp_path):
    recipe, out = tiny_recipes["gan"], tmp_path / "out"
    assert main(arguments(recipe, out, "gan", every=4)) == 0
    for name in ("model.yaml", "state000012.pt"):  # as if it had been killed after eight steps
        (out / name).unlink()
    assert main(arguments(recipe, out, "gan", "--resume", every=4, metrics="[fid, recall]")) == 0
    with (out / "scores.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["step"] for row in rows] == ["4", "8", "12"]
    assert [row["tiny-gan_truncation0.5:recall"] != "" for row in rows] == [False, False, True]
    assert all(row["tiny-gan_truncation0.5:fid"] for row in rows)


@pytest.mark.parametrize(
    ("family", "changes", "message"),
    [
        ("classifier", {}, "score: a classifier makes no images by itself that could be scored"),
        ("upsampler", {}, "score: an upsampler makes no images by itself that could be scored"),
        ("gan", {"every": 6}, "score.every: 6 is no multiple of checkpoint_every, which is 4"),
        ("gan", {"numimages": 6}, "score: numimages: unknown key; did you mean num_images?"),
        ("gan", {"baseline": "x"}, "score.baseline: this is no key of a training's score"),
        ("gan", {"points": "[{sampler: ddim}]"}, "score: points[0]"),
        ("gan", {"points": "[{model: digits-gan}]"}, "points[0].model: what is scored is the model that is trained"),
        ("gan", {"num_images": 2}, "score: num_images: 2 is too few"),
        ("gan", {"reference": "nothing"}, "nothing"),
        ("gan", {"extractor": "nothing"}, "nothing"),
    ],
)
def test_what_cannot_be_scored_is_refused_before_it_is_trained(
    tiny_recipes, tmp_path, capsys, family, changes, message
):
    of_gan = {"every": 4, "points": f"[{POINTS['gan']}]"}
    assert main(arguments(tiny_recipes[family], tmp_path / "out", "gan", **{**of_gan, **changes})) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_recipe_of_a_model_that_ships_is_scored_under_another_name(tmp_path):
    few = ["steps=1", "batch_size=8", "statistics_batches=1", "statistics_batch_size=10"]
    sets = [part for change in few for part in ("--set", change)]
    assert main(arguments("digits-gan", tmp_path / "out", "gan", *sets, every=1000)) == 0
    (row,) = read_scores(tmp_path / "out" / "scores.csv")
    assert float(row["digits-gan-retrained_truncation0.5:fid"]) > 0


def test_a_path_of_a_reference_is_absolute_in_the_recipe(tiny_recipes, tmp_path, monkeypatch):
    (tmp_path / "real.npz").touch()
    monkeypatch.chdir(tmp_path)
    recipe = load_recipe(str(tiny_recipes["gan"]), ["score={every: 4, reference: real.npz, extractor: digits}"])
    assert recipe.score.suite == {"reference": str(tmp_path / "real.npz"), "extractor": "digits"}
    again = parse_recipe(recipe.model_dump(mode="json"), "recipe")
    assert again == recipe
    with pytest.raises(InputError, match=r"score\.every: this key is missing"):
        load_recipe(str(tiny_recipes["gan"]), ["score={reference: real.npz}"])
