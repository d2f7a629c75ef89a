from __future__ import annotations

import pytest

from beatgans.harness.cli import main
from beatgans.reference_batches import read_batch


def sample(model, *arguments):
    return main(["sample", model, *map(str, arguments), "--device", "cpu"])


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


def test_a_place_that_cannot_be_written_is_refused_before_anything_is_sampled(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("beatgans.harness.sample.sample_batch", None)
    (tmp_path / "folder.npz").mkdir()
    (tmp_path / "file").touch()
    for place, message in (("folder.npz", "this is a folder"), ("file/a.npz", "cannot be written")):
        assert sample("digits-gan", "-n", 3, "-o", tmp_path / place) == 2
        assert message in capsys.readouterr().err


def test_values_without_end_are_one_sentence_and_code_3(tmp_path, capsys):
    settings = ("--steps", 2, "--guidance", 1e30)
    assert sample("digits-diffusion", "-n", 3, "-o", tmp_path / "a.npz", *settings) == 3
    assert "infinite or not a number, which are no pixels; lower the guidance" in capsys.readouterr().err


def test_settings_that_will_disappoint_are_warned_of(tmp_path, capsys):
    settings = ("--respacing", 3, "--guidance", 1)
    assert sample("digits-diffusion", "-n", 3, "-o", tmp_path / "a.npz", *settings) == 0
    assert "beatgans: Guided DDIM starts here at timestep 999" in capsys.readouterr().err
