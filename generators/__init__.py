"""What makes images: diffusion models, their samplers and guidance, GANs, and the training of those that ship.

Names that need torch are imported when they are first used, so that plans and lists come at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .catalog import MODELS
from .costs import costs
from .entry import ModelEntry
from .generator import Generated, Generator, SamplerSettings
from .labels import LABEL_POLICIES, choose_labels, labels_of
from .naming import (
    check_settings,
    expected_evaluations,
    expected_steps,
    find_entry,
    find_model,
    settings_details,
    settings_warnings,
)
from .samplers import SAMPLERS, respacing_of, spacing_of
from .stack import StackEntry
from .subset import choose_subset
from .weight_files import missing_weights

if TYPE_CHECKING:
    from .loading import generator_of, load_generator, load_network

_NEED_TORCH = {"generator_of": ".loading", "load_generator": ".loading", "load_network": ".loading"}

__all__ = [
    "LABEL_POLICIES",
    "MODELS",
    "SAMPLERS",
    "Generated",
    "Generator",
    "ModelEntry",
    "SamplerSettings",
    "StackEntry",
    "check_settings",
    "choose_labels",
    "choose_subset",
    "costs",
    "expected_evaluations",
    "expected_steps",
    "find_entry",
    "find_model",
    "generator_of",
    "labels_of",
    "load_generator",
    "load_network",
    "missing_weights",
    "respacing_of",
    "settings_details",
    "settings_warnings",
    "spacing_of",
]


def __getattr__(name: str) -> Any:
    if name in _NEED_TORCH:
        return getattr(import_module(_NEED_TORCH[name], __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
