from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from beatgans.harness.cli import main
from beatgans.reference_batches import read_batch

pytestmark = pytest.mark.usefixtures("one_thread")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["digit"], "there is no recipe named 'digit'; did you mean digits or"),
        (["digits-gan", "--set", "batchsize=1"], "batchsize: unknown key; did you mean batch_size or"),
        (["digits-diffusion", "--set", "loss=simple"], "loss: simple leaves the variance untrained"),
        (["digits-diffusion", "--set", "data.images=nowhere"], "nowhere"),
        (["digits", "--threads", "2"], "--threads: the digits' networks are trained by one thread each"),
        (["digits", "--set", "learning_rate=1"], "learning_rate: unknown key"),
    ],
)
def test_what_cannot_be_trained_is_code_2(arguments, message, tmp_path, capsys):
    assert main(["train", *arguments, "-o", str(tmp_path / "out")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_is_read_or_written_by_a_training_is_not_written_to_as_json(tiny_recipes, tmp_path, capsys):
    recipe = tmp_path / "mine.yaml"
    recipe.write_bytes(tiny_recipes["classifier"].read_bytes())
    for file in (recipe, tmp_path / "out" / "weights.json"):
        assert main(["train", str(recipe), "-o", str(tmp_path / "out"), "--json", str(file)]) == 2
        assert f"--json {file}: this file is read by the same command" in capsys.readouterr().err
    assert recipe.read_bytes() == tiny_recipes["classifier"].read_bytes()


def test_torchrun_takes_one_recipe(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert main(["train", "digits", "-o", str(tmp_path / "out")]) == 2
    assert "torchrun shares out one training" in capsys.readouterr().err


def test_images_of_ones_own_become_a_model_that_is_sampled(tmp_path, capsys):
    """A folder of photographs, a recipe of flags, and images: all by commands."""
    random = np.random.default_rng(0)
    for number in range(6):
        (tmp_path / "photos" / "ab"[number % 2]).mkdir(parents=True, exist_ok=True)
        image = Image.fromarray(random.integers(0, 256, (20, 24, 3), np.uint8))
        image.save(tmp_path / "photos" / "ab"[number % 2] / f"{number}.png")
    (tmp_path / "photos" / "b" / "broken.png").write_bytes(b"no image")
    recipe = tmp_path / "mine.yaml"
    recipe.write_text(f"""
        family: diffusion
        name: mine
        model:
          flags: --image_size 16 --channel_mult 1,1 --num_channels 32 --num_res_blocks 1 --learn_sigma True
            --class_cond True --attention_resolutions 8 --noise_schedule cosine --diffusion_steps 10
          num_classes: 2
        data: {{images: {tmp_path / "photos"}, random_flip: true}}
        steps: 2
        batch_size: 4
        learning_rate: 1e-4
    """)
    command = ["train", str(recipe), "-o", str(tmp_path / "out"), "--threads", "1"]
    assert main(command) == 2
    assert "1 of 7 images cannot be used: " in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert main([*command, "--set", "data.bad_images=skip"]) == 0
    captured = capsys.readouterr()
    assert "they are left out" in captured.err
    assert f"Model: {tmp_path / 'out/model.yaml'}" in captured.out
    assert "of the time went to waiting for images" in captured.out
    samples = tmp_path / "samples.npz"
    sample = ["sample", str(tmp_path / "out/model.yaml"), "-n", "2", "--sampler", "ddim", "--steps", "5"]
    assert main([*sample, "-o", str(samples)]) == 0
    assert read_batch(samples).images.shape == (2, 16, 16, 3)


def test_a_packaged_recipe_comes_to_a_model_of_another_name_than_the_catalogs(tmp_path, capsys):
    short = ["--set", "steps=1", "--set", "batch_size=4"]
    assert main(["train", "digits-diffusion", "-o", str(tmp_path / "out"), "--threads", "1", *short]) == 0
    sample = ["sample", str(tmp_path / "out/model.yaml"), "-n", "1", "--sampler", "ddim", "--steps", "2"]
    assert main([*sample, "-o", str(tmp_path / "samples.npz")]) == 0
    assert "digits-diffusion-retrained" in capsys.readouterr().out
