"""Suites, recipes and studies alike: YAML by the name of one that comes with the package, or by a path."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from ..reference_batches import InputError, hint
from .yaml_text import read_yaml


def read_named_yaml(
    kind: str,
    name_or_path: str,
    names: Sequence[str],
    text_of: Callable[[str], str],
    keys: Iterable[str],
    others: Sequence[str] = (),
) -> tuple[dict[str, Any], str]:
    """The mapping of a YAML text, and what to call it in messages.

    Args:
        kind: what it is, such as ``suite``, for messages.
        name_or_path: which one.
        names: those that come with the package.
        text_of: the text of one of these.
        keys: that it must have, or some of them, for messages.
        others: names that are known besides and are read elsewhere, for messages.

    Raises:
        InputError: there is none of that name, or it cannot be read, or is no mapping.
    """
    if name_or_path in names:
        text, source = text_of(name_or_path), f"{kind} {name_or_path}"
    else:
        text, source = _text(kind, Path(name_or_path), name_or_path, [*others, *names]), name_or_path
    tree = read_yaml(text, source)
    if not isinstance(tree, dict):
        raise InputError(f"{source} is not a {kind}: it must be a mapping with the keys {', '.join(keys)}")
    return tree, source


def _text(kind: str, path: Path, given: str, known: Sequence[str]) -> str:
    if path.suffix not in {".yaml", ".yml"} and not path.is_file():
        raise InputError(f"there is no {kind} named {given!r}; {hint(given, known)}, or give the path of a .yaml file")
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(f"the {kind} {given} cannot be read: {reason}") from error
