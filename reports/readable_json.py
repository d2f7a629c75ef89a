"""JSON for people who read files and their differences: sorted, indented, and lists of numbers on one line."""

from __future__ import annotations

import json
from collections.abc import Callable

INDENT = "  "


def readable_json(data: object, *, flat: Callable[[object], bool] | None = None) -> str:
    """``data`` as JSON with a final newline: equal data give equal bytes.

    Args:
        data: what JSON can hold; mappings have strings for keys.
        flat: which of the values are written on one line; by default the lists of nothing but numbers and texts.

    Raises:
        ValueError: there is a NaN or an infinity in it.
    """
    return _text(data, "", flat or is_plain_list) + "\n"


def is_plain_list(value: object) -> bool:
    """Whether it is a list that holds neither lists nor mappings."""
    return isinstance(value, list) and not any(isinstance(entry, list | dict) for entry in value)


def is_plain(value: object) -> bool:
    """Whether it is a list or a mapping that holds neither lists nor mappings."""
    entries = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return entries is not None and not any(isinstance(entry, list | dict) for entry in entries)


def _text(value: object, indent: str, flat: Callable[[object], bool]) -> str:
    if not value or not isinstance(value, list | dict) or flat(value):
        return json.dumps(value, allow_nan=False, ensure_ascii=False, sort_keys=True)
    deeper = indent + INDENT
    if isinstance(value, list):
        lines = [f"{deeper}{_text(entry, deeper, flat)}" for entry in value]
        return "[\n" + ",\n".join(lines) + f"\n{indent}]"
    lines = [
        f"{deeper}{json.dumps(name, ensure_ascii=False)}: {_text(value[name], deeper, flat)}" for name in sorted(value)
    ]
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}"
