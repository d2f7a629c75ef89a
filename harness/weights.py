"""Weights fetched under a bar, before anything asks for them."""

from __future__ import annotations

from collections.abc import Sequence

from ..generators import ModelEntry
from ..generators.adapters.entries import PipelineEntry
from ..generators.stack import StackEntry
from ..generators.weight_files import OTHERWISE, cached_path, weight_file
from ..reference_batches import remote_size
from .points import OperatingPoint
from .progress import Progress

MEGABYTE = 1e6


def fetch_weights_of(points: Sequence[OperatingPoint], progress: Progress) -> None:
    """Brings the weights of all operating points here.

    Raises:
        InputError: a file cannot be fetched.
    """
    for point in points:
        if point.entry is not None and point.settings is not None:
            fetch_weights(point.entry, point.settings.guidance > 0, progress)


def fetch_weights(entry: ModelEntry, guided: bool, progress: Progress) -> None:
    """Brings the weights of a model here that are not, those of its classifier where it is ``guided``.

    Raises:
        InputError: a file cannot be fetched.
    """
    if isinstance(entry, StackEntry):
        for stage in entry.stages:
            fetch_weights(stage, guided, progress)
        return
    if isinstance(entry, PipelineEntry):
        return  # diffusers fetches those
    for network in entry.networks if guided else entry.generating_networks:
        if network.url is None or cached_path(network).exists():
            continue
        size = remote_size(network.url, OTHERWISE)
        progress.warn(f"{entry.name}: fetching {network.file} ({(size or 0) / 1e9:.2f} GB) from {network.url}")
        with progress.bar(f"Fetching {network.file}", (size or 0) / MEGABYTE, "MB") as advance:
            there = 0

            def report(_: str, done: int, __: int | None) -> None:
                nonlocal there
                advance((done - there) / MEGABYTE)
                there = done

            weight_file(network, report)
