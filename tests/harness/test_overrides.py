from __future__ import annotations

import pytest

from beatgans.harness.overrides import apply_overrides
from beatgans.reference_batches import InputError

TREE = {"num_images": 500, "points": [{"model": "a", "steps": [1]}, {"model": "b"}]}


def test_values_are_yaml_and_the_tree_stays_as_it_was():
    changed = apply_overrides(TREE, ["num_images=100", "points.0.steps=[5, 10]", "points.1.guidance=0.5", "title=a=b"])

    assert changed == {
        "num_images": 100,
        "title": "a=b",
        "points": [{"model": "a", "steps": [5, 10]}, {"model": "b", "guidance": 0.5}],
    }
    assert TREE == {"num_images": 500, "points": [{"model": "a", "steps": [1]}, {"model": "b"}]}


def test_the_last_of_two_overrides_wins():
    assert apply_overrides(TREE, ["num_images=1", "num_images=2"])["num_images"] == 2


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("num_images", "write key=value"),
        ("=5", "write key=value"),
        ("points.2.steps=1", "points.2 is none of the 2 entries"),
        ("points.first.steps=1", "points.first is none of the 2 entries"),
        ("num_images.deep=1", "there is nothing at num_images.deep"),
        ("nothing.there=1", "there is nothing at nothing.there"),
        (f"points.{'9' * 5_000}.steps=1", "is none of the 2 entries"),
        (f"points={'[' * 3_000}", "the value is not YAML that can be read: it nests too deep"),
        ("seed=!!int ''", "the value is not YAML: '' cannot be read as int"),
        ("num_images=[1", "the value is not YAML"),
    ],
)
def test_an_override_that_cannot_be_carried_out_is_named(override, message):
    with pytest.raises(InputError, match=message) as caught:
        apply_overrides(TREE, [override])
    assert str(caught.value).startswith(f"--set {override}: ")
