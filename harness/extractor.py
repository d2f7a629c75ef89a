"""The extractor of a command, fetched under a bar where it has to be."""

from __future__ import annotations

from pathlib import Path

from .. import evaluator
from ..evaluator import EXTRACTORS, EXTRACTORS_GROUP, Extractor, inception_file, load_extractor, registered
from ..reference_batches import REFERENCES, InputError, hint
from .progress import Progress

PACKAGED_WEIGHTS = Path(evaluator.__file__).parent / "weights"


def default_extractor(reference: str, recorded: str | None = None) -> str:
    """The extractor for a reference: that which its file records, the digits' own for these, else ADM's Inception."""
    return recorded or ("digits" if reference in REFERENCES else "inception")


def find_weights(name: str, weights: str | None = None, progress: Progress | None = None) -> Path | None:
    """Where the weights of a suite's extractor are, fetched if need be; None for one of the user's that names none.

    Args:
        name: the extractor, as ``extractor`` of a suite.
        weights: a file or folder that is named in their place, as ``extractor_weights``.
        progress: where to show a download.

    Raises:
        InputError: there is no such extractor, or its weights are not there and cannot be fetched.
    """
    check_weights(name, weights)
    if weights is not None:
        return Path(weights)
    if name == "inception":
        return inception_file() if progress is None else _fetched_graph(progress)
    return PACKAGED_WEIGHTS / f"{name}.safetensors" if name in EXTRACTORS else None


def check_weights(name: str, weights: str | None = None) -> None:
    """Refuses what :func:`find_weights` does, without fetching anything.

    Raises:
        InputError: there is no such extractor, or its weights are not there and are not fetched either.
    """
    if name not in EXTRACTORS and ":" not in name and name not in registered(EXTRACTORS_GROUP):
        known = [*EXTRACTORS, *registered(EXTRACTORS_GROUP)]
        raise InputError(f"extractor: there is no extractor named {name!r}; {hint(name, known)}")
    if weights is not None and not Path(weights).exists():
        raise InputError(f"extractor_weights: {weights} does not exist; name a file or folder that does")
    if weights is None and name == "dinov2":
        raise InputError("extractor_weights: name the folder of dinov2's weights; a run takes none from the hub")


def prepare_extractor(
    name: str,
    weights: Path | None,
    device: str,
    progress: Progress,
    *,
    dtype: str = "float32",
    backend: str = "torch",
) -> Extractor:
    """Loads an extractor as :func:`~beatgans.evaluator.load_extractor` does, and shows how far a download is.

    Raises:
        InputError: the extractor cannot be loaded or fetched.
    """
    if name == "inception" and weights is None:
        weights = _fetched_graph(progress)
    return load_extractor(name, weights, device, dtype=dtype, backend=backend)


def _fetched_graph(progress: Progress) -> Path:
    """The Inception graph in the user's cache."""
    with progress.bar("Fetching the Inception graph", 1, "files") as advance:
        done = 0.0

        def report(received: int, total: int | None) -> None:
            nonlocal done
            share = received / total if total else 0.0
            advance(share - done)
            done = share

        return inception_file(report)
