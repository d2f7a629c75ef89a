"""``beatgans evaluate --metrics bpd``."""

from __future__ import annotations

import json

import numpy as np
import pytest

from beatgans.harness.cli import main
from beatgans.reference_batches import Batch, digits_heldout, write_batch

BPD = ["evaluate", "--metrics", "bpd", "--device", "cpu"]


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data.npz"
    write_batch(path, Batch(*(part[:9] for part in digits_heldout())))
    return path


def measure(tmp_path, *arguments):
    path = tmp_path / "bound.json"
    assert main([*BPD, "digits-diffusion", *map(str, arguments), "--respacing", "4", "--json", str(path)]) == 0
    return json.loads(path.read_text())


def test_the_bound_is_printed_and_written_with_all_that_it_depends_on(data, tmp_path, capsys):
    written = measure(tmp_path, data)
    out = " ".join(capsys.readouterr().out.split())
    bpd = written["scores"]["bpd"]
    assert f"digits-diffusion on {data}, bits per dimension over 4 of 1,000 timesteps, seed 0" in out
    assert f" {bpd['value']:.0f} ± {bpd['standard_error']:.0f} " in out
    assert bpd["higher_is_better"] is False
    assert bpd["standard_error"] > 0
    assert bpd["value"] == pytest.approx(written["prior_bpd"]["value"] + sum(written["vb"]), rel=1e-12)
    assert len(written["vb"]) == len(written["mse"]) == len(written["xstart_mse"]) == 4
    assert written["data"]["num_images"] == 9
    assert len(written["data"]["sha256"]) == 64
    assert list(written["model"]["weights_sha256"]) == ["digits_diffusion.safetensors"]
    assert written["protocol"]["respacing"] == "4"
    assert written["protocol"]["schedule"] == "cosine"
    assert written["protocol"]["labels"] == "arr_1"


def test_the_batch_size_does_not_change_it_and_the_seed_does(data, tmp_path):
    first, again, other = (
        measure(tmp_path, data, *options)["scores"]["bpd"]["value"]
        for options in ([], ["--batch-size", 2], ["--seed", 1])
    )
    assert again == pytest.approx(first, rel=1e-5)
    assert abs(other - first) > 1e-4


def test_fewer_images_are_some_of_the_same_data(data, tmp_path):
    part = measure(tmp_path, data, "-n", 4)
    assert part["data"]["num_images"] == 4
    assert part["data"]["sha256"] == measure(tmp_path, data)["data"]["sha256"]


def test_a_single_image_has_a_reason_in_place_of_a_standard_error(data, tmp_path, capsys):
    score = measure(tmp_path, data, "-n", 1)["scores"]["bpd"]
    assert score["standard_error"] is None
    assert score["reason"] == "a single image has no standard error"
    assert " ± " not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["digits-gan", "DATA"], "digits-gan is of the family gan, which has no variational bound"),
        (["digits", "DATA"], "there is no model named 'digits'; did you mean digits-"),
        (["digits-diffusion", "none.npz"], "none.npz does not exist"),
        (["digits-diffusion", "LARGE"], "16x16 pixels and those of digits-diffusion 8x8; --image-size 8"),
        (["digits-diffusion", "UNLABELLED"], "does not say which each image shows"),
        (["digits-diffusion", "DATA", "DATA"], "on one set of images, and 2 are given"),
        (["digits-diffusion", "DATA", "-n", "10"], "holds 9 images; ask for -n 9 or fewer"),
        (["digits-diffusion", "DATA", "--respacing", "2000"], "asks for 2000 steps"),
        (["digits-diffusion", "DATA", "--seed", "-1"], "seed -1 is out of range"),
        (["digits-diffusion", "DATA", "--dtype", "float64"], "dtype 'float64' is unknown"),
        (["digits-diffusion", "DATA", "--extractor", "digits"], "--extractor is for scores of features"),
        (["digits-diffusion", "DATA", "--protocol", "exact"], "--protocol is for scores of features"),
        (["digits-diffusion", "DATA", "--metrics", "bpd,fid"], "ask for bpd alone"),
        (["digits", "DATA", "--metrics", "fid", "-n", "5"], "--number is for --metrics bpd; leave it out"),
        (["digits", "DATA", "--metrics", "fid", "--seed", "0"], "--seed is for --metrics bpd; leave it out"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2(data, tmp_path, capsys, arguments, message):
    large, unlabelled = tmp_path / "large.npz", tmp_path / "unlabelled.npz"
    write_batch(large, Batch(np.zeros((4, 16, 16, 3), np.uint8), np.arange(4)))
    write_batch(unlabelled, Batch(digits_heldout().images[:4]))
    places = {"DATA": str(data), "LARGE": str(large), "UNLABELLED": str(unlabelled)}

    assert main([*BPD, *(places.get(argument, argument) for argument in arguments)]) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
