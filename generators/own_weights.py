"""A model of the catalog with weights from a path of the user's. Needs no torch."""

from __future__ import annotations

from pathlib import Path

from ..reference_batches import InputError
from .diffusion.entries import ClassifierEntry, DenoisingEntry
from .entry import ModelEntry, NetworkEntry
from .gan.entry import GanEntry


def with_weights(entry: ModelEntry, path: Path) -> ModelEntry:
    """The entry with its weights at ``path``.

    A file is that of the generating network. A folder has files under the names of the catalog; a classifier that is
    not among them stays where it was.

    Raises:
        InputError: nothing is at the path, the generating network's file is not in the folder, or the model has no
            weights of its own.
    """
    if not isinstance(entry, DenoisingEntry | GanEntry | ClassifierEntry):
        raise InputError(f"{entry.name} has no weights of its own; leave {path} out")
    if not path.exists():
        raise InputError(f"the weights {path} of {entry.name} do not exist")
    if path.is_file():
        return entry.model_copy(update={"network": _moved(entry.network, path)})
    own = path / entry.network.file
    if not own.exists():
        raise InputError(f"the folder {path} has no {entry.network.file}, the weights of {entry.name}")
    moved = entry.model_copy(update={"network": _moved(entry.network, own)})
    if isinstance(moved, DenoisingEntry) and moved.classifier is not None:
        beside = path / moved.classifier.file
        if beside.exists():
            moved = moved.model_copy(update={"classifier": _moved(moved.classifier, beside)})
    return moved


def _moved(network: NetworkEntry, path: Path) -> NetworkEntry:
    return network.model_copy(update={"weights": str(path.absolute()), "url": None})
