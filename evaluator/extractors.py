"""Extractors by name."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, cast

from ..reference_batches import InputError, hint
from .features import Extractor
from .plugins import EXTRACTORS as GROUP
from .plugins import load_object, registered

BACKENDS = ("torch", "tensorflow")
DTYPES = ("float32", "float64", "bfloat16", "float16")


class ExtractorEntry(NamedTuple):
    """What is known of an extractor without loading it."""

    description: str
    module: str
    """The module of this package whose ``load(weights, device)`` makes it; imported on demand, since it needs torch."""
    width: int
    """Numbers that it makes of an image: pooled and spatial features and logits together."""
    dtypes: tuple[str, ...] = ("float32",)
    """The types that it can compute in; where there are several, ``load`` takes a ``dtype``."""
    tensorflow: str | None = None
    """The module whose ``load(weights)`` makes it with TensorFlow; None where there is none."""


EXTRACTORS = {
    "inception": ExtractorEntry(
        "The Inception graph of 2015 that ADM is scored with; 2,048 pooled and 2,023 spatial features, 1,008 logits",
        ".inception",
        2048 + 2023 + 1008,
        DTYPES,
        ".tensorflow_backend",
    ),
    "digits": ExtractorEntry(
        "Small convolutional classifier of the 8x8 digits; 64 pooled and 112 spatial features, 10 logits",
        ".digits",
        64 + 112 + 10,
    ),
    "dinov2": ExtractorEntry("DINOv2 ViT-L/14 (FD-DINOv2); 1,024 pooled features and no others", ".dinov2", 1024),
}


def load_extractor(
    name: str,
    weights: Path | str | None = None,
    device: str = "cpu",
    *,
    dtype: str = "float32",
    backend: str = "torch",
) -> Extractor:
    """Loads an extractor.

    Args:
        name: a built-in extractor, ``module:object`` or the name of an entry point of the group
            ``beatgans.extractors``: a function of (weights, device) that returns an
            :class:`~.features.Extractor`.
        weights: a file, or for some extractors a folder; by default the weights that ship with the package, or those
            that were fetched.
        device: ``cpu`` or ``cuda``.
        dtype: the type of the arithmetic, for extractors that have a choice.
        backend: ``torch``, or ``tensorflow`` to run Inception's frozen graph itself.

    Raises:
        InputError: there is no such extractor, it has no such backend or dtype, or its weights are missing, damaged or
            another network's.
    """
    if name not in EXTRACTORS:
        return _load_custom(name, weights, device, dtype, backend)
    entry = EXTRACTORS[name]
    if dtype not in entry.dtypes:
        raise InputError(f"the extractor {name} does not compute in {dtype}; choose {' or '.join(entry.dtypes)}")
    if backend not in BACKENDS:
        raise InputError(f"there is no backend named {backend!r}; {hint(backend, BACKENDS)}")
    if backend == "tensorflow":
        if entry.tensorflow is None:
            raise InputError(f"the extractor {name} has no TensorFlow backend; leave --backend out")
        if dtype != "float32":
            raise InputError(f"the TensorFlow backend computes in float32, not {dtype}; leave --dtype out")
        return cast(Extractor, _load_function(entry.tensorflow)(weights))
    options = {"dtype": dtype} if len(entry.dtypes) > 1 else {}
    return cast(Extractor, _load_function(entry.module)(weights, device, **options))


def _load_function(module: str) -> Callable[..., Any]:
    return cast(Callable[..., Any], importlib.import_module(module, __package__).load)


def _load_custom(name: str, weights: Path | str | None, device: str, dtype: str, backend: str) -> Extractor:
    if ":" not in name and name not in registered(GROUP):
        known = [*EXTRACTORS, *registered(GROUP)]
        raise InputError(f"there is no extractor named {name!r}; {hint(name, known)}")
    if (dtype, backend) != ("float32", "torch"):
        raise InputError(f"the extractor {name} is not one of ours: leave --dtype and --backend out")
    make = load_object(name, GROUP, "extractor")
    try:
        inspect.signature(make).bind(weights, device)
    except TypeError as error:
        raise InputError(
            f"the extractor {name} must take two arguments, weights and device ({error}); see docs/metrics.md"
        ) from None
    return cast(Extractor, make(weights, device))
