"""Recipes of training, by the name of one that comes with the package or by a path, with ``--set`` over them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..generators.training.recipe import FAMILIES, Recipe, packaged_recipe, parse_recipe, recipe_names
from .named_yaml import read_named_yaml
from .overrides import apply_overrides

DIGITS = "digits"
"""Stands for the recipes of all that ships."""


def load_recipe(name_or_path: str, overrides: Sequence[str] = (), seed: int | None = None) -> Recipe:
    """Reads a recipe, with ``key=value`` overrides in dotted notation and another seed.

    Paths of images are taken from the current folder, and are absolute in the recipe.

    Raises:
        InputError: there is no such recipe, or it or an override is not well formed; the message names the place.
    """
    keys = ("family", "name", "model and so on")
    tree, source = read_named_yaml("recipe", name_or_path, recipe_names(), packaged_recipe, keys, others=[DIGITS])
    tree = apply_overrides(tree, overrides)
    if seed is not None:
        tree["seed"] = seed
    for place in ("data.images", "model", "score.reference", "score.extractor_weights"):
        _make_absolute(tree, place.split("."))
    return parse_recipe(tree, source)


def digits_recipes(overrides: Sequence[str], seed: int | None) -> list[Recipe]:
    """The recipes of the digits' networks, the longest first.

    Raises:
        InputError: an override does not suit all of them.
    """
    recipes = [load_recipe(name, overrides, seed) for name in recipe_names() if name.startswith(f"{DIGITS}-")]
    return sorted(recipes, key=lambda recipe: list(FAMILIES).index(recipe.family) == 2)


def _make_absolute(tree: dict[str, Any], keys: list[str]) -> None:
    """Makes a value the absolute path of what is there under it, if something is, in place."""
    node: Any = tree
    for key in keys[:-1]:
        node = node.get(key)
        if not isinstance(node, dict):
            return
    value = node.get(keys[-1])
    if isinstance(value, str) and value and Path(value).expanduser().exists():
        node[keys[-1]] = str(Path(value).expanduser().absolute())
