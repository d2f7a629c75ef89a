"""The files that a run needs and does not fetch by itself, looked for before anything is downloaded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from ..generators import ModelEntry
from ..reference_batches import CatalogEntry, InputError, catalog
from .extractor import check_weights
from .points import OperatingPoint
from .suite import Suite


def check_needed_files(suite: Suite, points: Sequence[OperatingPoint]) -> None:
    """Refuses a suite of which a released batch or a user's own file of weights is not here, and names all of them.

    Raises:
        InputError: a file is missing, or there is no such extractor.
    """
    check_weights(suite.extractor, suite.extractor_weights)
    batches, weights = list(_unfetched(suite, points)), list(_absent(points))
    if not batches and not weights:
        return
    parts = [_of_batches(batches)] if batches else []
    if weights:
        parts.append(f"the weights {_listed(weights)} {'does' if len(weights) == 1 else 'do'} not exist")
    raise InputError(f"{suite.source}: {'; and '.join(parts)}")


def _unfetched(suite: Suite, points: Sequence[OperatingPoint]) -> Iterator[CatalogEntry]:
    """The released batches that are used and not in the cache, each once."""
    for name in dict.fromkeys([suite.reference, *(point.images for point in points if point.images is not None)]):
        batch = catalog().get(name)
        if batch is not None and not Path(name).exists() and not batch.path.exists():
            yield batch


def _of_batches(batches: Sequence[CatalogEntry]) -> str:
    names = [batch.name for batch in batches]
    size = f"{sum(batch.approximate_bytes for batch in batches) / 1e9:.1f} GB"
    have = "has" if len(names) == 1 else "have"
    return f"{_listed(names)} {have} not been fetched; `beatgans reference fetch {' '.join(names)}` does so ({size})"


def _absent(points: Sequence[OperatingPoint]) -> list[str]:
    """The users' own files of weights that are used and not there, each once."""
    entries = {point.model: (point.entry, _is_guided(points, point.model)) for point in points}
    files = [
        network.weights
        for entry, guided in entries.values()
        if isinstance(entry, ModelEntry)
        for network in (entry.networks if guided else entry.generating_networks)
        if Path(network.weights).is_absolute() and not Path(network.weights).is_file()
    ]
    return list(dict.fromkeys(files))


def _is_guided(points: Sequence[OperatingPoint], model: str) -> bool:
    return any(point.settings is not None and point.settings.guidance > 0 for point in points if point.model == model)


def _listed(names: Sequence[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last
