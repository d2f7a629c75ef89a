from __future__ import annotations

import pytest

from beatgans.evaluator import EXTRACTORS, load_extractor
from beatgans.reference_batches import InputError


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": "inceptoin"}, "did you mean inception"),
        ({"name": "digits", "dtype": "bfloat16"}, "digits does not compute in bfloat16; choose float32"),
        ({"name": "digits", "backend": "tensorflow"}, "digits has no TensorFlow backend"),
        ({"name": "inception", "backend": "jax"}, "no backend named 'jax'"),
        ({"name": "inception", "backend": "tensorflow", "dtype": "float64"}, "computes in float32, not float64"),
        ({"name": "os:getcwd", "dtype": "float64"}, "not one of ours: leave --dtype and --backend out"),
    ],
)
def test_what_there_is_not_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        load_extractor(**arguments)


def test_an_extractor_of_ones_own(tmp_path, monkeypatch):
    (tmp_path / "my_extractor_of_test.py").write_text("def make(weights, device):\n    return weights, device\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert load_extractor("my_extractor_of_test:make", "w.bin", "cpu") == ("w.bin", "cpu")


def test_the_digits_extractor_ships_with_its_weights():
    extractor = load_extractor("digits")
    assert extractor.name == "digits"
    assert extractor.settings["resize"] == "none"
    assert set(EXTRACTORS) == {"inception", "digits", "dinov2"}
