"""YAML as people write it, turned into plain values, or into one sentence on what is wrong with it."""

from __future__ import annotations

from textwrap import shorten
from typing import Any

import yaml

from ..reference_batches import InputError

MERGE = "tag:yaml.org,2002:merge"
TEXT = "tag:yaml.org,2002:str"


def read_yaml(text: str, name: str) -> Any:
    """The values of a YAML text; ``name`` is what errors call it.

    Raises:
        InputError: the text is no YAML, nests too deep, repeats a key, or has a key that is no text.
    """
    try:
        return yaml.load(text, _Loader)
    except RecursionError as error:
        raise InputError(f"{name} is not YAML that can be read: it nests too deep") from error
    except yaml.YAMLError as error:
        raise InputError(f"{name} is not YAML: {' '.join(str(error).split())}") from error


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader, but for a repeated key, which would silently win over the first.

    Keys are looked at before merge keys (``<<``) are resolved, as what they bring may be written over.
    """

    def compose_mapping_node(self, anchor: Any) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if key.tag == MERGE:
                continue
            if key.tag != TEXT:
                raise yaml.composer.ComposerError(None, None, "a key is no text; put it in quotes", key.start_mark)
            if key.value in seen:
                raise yaml.composer.ComposerError(None, None, f"the key {key.value!r} appears twice", key.start_mark)
            seen.add(key.value)
        return node

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except (yaml.YAMLError, RecursionError):
            raise
        except Exception as error:
            # An impossible date, thousands of digits, a tag that does not suit: PyYAML has another error for each.
            kind = node.tag.rpartition(":")[2]
            message = f"{shorten(str(node.value), 40, placeholder='...')!r} cannot be read as {kind}"
            raise yaml.constructor.ConstructorError(None, None, message, node.start_mark) from error

    def compose_scalar_node(self, anchor: Any) -> yaml.ScalarNode:
        node = super().compose_scalar_node(anchor)
        if any("\ud800" <= sign <= "\udfff" for sign in node.value):
            raise yaml.composer.ComposerError(
                None, None, "a text holds half of a surrogate pair, which is no character", node.start_mark
            )
        return node
