"""Two processes of torchrun come to what one does with the same batch."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest
import torch

from beatgans.generators.checkpoint import read_tensors
from beatgans.generators.training.progress_file import read_progress
from beatgans.harness.cli import main
from beatgans.harness.training_scores import read_scores

pytestmark = pytest.mark.usefixtures("one_thread")

SCORE = (
    "score={every: 3, reference: digits, extractor: digits, num_images: 100, metrics: fid, points: [{truncation: 1}]}"
)
TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
FEW = ["--set", "steps=6", "--set", "checkpoint_every=3", "--threads", "1", "--device", "cpu"]
# The one process that computes all at once has other dropout; the diffusion model's computes in the pieces of two.
OPTIONS = {
    "classifier": [*FEW, "--set", "model.architecture.dropout=0"],
    "diffusion": FEW,
    "gan": [*FEW, "--set", SCORE],
    "upsampler": [*FEW, "--set", "model.architecture.dropout=0"],
}
# Adam makes a full step of a gradient that is a rounding off zero. With a large epsilon the step is as small as that.
SCRIPT = """
import functools, os, sys
import torch
from beatgans.harness.cli import main

torch.optim.AdamW = functools.partial(torch.optim.AdamW, eps=0.1)
torch.optim.Adam = functools.partial(torch.optim.Adam, eps=0.1)
recipes, out = sys.argv[1:]
if "WORLD_SIZE" in os.environ:  # one group for all four: to form another from the same processes is a race
    torch.distributed.init_process_group("gloo")
for family, options in {options}.items():
    if code := main(["train", f"{{recipes}}/{{family}}.yaml", "-o", f"{{out}}/{{family}}", *options]):
        os._exit(code)
if "WORLD_SIZE" in os.environ:
    torch.distributed.destroy_process_group()
"""


@pytest.fixture(scope="module")
def of_one_and_two(tmp_path_factory, request):
    """The folders of the trainings of one process, and of two."""
    folder = tmp_path_factory.mktemp("processes")
    script = folder / "script.py"
    script.write_text(SCRIPT.format(options=OPTIONS))
    for name, launcher in (("one", []), ("two", TORCHRUN)):
        done = subprocess.run(
            [sys.executable, *launcher, str(script), str(request.path.parents[1] / "recipes"), str(folder / name)],
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=400,
        )
        assert done.returncode == 0, done.stderr
    return folder / "one", folder / "two"


ELSEWHERE = """
import os, sys
from beatgans.harness.cli import main
recipe, out, *options = sys.argv[1:]
os._exit(main(["train", recipe, "-o", out + os.environ["RANK"], "--resume", *options]))
"""


def test_processes_that_go_on_from_different_checkpoints_are_refused(of_one_and_two, tmp_path, request):
    """Their gradients would be added up, and neither would be a gradient of the other's weights."""
    (tmp_path / "script.py").write_text(ELSEWHERE)
    shutil.copytree(of_one_and_two[0] / "classifier", tmp_path / "out0")
    for file in [*(tmp_path / "out0").glob("*000006.pt"), tmp_path / "out0" / "model.yaml"]:
        file.unlink()  # killed after step 3
    (tmp_path / "out1").mkdir()  # on a disk of its own
    recipe = request.path.parents[1] / "recipes" / "classifier.yaml"
    done = subprocess.run(
        [sys.executable, *TORCHRUN, "script.py", str(recipe), str(tmp_path / "out"), *OPTIONS["classifier"]],
        cwd=tmp_path,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode != 0
    assert "torchrun's processes have different checkpoints in" in done.stderr
    assert "(of 3, 0 steps)" in done.stderr
    assert not (tmp_path / "out0" / "model.yaml").exists()


@pytest.mark.parametrize("family", OPTIONS)
def test_two_processes_come_to_the_weights_of_one(of_one_and_two, family):
    one, two = (read_tensors(folder / family / "weights.safetensors") for folder in of_one_and_two)
    begun = read_tensors(of_one_and_two[0] / family / "ema_0.9_000003.pt")
    assert set(one) == set(two)
    for name, tensor in one.items():
        assert torch.allclose(tensor, two[name], rtol=1e-3, atol=1e-5), name
    moved = [name for name in one if name in begun and not torch.allclose(one[name], begun[name], rtol=1e-3, atol=1e-5)]
    assert len(moved) > 10  # so that agreement means something
    of_one, of_two = (read_progress(folder / family / "progress.csv") for folder in of_one_and_two)
    assert of_two["loss"] == pytest.approx(of_one["loss"], rel=1e-3)
    assert of_two["step"] == of_one["step"] == [3, 6]


def test_the_first_of_two_processes_scores(of_one_and_two):
    one, two = (read_scores(folder / "gan" / "scores.csv") for folder in of_one_and_two)
    name = "tiny-gan_truncation1:fid"
    assert [row["step"] for row in one] == [row["step"] for row in two] == ["3", "6"]
    assert [float(row[name]) for row in two] == pytest.approx([float(row[name]) for row in one], rel=1e-2)


def test_a_batch_that_cannot_be_shared_evenly_is_refused(tiny_recipes, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("WORLD_SIZE", "3")
    assert main(["train", str(tiny_recipes["classifier"]), "-o", str(tmp_path / "out")]) == 2
    assert "batch_size 16 cannot be shared evenly by 3 processes" in capsys.readouterr().err
