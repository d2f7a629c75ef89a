"""Extractors by name."""

from __future__ import annotations

import difflib
import importlib
from pathlib import Path
from typing import NamedTuple, cast

from ..reference_batches import InputError
from .features import Extractor


class ExtractorEntry(NamedTuple):
    """What is known of an extractor without loading it."""

    description: str
    module: str
    """The module of this package whose ``load(weights, device)`` makes it; imported on demand, since it needs torch."""


EXTRACTORS = {
    "digits": ExtractorEntry(
        "Small convolutional classifier of the 8x8 digits; 64 pooled and 112 spatial features", ".digits"
    ),
}


def load_extractor(name: str, weights: Path | str | None = None, device: str = "cpu") -> Extractor:
    """Loads an extractor, with the weights that ship with the package or with those of the file ``weights``.

    Raises:
        InputError: there is no such extractor, or its weights are missing, damaged or another network's.
    """
    if name not in EXTRACTORS:
        close = difflib.get_close_matches(name, EXTRACTORS)
        hint = f"did you mean {close[0]}?" if close else f"known are {', '.join(EXTRACTORS)}"
        raise InputError(f"there is no extractor named {name!r}; {hint}")
    module = importlib.import_module(EXTRACTORS[name].module, __package__)
    return cast(Extractor, module.load(weights, device))
