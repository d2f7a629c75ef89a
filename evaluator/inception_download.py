"""Where the Inception graph comes from: OpenAI's address, once, into the user's cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..reference_batches import cache_folder, fetch

URL = "https://openaipublic.blob.core.windows.net/diffusion/jul-2021/ref_batches/classify_image_graph_def.pb"
FILE_NAME = "classify_image_graph_def.pb"
OTHERWISE = f"bring {FILE_NAME} here by other means and name it with --weights"


def inception_path() -> Path:
    """Where the graph file is in the cache, once it was fetched."""
    return cache_folder() / FILE_NAME


def inception_file(progress: Callable[[int, int | None], None] | None = None) -> Path:
    """The graph file in the cache, fetched if it is not there; ``progress`` is told bytes and, once known, their total.

    Raises:
        InputError: it cannot be fetched, or is not the file that was fetched first.
    """
    return fetch(URL, FILE_NAME, cache_folder(), progress, otherwise=OTHERWISE)
