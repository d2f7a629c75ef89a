"""The extractor of a command, fetched under a bar where it has to be."""

from __future__ import annotations

from pathlib import Path

from ..evaluator import Extractor, inception_file, load_extractor
from ..reference_batches import REFERENCES
from .progress import Progress


def default_extractor(reference: str, recorded: str | None = None) -> str:
    """The extractor for a reference: that which its file records, the digits' own for these, else ADM's Inception."""
    return recorded or ("digits" if reference in REFERENCES else "inception")


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
