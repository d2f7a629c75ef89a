from __future__ import annotations

import pytest

from beatgans.harness.recipes import digits_recipes, load_recipe
from beatgans.reference_batches import InputError


def test_a_recipe_of_the_package_or_of_ones_own(tiny_recipes, monkeypatch, tmp_path):
    assert load_recipe("digits-gan").steps == 6000
    recipe = load_recipe(str(tiny_recipes["gan"]), ["steps=3", "data.workers=1"], seed=9)
    assert (recipe.steps, recipe.data.workers, recipe.seed) == (3, 1, 9)


def test_paths_hold_wherever_the_training_goes_on(tiny_recipes, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    recipe = load_recipe(str(tiny_recipes["upsampler"]), ["data.images=photos"])
    assert recipe.data.images == str(tmp_path / "photos")
    assert load_recipe("digits-gan").data.images == "digits"


@pytest.mark.parametrize(
    ("name", "overrides", "message"),
    [
        ("digits-gann", [], "there is no recipe named 'digits-gann'; did you mean digits-gan"),
        ("nowhere.yaml", [], "the recipe nowhere.yaml cannot be read: No such file"),
        ("digits-gan", ["stepps=1"], "recipe digits-gan: stepps: unknown key; did you mean steps"),
        ("digits-gan", ["steps"], "--set steps: write key=value"),
        ("digits-gan", ["data.images.deep=1"], "data.images.deep"),
    ],
)
def test_what_is_no_recipe(name, overrides, message):
    with pytest.raises(InputError, match=message):
        load_recipe(name, overrides)


def test_a_list_is_no_recipe(tmp_path):
    path = tmp_path / "list.yaml"
    path.write_text("[1, 2]")
    with pytest.raises(InputError, match="is not a recipe: it must be a mapping"):
        load_recipe(str(path))


def test_the_digits_are_three_recipes_the_short_one_last():
    assert [recipe.name for recipe in digits_recipes([], None)] == [
        "digits-diffusion",
        "digits-gan",
        "digits-classifier",
    ]
    assert {recipe.seed for recipe in digits_recipes(["steps=2"], 4)} == {4}
