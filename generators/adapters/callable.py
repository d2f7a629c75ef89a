"""A Python function as a generator."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from ...reference_batches import InputError, sha256_file
from ..generator import Generated, SamplerSettings, check_labels
from ..noise import Stream, random_bits
from .entries import CallableEntry

SEEDS = 2**32
"""As many as NumPy's, PyTorch's and JAX's generators all take."""

Function = Callable[[NDArray[np.int64], NDArray[np.int64]], Any]
"""``(seeds, labels) -> images``."""


class CallableGenerator:
    """Calls a function ``(seeds, labels) -> images``.

    Seeds are int64 [n], each of 0 to 2**32 - 1 and no two of a run the same: whoever draws from a generator of each
    makes images that do not depend on the batch. Labels are int64 [n]. Images are uint8 [n, H, W, 3], as an array or as
    anything that NumPy makes one of.
    """

    family = "callable"

    def __init__(self, entry: CallableEntry) -> None:
        self.entry = entry
        self.name = entry.name
        self.image_size = entry.image_size
        self.function = load_function(entry.function)
        self.num_classes = int(getattr(self.function, "num_classes", entry.num_classes))
        self.num_parameters = None
        self.weights_sha256 = source_sha256(entry.function)
        self.labels = None

    def generate(
        self, seed: int, indices: NDArray[np.int64], labels: NDArray[np.int64], settings: SamplerSettings
    ) -> Generated:
        """Makes sample ``indices[k]`` of run ``seed``, showing class ``labels[k]``, for all k as one batch.

        Raises:
            InputError: settings are given, a label is out of range, or what the function returns are no such images.
        """
        self.entry.check(settings)
        check_labels(labels, self.num_classes)
        images = self._call(seeds_of(seed, indices), labels)
        if images.dtype != np.uint8 or images.shape[:1] != labels.shape or images.ndim != 4 or images.shape[3] != 3:
            raise InputError(
                f"{self.entry.function} returned {images.dtype} {list(images.shape)} for {len(labels)} seeds; "
                f"it must return uint8 [{len(labels)}, height, width, 3], with levels of 0 to 255"
            )
        return Generated(images, None, None)

    def _call(self, seeds: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[Any]:
        """What the function returns, in one piece of memory: a flipped view has strides that PyTorch does not take.

        Raises:
            InputError: it raises an error, or would end the program.
        """
        try:
            return np.ascontiguousarray(self.function(seeds, labels))
        except (Exception, SystemExit) as error:  # whatever a user's function raises
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            raise InputError(f"the model {self.entry.function} failed ({reason}); mend it") from error


def seeds_of(seed: int, indices: NDArray[np.int64]) -> NDArray[np.int64]:
    """The seeds of samples ``indices`` of a run: consecutive ones, from a place that depends on the run's ``seed``."""
    first = random_bits(seed, np.zeros(1, np.int64), Stream.FUNCTION, 0, (1,))[0, 0]
    seeds: NDArray[np.int64] = ((first + indices.astype(np.uint64)) % np.uint64(SEEDS)).astype(np.int64)
    return seeds


def load_function(name: str) -> Function:
    """The function ``module:function``; modules are looked for where Python looks, then in the current folder.

    Raises:
        InputError: its module cannot be imported, or has no such function.
    """
    module_name, _, attributes = name.partition(":")
    found: Any = _import(module_name, name)
    for attribute in attributes.split("."):
        if not hasattr(found, attribute):
            raise InputError(f"the module {module_name} has no {attributes} for the model {name}; name one that it has")
        found = getattr(found, attribute)
    if not callable(found):
        raise InputError(
            f"the model {name} is of type {type(found).__name__}; name a function (seeds, labels) -> images"
        )
    return cast(Function, found)


def source_sha256(name: str) -> dict[str, str]:
    """The SHA-256 of the file of a function's module, by the file's name; nothing where it has none.

    Raises:
        InputError: there is no such module.
    """
    module_name = name.partition(":")[0]
    _look_here()
    try:
        spec = importlib.util.find_spec(module_name)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        raise _missing(module_name, name)
    source = Path(spec.origin or "")
    return {source.name: sha256_file(source)} if source.is_file() else {}


def _import(module_name: str, name: str) -> Any:
    _look_here()
    try:
        return importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{module_name}.".startswith(f"{error.name}."):
            raise _missing(module_name, name) from None
        raise InputError(f"the module {module_name} of {name} needs {error.name}, which is not installed") from error
    except (Exception, SystemExit) as error:  # whatever a user's module raises
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise InputError(f"the module {module_name} of {name} cannot be imported ({reason}); mend it") from error


def _missing(module_name: str, name: str) -> InputError:
    return InputError(
        f"there is no module {module_name} for the model {name}; install it, or put {module_name.partition('.')[0]}.py "
        "into the current folder"
    )


def _look_here() -> None:
    """Lets the current folder be searched, last, so that nothing in it hides what is installed."""
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)
    importlib.invalidate_caches()
