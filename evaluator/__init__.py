"""What a score is: from images to features to scores.

Names are imported when they are first asked for, so that looking something up does not load torch.
"""

from __future__ import annotations

import importlib
from typing import Any

_HOMES = {
    "EXTRACTORS": "extractors",
    "METRICS": "evaluate",
    "Extractor": "features",
    "Features": "features",
    "Score": "evaluate",
    "evaluate": "evaluate",
    "extract_features": "features",
    "find_warnings": "misreadings",
    "load_extractor": "extractors",
    "protocol_record": "protocol",
    "read_features": "features",
    "write_features": "features",
}

__all__ = list(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
