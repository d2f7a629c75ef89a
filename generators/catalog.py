"""The models that beatgans knows by name. Needs no torch."""

from __future__ import annotations

from importlib import resources
from typing import Annotated, TypeAlias

import yaml
from pydantic import Field, TypeAdapter

from .adapters.entries import CallableEntry, ImagesEntry, PipelineEntry
from .diffusion.entries import ClassifierEntry, DiffusionEntry, UpsamplerEntry
from .entry import ModelEntry, NetworkEntry, ScheduleEntry
from .expansion import Tree, expand
from .gan.entry import GanEntry
from .stack import StackEntry

__all__ = [
    "ENTRY",
    "MODELS",
    "ClassifierEntry",
    "DiffusionEntry",
    "Entry",
    "GanEntry",
    "NetworkEntry",
    "ScheduleEntry",
    "UpsamplerEntry",
    "read_catalog",
]

Entry: TypeAlias = Annotated[
    DiffusionEntry
    | UpsamplerEntry
    | ClassifierEntry
    | GanEntry
    | StackEntry
    | CallableEntry
    | PipelineEntry
    | ImagesEntry,
    Field(discriminator="family"),
]
ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)
"""Makes an entry of what :func:`~.expansion.expand` gives."""

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Where PyYAML is built with it, libyaml's reads the catalog in a tenth of the time."""


def read_catalog(text: str) -> dict[str, ModelEntry]:
    """Reads a catalog in YAML, a mapping from names to entries, by name.

    Raises:
        InputError: a network's flags are wrong.
        pydantic.ValidationError: an entry lacks a field, or has one that is unknown or of a wrong type.
    """
    trees: dict[str, Tree] = yaml.load(text, LOADER)
    entries: dict[str, ModelEntry] = {}

    def entry_of(name: str) -> ModelEntry:
        if name not in entries:
            tree = expand({"name": name, **trees[name]}, name, None, network_of)
            entry: ModelEntry = ENTRY.validate_python(tree)
            if isinstance(entry, StackEntry):
                entry = entry.joined(entry_of(entry.base), entry_of(entry.upsampler))
            entries[name] = entry
        return entries[name]

    def network_of(classifier: str) -> Tree:
        (network,) = entry_of(classifier).networks
        return network.model_dump()

    return {name: entry_of(name) for name in trees}


MODELS = read_catalog(resources.files(__package__).joinpath("catalog.yaml").read_text(encoding="utf-8"))
"""All of them, by name."""
