"""What a model's images depend on besides its settings, as hashes. Only a pipeline of diffusers needs torch."""

from __future__ import annotations

from collections.abc import Iterable

from ..reference_batches import folder_sha256, open_images
from .adapters.callable import source_sha256
from .adapters.entries import CallableEntry, ImagesEntry, PipelineEntry
from .entry import ModelEntry
from .stack import StackEntry
from .weight_files import FetchReport, weight_file


def weights_sha256(entry: ModelEntry, guided: bool, report: FetchReport | None = None) -> dict[str, str]:
    """The SHA-256 of the files that a model is made of, by their names, fetching what is not here.

    Args:
        entry: the model. Of a function it is its module's file, of a pipeline its folder, of images their content.
        guided: whether its classifier counts too.
        report: told how far a download is.

    Raises:
        InputError: a file is missing and cannot be fetched, or is damaged.
    """
    match entry:
        case StackEntry():
            base, upsampler = entry.stages
            return _distinct(weights_sha256(stage, guided, report) for stage in (base, upsampler))
        case ImagesEntry():
            return {entry.name: open_images(entry.images).sha256}
        case CallableEntry():
            return source_sha256(entry.function)
        case PipelineEntry():
            from .adapters.pipeline import pipeline_folder  # needs diffusers, and torch with it

            folder = pipeline_folder(entry)
            return {folder.name: folder_sha256(folder)}
    networks = entry.networks if guided else entry.generating_networks
    return _distinct({network.file: weight_file(network, report).sha256()} for network in networks)


def _distinct(parts: Iterable[dict[str, str]]) -> dict[str, str]:
    """All hashes by name. Files of one name in different folders are told apart by numbers, so that each counts."""
    joined: dict[str, str] = {}
    for name, sha256 in (item for part in parts for item in part.items()):
        free = (name, *(f"{name} ({number})" for number in range(2, len(joined) + 2)))
        joined[next(name for name in free if name not in joined)] = sha256
    return joined
