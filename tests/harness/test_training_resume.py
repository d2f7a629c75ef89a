"""A training that was killed goes on and ends with the bytes of an undisturbed one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import torch

from beatgans.generators.training.checkpoints import checkpoint_steps
from beatgans.generators.training.progress_file import read_progress
from beatgans.harness.cli import main

pytestmark = pytest.mark.usefixtures("one_thread")

DIES_WITHIN_A_STEP = """
import os, signal, sys
from beatgans.generators.training.ema import ExponentialMovingAverage
from beatgans.harness.cli import main

calls, update = 0, ExponentialMovingAverage.update

def dying(average, model):
    global calls
    calls += 1
    if calls == {count}:
        os.kill(os.getpid(), signal.SIGKILL)
    update(average, model)

ExponentialMovingAverage.update = dying
main(sys.argv[1:])
"""
DIES_WITHIN_A_CHECKPOINT = """
import os, signal, sys
import torch
from beatgans.harness.cli import main

calls, save = 0, torch.save

def dying(content, file):
    global calls
    calls += 1
    save(content, file)
    if calls == {count}:
        file.truncate(file.tell() // 2)
        os.kill(os.getpid(), signal.SIGKILL)

torch.save = dying
main(sys.argv[1:])
"""
# What dies, at which of its calls. Two averages make two calls a step; a checkpoint is five files, a GAN's seven.
DEATHS = {
    "diffusion": (DIES_WITHIN_A_STEP, 2 * 10 + 2),
    "upsampler": (DIES_WITHIN_A_STEP, 2 * 2 + 1),
    "classifier": (DIES_WITHIN_A_CHECKPOINT, 5 + 4),
    "gan": (DIES_WITHIN_A_CHECKPOINT, 7 + 7),
}
CHECKPOINTS = {"diffusion": [4, 8], "upsampler": [], "classifier": [4], "gan": [4]}


def arguments_for(recipe, out, *more):
    return ["train", str(recipe), "-o", str(out), "--threads", "1", "--device", "cpu", *more]


@pytest.fixture(scope="module")
def killed(tmp_path_factory, request):
    """The folders of trainings that were killed with SIGKILL, one of each family, all at once to save time."""
    folder = tmp_path_factory.mktemp("killed")
    recipes = request.path.parents[1] / "recipes"
    processes = {
        family: subprocess.Popen(
            [
                sys.executable,
                "-c",
                code.format(count=count),
                *arguments_for(recipes / f"{family}.yaml", folder / family),
            ],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            stderr=subprocess.PIPE,
            text=True,
        )
        for family, (code, count) in DEATHS.items()
    }
    for family, process in processes.items():
        _, stderr = process.communicate(timeout=300)
        assert process.returncode == -signal.SIGKILL, (family, stderr)
    return folder


def test_the_bytes_are_those_of_an_undisturbed_training(tiny_recipe, killed, tmp_path, capsys):
    family = tiny_recipe.stem
    folder = killed / family
    assert checkpoint_steps(folder) == CHECKPOINTS[family]
    assert not (folder / "weights.safetensors").exists()
    assert main(arguments_for(tiny_recipe, folder)) == 2  # without --resume
    assert "holds a training already" in capsys.readouterr().err
    assert main(arguments_for(tiny_recipe, folder, "--resume")) == 0
    assert main(arguments_for(tiny_recipe, tmp_path / "whole")) == 0
    weights = [(path / "weights.safetensors").read_bytes() for path in (folder, tmp_path / "whole")]
    assert weights[0] == weights[1]
    for name in ("model000012.pt", "ema_0.5_000012.pt"):
        resumed, whole = (torch.load(path / name, weights_only=True) for path in (folder, tmp_path / "whole"))
        assert all(torch.equal(tensor, whole[key]) for key, tensor in resumed.items())
    resumed, whole = (read_progress(path / "progress.csv") for path in (folder, tmp_path / "whole"))
    timed = {"images_per_second", "share_waited_for_data"}
    assert {name: resumed[name] for name in resumed if name not in timed} == {
        name: whole[name] for name in whole if name not in timed
    }
    assert not [path for path in folder.iterdir() if path.name.startswith(".beatgans-")]


def test_what_is_done_is_not_done_again(tiny_recipes, tmp_path, capsys):
    recipe, out, json_file = tiny_recipes["classifier"], tmp_path / "out", tmp_path / "what.json"
    few = ["--set", "steps=2", "--json", str(json_file)]
    assert main(arguments_for(recipe, out, *few)) == 0
    written = json.loads(json_file.read_text())
    assert written["trainings"]["tiny-classifier"]["steps"] == 2
    before = (out / "weights.safetensors").stat().st_mtime_ns
    assert main(arguments_for(recipe, out, "--resume", *few)) == 0
    assert "tiny-classifier had come to its end before." in capsys.readouterr().out
    assert (out / "weights.safetensors").stat().st_mtime_ns == before
    assert json.loads(json_file.read_text())["trainings"] == {"tiny-classifier": None}


def test_a_folder_that_is_trained_in_is_refused_to_others(tiny_recipes, tmp_path, start, capsys):
    recipe, out = tiny_recipes["classifier"], tmp_path / "out"
    more = ("--set", "steps=100000")
    process = start(*arguments_for(recipe, out, *more))
    deadline = time.monotonic() + 120
    while not (out / "recipe.yaml").exists():
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert main(arguments_for(recipe, out, "--resume", *more)) == 2
    assert "another process is training in" in capsys.readouterr().err
    process.send_signal(signal.SIGINT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "interrupted; give the same command with --resume to go on" in stderr
