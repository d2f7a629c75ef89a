from __future__ import annotations

import pytest

from beatgans.harness.yaml_text import read_yaml
from beatgans.reference_batches import InputError


def test_values_are_plain_and_merge_keys_may_be_written_over():
    text = "points:\n  - &a {model: m, sampler: ddim, steps: 5}\n  - {<<: *a, steps: 10}\n  - {<<: *a}\n"
    first = {"model": "m", "sampler": "ddim", "steps": 5}
    assert read_yaml(text, "a.yaml") == {"points": [first, {**first, "steps": 10}, first]}


def test_a_mapping_is_judged_as_it_is_written_even_where_a_shallower_one_has_merged_it_before():
    text = "deep: {deeper: {a: &a {x: 1}, b: &b {<<: *a, x: 2}}}\nshallow: {<<: *b, x: 3}\n"
    assert read_yaml(text, "a.yaml") == {"deep": {"deeper": {"a": {"x": 1}, "b": {"x": 2}}}, "shallow": {"x": 3}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * 3_000, "it nests too deep"),
        ("name: 2020-13-45", "'2020-13-45' cannot be read as timestamp"),
        ("num_images: " + "9" * 5_000, "cannot be read as int"),
        ('seed: !!int ""', "'' cannot be read as int"),
        ("seed: !!float abc", "'abc' cannot be read as float"),
        ("seed: !!bool foo", "'foo' cannot be read as bool"),
        ("seed: !!timestamp foo", "'foo' cannot be read as timestamp"),
        ("seed: !!python/object:os.system {}", "could not determine a constructor"),
        ("{yes: 1, on: 2}", "a key is no text; put it in quotes"),
        ("{1: a, 0x1: b}", "a key is no text; put it in quotes"),
        ("{2020-01-01: a}", "a key is no text; put it in quotes"),
        ("? [a]\n: b", "a key is no text; put it in quotes"),
        ("{a: 1, a: 2}", "the key 'a' appears twice"),
        ('title: "\\uD800"', "half of a surrogate pair"),
        ("a: \x01", "special characters are not allowed"),
    ],
)
def test_whatever_is_wrong_is_one_sentence_that_names_the_text(text, message):
    with pytest.raises(InputError, match=f"^a.yaml is not YAML.*{message}") as caught:
        read_yaml(text, "a.yaml")
    assert "\n" not in str(caught.value)
