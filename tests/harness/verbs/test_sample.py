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
        (["digits-gan", "-o", "a.npz", "--steps", "5"], "digits-gan is a GAN"),
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
