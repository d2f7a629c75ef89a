"""``beatgans sample`` of what users bring: checkpoints, stacks, functions and images."""

from __future__ import annotations

import sys
import zipfile

import numpy as np
import pytest
import torch
import yaml

from beatgans.generators import find_entry
from beatgans.generators.loading import build_denoiser
from beatgans.harness.cli import main
from beatgans.reference_batches import Batch, read_batch, write_batch

FLAGS = "--image_size 16 --num_channels 32 --num_res_blocks 1 --channel_mult 1,1 --num_heads 1"


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Model files with random weights: unconditional, and a stack of two conditional ones."""
    folder = tmp_path_factory.mktemp("models")
    upsampler = "--large_size 64 --small_size 16 --num_channels 32 --num_res_blocks 1 --num_heads 1 --class_cond True"
    files = {
        "plain": {"flags": FLAGS},
        "base": {"flags": f"{FLAGS} --class_cond True", "num_classes": 10},
        "up": {"family": "upsampler", "flags": upsampler, "num_classes": 10},
    }
    torch.manual_seed(0)
    for name, fields in files.items():
        path = folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump({"weights": f"{name}.pt", **fields}))
        network = build_denoiser(find_entry(str(path)))
        weights = {key: 0.05 * torch.randn(tensor.shape) for key, tensor in network.state_dict().items()}
        torch.save(weights, folder / f"{name}.pt")
    return folder


def sample(model, path, *arguments):
    return main(["sample", str(model), "-o", str(path), *map(str, arguments), "--device", "cpu", "--workers", "1"])


def test_an_unconditional_checkpoint_makes_a_batch_without_labels(models, tmp_path, capsys):
    path = tmp_path / "a.npz"
    assert sample(models / "plain.yaml", path, "-n", 3, "--steps", 2) == 0
    assert capsys.readouterr().out == f"{path}: 3 images of plain\n"
    assert zipfile.ZipFile(path).namelist() == ["arr_0.npy"]
    assert read_batch(path).images.shape == (3, 16, 16, 3)


def test_a_stack_is_the_base_batch_put_through_the_upsampler(models, tmp_path):
    stack, base, both = (tmp_path / name for name in ("stack.npz", "base.npz", "both.npz"))
    steps = ["--upsampler-steps", 2, "--upsampler-sampler", "ddim"]
    joined = f"{models / 'base.yaml'}+{models / 'up.yaml'}"
    assert sample(joined, stack, "-n", 3, "--sampler", "ddpm", "--steps", 3, "--labels", "4,7", *steps) == 0
    assert sample(models / "base.yaml", base, "-n", 3, "--sampler", "ddpm", "--steps", 3, "--labels", "4,7") == 0
    assert sample(f"{base}+{models / 'up.yaml'}", both, "-n", 3, *steps) == 0
    assert read_batch(stack).labels.tolist() == read_batch(both).labels.tolist() == [4, 7, 4]
    assert read_batch(stack).images.shape == (3, 64, 64, 3)
    assert np.array_equal(read_batch(stack).images, read_batch(both).images)


def test_a_function_of_the_current_folder_is_sampled(tmp_path, monkeypatch):
    module = f"sampled_{tmp_path.name}"
    (tmp_path / f"{module}.py").write_text(
        "import numpy as np\n"
        "def make(seeds, labels):\n"
        "    return np.broadcast_to(labels[:, None, None, None], (len(labels), 8, 8, 3)).astype(np.uint8)\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    assert sample(f"{module}:make", "a.npz", "-n", 3, "--labels", "5,9") == 0
    images, labels = read_batch(tmp_path / "a.npz")
    assert labels.tolist() == images[:, 0, 0, 0].tolist() == [5, 9, 5]


def test_weights_of_a_model_of_the_catalog_can_be_named(tmp_path, capsys):
    from beatgans.generators.weight_files import WEIGHTS_FOLDER

    named, shipped = tmp_path / "named.npz", tmp_path / "shipped.npz"
    assert sample("digits-gan", named, "-n", 2, "--weights", WEIGHTS_FOLDER) == 0
    assert sample("digits-gan", shipped, "-n", 2) == 0
    assert named.read_bytes() == shipped.read_bytes()
    assert sample("digits-gan", tmp_path / "c.npz", "-n", 2, "--weights", tmp_path / "gone.pt") == 2
    assert "gone.pt of digits-gan do not exist" in capsys.readouterr().err


def test_a_checkpoint_of_another_network_is_one_sentence_and_code_2(models, tmp_path, capsys):
    path = tmp_path / "wrong.yaml"
    path.write_text(yaml.safe_dump({"weights": str(models / "plain.pt"), "flags": f"{FLAGS} --learn_sigma True"}))
    assert sample(path, tmp_path / "a.npz", "-n", 2, "--steps", 2) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "plain.pt does not fit the model: its tensor out.2.weight has the shape [3, 32, 3, 3] instead of [6," in err
    assert err.endswith("look at the flag learn_sigma\n")


@pytest.mark.parametrize(
    ("model", "arguments", "message"),
    [
        ("small.npz+adm-imagenet64-to-256", [], "images of 8x8 pixels, and adm-imagenet64-to-256 takes 64x64"),
        ("small.npz", ["-n", "3"], "small holds 2 images; ask for -n 2 or fewer"),
        ("small.npz", ["--guidance", "1"], r"guidance is 1.0, and small exists already"),
        ("digits-gan", ["--upsampler-steps", "5"], "are for stacks, and digits-gan is one model"),
        ("adm-imagenet64-to-256", [], "makes none of its own; sample MODEL+adm-imagenet64-to-256"),
        ("adm-lsun-cat", ["--guidance", "1"], "adm-lsun-cat has no classifier to guide it"),
        ("adm-lsun-cat", ["--labels", "3"], "label 3 is asked for, and the model has no classes"),
        ("adm-imagenet64", ["--labels", "1000"], "label 1000 is out of range; the model has classes 0 to 999"),
        (
            "adm-imagenet64+adm-imagenet64-to-256",
            ["--upsampler-steps", "37"],
            "the nearest that work: ddim36 and ddim38",
        ),
    ],
)
def test_what_cannot_be_sampled_is_one_sentence_and_code_2(tmp_path, monkeypatch, capsys, model, arguments, message):
    monkeypatch.chdir(tmp_path)
    write_batch("small.npz", Batch(np.zeros((2, 8, 8, 3), np.uint8), np.array([0, 1])))
    number = [] if "-n" in arguments else ["-n", "2"]
    assert sample(model, "a.npz", *arguments, *number) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err


def test_without_a_network_the_sentence_says_how_to_bring_weights(tmp_path, monkeypatch, capsys):
    import requests

    def unreachable(*arguments, **options):
        raise requests.ConnectionError

    monkeypatch.setattr("requests.head", unreachable)
    assert sample("iddpm-cifar10", tmp_path / "a.npz", "-n", 2) == 2
    err = capsys.readouterr().err
    assert "cifar10_uncond_50M_500K.pt cannot be reached (no connection)" in err
    assert err.endswith("bring the file here by other means and name it, or its folder, with --weights\n")
