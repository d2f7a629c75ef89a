from __future__ import annotations

import json

import numpy as np
import pytest

from beatgans.harness.cli import main
from beatgans.reference_batches import Batch, read_batch, write_batch


def sample(model, *arguments):
    return main(["sample", str(model), *map(str, arguments), "--device", "cpu"])


def test_images_and_labels_go_into_a_batch_file(tmp_path, capsys):
    path = tmp_path / "new" / "samples.npz"
    assert sample("digits-diffusion", "-n", 12, "-o", path, "--steps", 2, "--guidance", 1) == 0

    images, labels = read_batch(path)
    assert images.shape == (12, 8, 8, 3)
    assert labels.tolist() == [*range(10), 0, 1]
    assert capsys.readouterr().out == f"{path}: 12 images of digits-diffusion\n"


def test_defaults_suit_the_model_and_seeds_make_a_difference(tmp_path):
    files = [tmp_path / f"{number}.npz" for number in range(3)]
    for path, seed in zip(files, (0, 0, 1), strict=True):
        assert sample("digits-gan", "-n", 5, "-o", path, "--seed", seed) == 0

    first, again, other = (path.read_bytes() for path in files)
    assert first == again != other


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["digits-gam", "-o", "a.npz"], "there is no model named 'digits-gam'; did you mean digits-gan"),
        (["digits-gan", "-o", "a.png"], "-o a.png: a batch file ends in .npz"),
        (
            ["digits-gan", "-o", "a.npz", "--steps", "5"],
            "--steps 5: digits-gan is a GAN and makes an image in one step",
        ),
        (["digits-gan", "-o", "a.npz", "--truncation", "2"], "truncation"),
        (["digits-diffusion", "-o", "a.npz", "--steps", "333"], "ddim333"),
        (["digits-diffusion", "-o", "a.npz", "--steps", "5", "--respacing", "5"], "give either --steps or --respacing"),
        (["digits-diffusion", "-o", "a.npz", "--steps", "2", "--labels", "sorted"], "'sorted'"),
        (["digits-diffusion", "-o", "a.npz", "--steps", "2", "--seed", "-1"], "seed"),
        (
            ["digits-diffusion", "-o", "a.npz", "--labels", "3,10"],
            "label 10 is out of range; the model has classes 0 to 9",
        ),
        (["digits-diffusion", "-o", "a.npz", "--truncation", "0.5"], "truncation is for GANs"),
        (
            ["digits-diffusion", "-o", "a.npz", "--sampler", "unipc", "--steps", "1000"],
            "the nearest that works is uniform996",
        ),
        (["digits-diffusion", "-o", "a.npz", "--sampler", "heun", "--steps", "500"], "nearest that works is karras"),
        (["digits-diffusion", "-o", "a.npz", "--classifier-free", "1"], "without a label for no class"),
        (["digits-diffusion", "-o", "a.npz", "--guidance-interval", "1-2"], "guidance_interval does nothing without"),
        (["digits-diffusion", "-o", "a.npz", "--batch-size", "0"], "--batch-size 0: give a number of images, or auto"),
        (["digits-diffusion", "-o", "a.npz", "--dtype", "float16"], "float16 is for GPUs"),
        (["digits-diffusion", "-o", "a.npz", "--cuda-graphs"], "CUDA graphs need a GPU"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert sample(*arguments, "-n", 3) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [10**30, 10**13])
def test_more_images_than_memory_holds_are_refused(tmp_path, number, capsys):
    assert sample("digits-gan", "-n", number, "-o", tmp_path / "a.npz") == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_list_of_labels_is_gone_through_again_and_again(tmp_path):
    assert sample("digits-gan", "-n", 5, "-o", tmp_path / "a.npz", "--labels", "7,3") == 0
    assert read_batch(tmp_path / "a.npz").labels.tolist() == [7, 3, 7, 3, 7]


@pytest.mark.parametrize("sampler", ["dpm-solver++2m", "dpm-solver++3m", "unipc", "unipc3", "heun"])
def test_every_solver_can_be_asked_for(tmp_path, sampler):
    assert sample("digits-diffusion", "-n", 4, "-o", tmp_path / "a.npz", "--sampler", sampler, "--steps", 4) == 0
    images = read_batch(tmp_path / "a.npz").images
    assert images.std() > 30  # a digit is bright on dark
    assert (images.reshape(4, -1) == images[0].reshape(-1)).all(axis=1).sum() == 1


def test_a_batch_that_is_enlarged_is_not_written_over(tmp_path, capsys):
    batch = tmp_path / "a.npz"
    write_batch(batch, Batch(np.zeros((2, 8, 8, 3), np.uint8), np.array([3, 5])))
    (tmp_path / "same.yaml").write_text("{family: images, images: a.npz}")
    before = batch.read_bytes()
    for model in (batch, f"{batch}+adm-imagenet64-to-256", tmp_path / "same.yaml"):
        assert sample(model, "-n", 2, "-o", batch) == 2
        capsys.readouterr()
    assert sample(batch, "-n", 2, "-o", batch) == 2
    assert f"-o {batch}: this file is read by the same command; name another" in capsys.readouterr().err
    assert batch.read_bytes() == before


def test_what_a_model_does_not_take_is_not_recorded_as_if_it_did(tmp_path, capsys):
    batch = tmp_path / "a.npz"
    write_batch(batch, Batch(np.zeros((2, 8, 8, 3), np.uint8), np.array([3, 5])))
    for model, option, message in (
        ("digits-gan", ("--dtype", "bfloat16"), "are for diffusion models, and digits-gan is none; leave them out"),
        ("digits-gan", ("--compile",), "are for diffusion models, and digits-gan is none; leave them out"),
        (batch, ("--labels", "7"), f"--labels 7: {batch} has labels of its own; leave it out"),
    ):
        assert sample(model, "-n", 2, "-o", tmp_path / "b.npz", *option) == 2
        assert message in capsys.readouterr().err
    assert sample(batch, "-n", 2, "-o", tmp_path / "b.npz") == 0
    record = json.loads((tmp_path / "b.npz.json").read_text())
    assert (record["labels"], record["computation"]) == (None, None)


def test_what_was_begun_with_a_batch_size_that_was_found_goes_on_with_another(tmp_path, monkeypatch):
    """It depends on the memory that is free."""
    path, settings = tmp_path / "a.npz", ("--steps", 2, "--batch-size", "auto", "--workers", 1)
    monkeypatch.setattr("beatgans.harness.batch_size.find_batch_size", lambda *_: 20)
    monkeypatch.setattr("beatgans.harness.sample._join", stop)
    assert sample("digits-diffusion", "-n", 50, "-o", path, *settings) == 130
    monkeypatch.undo()
    monkeypatch.setattr("beatgans.harness.batch_size.find_batch_size", lambda *_: 32)
    assert sample("digits-diffusion", "-n", 50, "-o", path, *settings) == 0
    assert len(read_batch(path).images) == 50


def stop(*_):
    raise KeyboardInterrupt


def test_a_batch_size_is_found_where_it_is_not_given(tmp_path):
    settings = ("--steps", 2, "--batch-size", "auto")
    assert sample("digits-diffusion", "-n", 3, "-o", tmp_path / "a.npz", *settings) == 0
    assert len(read_batch(tmp_path / "a.npz").images) == 3


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_sampled(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("beatgans.harness.sample.sample_to_file", None)
    (tmp_path / "folder.npz").mkdir()
    (tmp_path / "file").touch()
    for place, message in (("folder.npz", "this is a folder"), ("file/a.npz", "cannot be written")):
        assert sample("digits-gan", "-n", 3, "-o", tmp_path / place) == 2
        assert message in capsys.readouterr().err


def test_values_without_end_are_one_sentence_and_code_3(tmp_path, capsys):
    settings = ("--steps", 2, "--guidance", 1e30)
    assert sample("digits-diffusion", "-n", 3, "-o", tmp_path / "a.npz", *settings) == 3
    assert "infinite or not a number, which are no pixels; look at its" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_settings_that_will_disappoint_are_warned_of(tmp_path, capsys):
    settings = ("--respacing", 3, "--guidance", 1)
    assert sample("digits-diffusion", "-n", 3, "-o", tmp_path / "a.npz", *settings) == 0
    assert "beatgans: Guided DDIM starts here at timestep 999" in capsys.readouterr().err
