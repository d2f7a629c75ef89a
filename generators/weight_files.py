"""Where a network's file of weights is: in the package, in the cache, or where the user says. Needs no torch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..reference_batches import InputError, cache_folder, check_file, fetch, sha256_file
from .entry import NetworkEntry

WEIGHTS_FOLDER = Path(__file__).parent / "weights"
"""Of the weights that ship with the package."""
CACHE_FOLDER = "models"
OTHERWISE = "bring the file here by other means and name it, or its folder, with --weights"
REINSTALL = "reinstall beatgans or train the model again"

FetchReport = Callable[[str, int, int | None], None]
"""Told the name of a file that is being fetched, the bytes that are there, and those that there will be if known."""


@dataclass(frozen=True)
class WeightFile:
    """A file of weights that is here.

    Attributes:
        path: where.
        kind: ``shipped``, with a record of how it was made beside it; ``fetched``, with a record of its first hash; or
            ``own``, the user's.
    """

    path: Path
    kind: str

    @property
    def remedy(self) -> str:
        """What to do with a file that cannot be used."""
        if self.kind == "shipped":
            return REINSTALL
        return f"delete it to fetch it again, or {OTHERWISE}" if self.kind == "fetched" else "give the right file"

    def sha256(self) -> str:
        """The SHA-256 of the file, held to that of its record where it has one.

        Raises:
            InputError: the file cannot be read, or is not that of the record.
        """
        if self.kind == "shipped":
            return recorded_sha256(self.path)
        try:
            return check_file(self.path) if self.kind == "fetched" else sha256_file(self.path)
        except OSError as error:
            raise InputError(f"the weights file {self.path} cannot be read ({error.strerror})") from None


def weight_file(network: NetworkEntry, report: FetchReport | None = None) -> WeightFile:
    """Finds a network's file, and fetches it where it has an address and is not here.

    Raises:
        InputError: the file is not here and cannot be fetched.
    """
    path = Path(network.weights)
    if path.is_absolute():
        if not path.is_file():
            raise InputError(f"the weights file {path} does not exist")
        return WeightFile(path, "own")
    if network.url is None:
        return WeightFile(WEIGHTS_FOLDER / path, "shipped")
    cached = cached_path(network)
    if not cached.exists():
        progress = None if report is None else (lambda done, total: report(network.file, done, total))
        fetch(network.url, network.file, cached.parent, progress, otherwise=OTHERWISE)
    return WeightFile(cached, "fetched")


def missing_weights(networks: Iterable[NetworkEntry]) -> list[NetworkEntry]:
    """Those networks whose files would have to be fetched."""
    return [
        network
        for network in networks
        if network.url is not None and not Path(network.weights).is_absolute() and not cached_path(network).exists()
    ]


def cached_path(network: NetworkEntry) -> Path:
    """Where a fetched file of weights is kept."""
    return cache_folder() / CACHE_FOLDER / network.weights


def recorded_sha256(path: Path) -> str:
    """The SHA-256 of a file of weights, once it is found to be that of the ``.json`` record beside it.

    Raises:
        InputError: one of the two is missing, or they do not agree.
    """
    record = path.with_suffix(".json")
    try:
        sha256 = sha256_file(path)
        recorded = json.loads(record.read_text(encoding="utf-8"))["sha256"]
    except OSError as error:
        raise InputError(f"{error.filename} cannot be read ({error.strerror}); {REINSTALL}") from None
    except (ValueError, KeyError, TypeError):
        raise InputError(f"the record {record} is damaged; {REINSTALL}") from None
    if sha256 != recorded:
        raise InputError(f"the weights file {path} is damaged: its SHA-256 is not that of {record.name}; {REINSTALL}")
    return sha256
