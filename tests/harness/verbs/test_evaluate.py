from __future__ import annotations

import json

import numpy as np
import pytest

from beatgans.harness.cli import main
from beatgans.reference_batches import Batch, digits_heldout, write_batch


@pytest.fixture
def samples(tmp_path):
    path = tmp_path / "samples.npz"
    write_batch(path, Batch(*(part[:100] for part in digits_heldout())))
    return path


def test_the_scores_are_printed_and_written_as_json(samples, tmp_path, capsys):
    code = main(
        ["evaluate", "digits", str(samples), str(samples), "--device", "cpu", "--json", str(tmp_path / "s.json")]
    )

    out = capsys.readouterr().out
    entries = json.loads((tmp_path / "s.json").read_text())["samples"]
    assert code == 0
    assert "Against digits (1,297 images), protocol adm" in out
    assert len([line for line in out.splitlines() if " ± " in line]) == len(entries) == 2
    assert f"{entries[0]['scores']['inception_score']['value']:.1f}" in out
    assert entries[0]["num_images"] == 100


def test_what_would_be_misread_is_said_on_standard_error(samples, capsys):
    assert main(["evaluate", "digits", str(samples), "--device", "cpu", "--metrics", "sfid"]) == 0
    out, err = capsys.readouterr()
    assert f"beatgans: {samples}: 100 samples are no more than the 112 dimensions of sFID" in err
    assert "Recall" not in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["digit", "SAMPLES"], "there is no reference named 'digit'; did you mean digits"),
        (["digits", "none.npz"], "none.npz does not exist"),
        (["digits", "SAMPLES", "--protocol", "amd"], "'amd'"),
        (["digits", "SAMPLES", "--metrics", "fidd"], "'fidd'"),
        (["digits", "SAMPLES", "--extractor", "digit"], "'digit'"),
        (["digits", "SAMPLES", "--weights", "none.safetensors"], "none.safetensors"),
        (["digits", "LARGE"], "8x8"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2(samples, tmp_path, capsys, arguments, message):
    large = tmp_path / "large.npz"
    write_batch(large, Batch(np.zeros((4, 16, 16, 3), np.uint8)))
    places = {"SAMPLES": str(samples), "LARGE": str(large)}

    assert main(["evaluate", *(places.get(argument, argument) for argument in arguments), "--device", "cpu"]) == 2

    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
