"""What TensorBoard shows of a training."""

from __future__ import annotations

import sys

import pytest

from beatgans.generators.training.progress_file import read_progress
from beatgans.harness.cli import main
from beatgans.harness.training_scores import read_scores

pytestmark = pytest.mark.usefixtures("one_thread")
SCORE = (
    "score={every: 8, reference: digits, extractor: digits, num_images: 40, metrics: fid, points: [{truncation: 1}]}"
)


def shown(folder):
    """The curves that TensorBoard makes of a folder: by name, the values by their steps."""
    accumulation = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    accumulator = accumulation.EventAccumulator(str(folder))
    accumulator.Reload()
    return {
        tag: [(event.step, event.value) for event in accumulator.Scalars(tag)] for tag in accumulator.Tags()["scalars"]
    }


def test_the_curves_are_those_of_the_csv_files_also_after_a_resume(tiny_recipes, tmp_path):
    out = tmp_path / "out"
    given = ["train", str(tiny_recipes["gan"]), "-o", str(out), "--device", "cpu", "--threads", "1", "--tensorboard"]
    assert main([*given, "--set", SCORE]) == 0
    for name in ("model.yaml", "state000012.pt"):  # as if it had been killed after eight steps
        (out / name).unlink()
    assert main([*given, "--set", SCORE, "--resume"]) == 0
    curves, progress = shown(out / "tensorboard"), read_progress(out / "progress.csv")
    for name in ("loss", "generator_loss"):
        steps, values = zip(*curves[f"training/{name}"], strict=True)
        assert list(steps) == progress["step"] == [3, 4, 6, 8, 9, 12]
        assert values == pytest.approx(progress[name], rel=1e-5)
    scores = read_scores(out / "scores.csv")
    name = "tiny-gan_truncation1:fid"
    assert curves[f"scores/{name}"] == [(int(row["step"]), pytest.approx(float(row[name]), rel=1e-5)) for row in scores]
    assert [int(row["step"]) for row in scores] == [8, 12]


def test_without_the_package_there_is_a_sentence(tiny_recipes, tmp_path, monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "torch.utils.tensorboard", raising=False)
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    out = tmp_path / "out"
    assert main(["train", str(tiny_recipes["gan"]), "-o", str(out), "--device", "cpu", "--tensorboard"]) == 2
    assert "pip install 'beatgans[tensorboard]'" in capsys.readouterr().err
    assert not out.exists()
