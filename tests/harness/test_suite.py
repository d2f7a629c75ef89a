from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from beatgans.harness.suite import PointSpec, Suite, load_suite, suite_names, yaml_path
from beatgans.reference_batches import InputError

SUITE = """
name: mine
title: Mine
reference: digits
extractor: digits
num_images: 100
points:
  - {model: digits-gan, truncation: [0.5, 1]}
  - {model: digits-diffusion, sampler: ddim, steps: 5, guidance: 1}
"""


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "mine.yaml"
        path.write_text(text)
        return str(path)

    return write


def test_every_built_in_suite_loads_under_its_own_name():
    assert "digits" in suite_names()
    for name in suite_names():
        assert load_suite(name).name == name


def test_ones_own_suite_is_read_with_lists_and_single_values_alike(write):
    gan, diffusion = load_suite(write(SUITE)).points

    assert gan.truncation == (0.5, 1.0)
    assert (diffusion.steps, diffusion.guidance) == ((5,), (1.0,))


def test_overrides_are_checked_like_the_file(write):
    assert load_suite(write(SUITE), ["points.1.steps=[5,10]"]).points[1].steps == (5, 10)
    with pytest.raises(InputError, match=r"points\[1\]\.steps\[1\]"):
        load_suite(write(SUITE), ["points.1.steps=[5,ten]"])


def test_a_suite_does_not_change_once_it_is_read(write):
    suite = load_suite(write(SUITE))
    with pytest.raises(ValidationError):
        suite.num_images = 5


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("guidance: 1", "guidanse: 1", r"points\[1\]\.guidanse: unknown key; did you mean guidance\?"),
        (
            "num_images:",
            "num_image:",
            "num_image: unknown key; did you mean num_images|num_images: this key is missing",
        ),
        ("num_images: 100", "", "num_images: this key is missing"),
        ("num_images: 100", "num_images: 0", "num_images: input should be greater than 0"),
        ("num_images: 100", "num_images: true", "num_images: input should be a valid integer"),
        ("num_images: 100", "num_images: 1.5", "num_images: input should be a valid integer"),
        ("steps: 5", "steps: five", r"points\[1\]\.steps: input should be a valid integer"),
        ("[0.5, 1]", "[0.5, .nan]", r"points\[0\]\.truncation\[1\]: input should be a finite number"),
        ("[0.5, 1]", "[]", r"points\[0\]\.truncation: the list is empty"),
        ("name: mine", "name: ../mine", "name: string should match pattern"),
        ("extractor:", "protocol: amd\nextractor:", "protocol: input should be 'adm' or 'exact'"),
        ("num_images: 100", "num_images: 10000000000", "num_images: input should be less than or equal to 10000000"),
        ("num_images: 100", "num_images: 2_000_000\nshard_size: 1", "shard_size: 2,000,000 shards are over 1,000,000"),
        ("name: mine", f"name: {'a' * 5_000}", "name: string should have at most 100 characters"),
        ("{model: digits-gan, truncation: [0.5, 1]}", "5", r"points\[0\]: an entry must be a mapping, such as"),
        ("extractor:", "seed: -1\nextractor:", "seed: input should be greater than or equal to 0"),
    ],
)
def test_a_mistake_is_one_sentence_with_its_place(write, old, new, message):
    assert old in SUITE
    with pytest.raises(InputError, match=message) as caught:
        load_suite(write(SUITE.replace(old, new)))
    assert "\n" not in str(caught.value)


def test_points_that_are_no_list_are_refused_in_the_words_of_yaml(write):
    with pytest.raises(InputError, match=r"mine.yaml: points: input should be a list$"):
        load_suite(write(SUITE), ["points=5"])


def test_several_mistakes_are_counted(write):
    with pytest.raises(InputError, match=r"\(and 1 more\)"):
        load_suite(write(SUITE.replace("steps", "step").replace("truncation", "trunc")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("- a list", "is not a suite"),
        ("name: [", "is not YAML"),
        ("name: a\nname: b\n", "the key 'name' appears twice"),
        ("points:\n  - {steps: 1, steps: 2}\n", "the key 'steps' appears twice"),
    ],
)
def test_a_file_that_is_no_suite_is_refused(write, text, message):
    with pytest.raises(InputError, match=message) as caught:
        load_suite(write(text))
    assert "\n" not in str(caught.value)


def test_an_unknown_suite_brings_near_matches():
    with pytest.raises(InputError, match=r"there is no suite named 'digit'; did you mean digits\?"):
        load_suite("digit")


def test_a_missing_file_and_a_binary_one_are_told_apart(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        load_suite(str(tmp_path / "none.yaml"))
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        load_suite(str(tmp_path / "binary.yaml"))


def test_places_are_written_as_people_write_them():
    tree = {"points": [{"steps": 5}, {"steps": [5, 10]}]}
    assert yaml_path(("points", 0, "steps", 0), tree) == "points[0].steps"
    assert yaml_path(("points", 1, "steps", 1), tree) == "points[1].steps[1]"
    assert yaml_path(("points", 1, "eta"), tree) == "points[1].eta"


def test_a_slip_in_a_key_is_told_before_the_key_that_is_then_missing(tmp_path):
    path = tmp_path / "slip.yaml"
    path.write_text("name: slip\nreference: digits\nextractor: digits\nnum_image: 60\npoints: [{images: digits}]\n")
    with pytest.raises(InputError, match=r"num_image: unknown key; did you mean num_images\? \(and 1 more\)"):
        load_suite(str(path))


def test_the_documentation_lists_every_key():
    text = (Path(__file__).parents[2] / "docs" / "suites.md").read_text()
    for key in [*Suite.model_fields, *PointSpec.model_fields]:
        assert f"`{key}`" in text, f"docs/suites.md does not say what {key} means"
