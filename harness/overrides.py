"""The command line's ``--set key=value`` on a YAML tree."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from ..reference_batches import InputError
from .yaml_text import read_yaml


def apply_overrides(tree: dict[str, Any], overrides: Sequence[str]) -> dict[str, Any]:
    """A copy of ``tree`` with ``num_images=100`` or ``points.0.steps=[5,10]`` set; values are YAML.

    Keys that do not exist are set all the same, since the checks that follow know better which ones may.

    Raises:
        InputError: an override has no ``=``, its value is no YAML, or its path leads nowhere.
    """
    tree = copy.deepcopy(tree)
    for override in overrides:
        path, equals, text = override.partition("=")
        if not equals or not path:
            raise InputError(f"--set {override}: write key=value, such as --set num_images=100")
        _set(tree, path.split("."), read_yaml(text, f"--set {override}: the value"), override)
    return tree


def _set(tree: dict[str, Any], keys: Sequence[str], value: object, override: str) -> None:
    """Sets the value at the end of ``keys``, in place."""
    node: Any = tree
    for depth, text in enumerate(keys):
        key = _key(node, text, ".".join(keys[: depth + 1]), override)
        if depth == len(keys) - 1:
            node[key] = value
        else:
            node = node.get(key) if isinstance(node, dict) else node[key]


def _key(node: object, text: str, path: str, override: str) -> str | int:
    """``text`` as a key of a mapping or as a position in a list."""
    if isinstance(node, dict):
        return text
    if not isinstance(node, list):
        raise InputError(f"--set {override}: there is nothing at {path}")
    if not text.isdecimal() or len(text) > 9 or int(text) >= len(node):
        raise InputError(f"--set {override}: {path} is none of the {len(node)} entries, which count from 0")
    return int(text)
