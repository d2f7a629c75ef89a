"""What may be wrong with a checkpoint that loads without an error. Needs no torch."""

from __future__ import annotations

from collections.abc import Iterable

from .diffusion.entries import DenoisingEntry
from .entry import ModelEntry
from .expansion import Tree


def cautions(entry: ModelEntry, tree: Tree, released: Iterable[ModelEntry]) -> tuple[str, ...]:
    """What to look at if the model of a user's file makes noise.

    Args:
        entry: the model.
        tree: what the file says.
        released: the models whose weights' names and flags are known.
    """
    if not isinstance(entry, DenoisingEntry) or entry.network.flags is None:
        return ()
    file = entry.network.file
    for known in released:
        if isinstance(known, DenoisingEntry) and known.network.flags is not None and known.network.weights == file:
            return tuple(_differences(entry, known, file))
    return tuple(_attention_order(entry, tree))


def _differences(entry: DenoisingEntry, known: DenoisingEntry, file: str) -> list[str]:
    """One sentence on all facts about the released file of that name that the user's file has otherwise."""
    here, there = _facts(entry), _facts(known)
    differing = [
        f"{field} is {there[field]} there and {here.get(field)} here"
        for field in there
        if here.get(field) != there[field]
    ]
    return differing and [
        f"{file} is the name of OpenAI's file of {known.name}, from which {entry.name} differs: {', '.join(differing)}."
        f" If the images are noise, take the flags of `beatgans show {known.name}`."
    ]


def _facts(entry: DenoisingEntry) -> dict[str, object]:
    """What decides on the images that a file's weights make: dropout does so in training alone."""
    facts = {**entry.schedule.model_dump(), **entry.network.architecture}
    return {name: fact for name, fact in facts.items() if name != "dropout"}


def _attention_order(entry: DenoisingEntry, tree: Tree) -> list[str]:
    """The order of the 3C channels of ``qkv``, which no file tells: with the wrong one, noise comes out."""
    improved = entry.network.project == "improved-diffusion"  # it has one order alone, as have all upsamplers
    if improved or entry.family == "upsampler" or "use_new_attention_order" in str(tree.get("flags", "")):
        return []
    if _most_heads(entry) == 1:  # the two orders are one
        return []
    return [
        f"Nothing in the weights of {entry.name} tells the order of its attention's channels: they are read as [heads,"
        " 3, d], guided-diffusion's default. If the images are noise, set use_new_attention_order to True, which is"
        " [3, heads, d], and look at num_heads and num_head_channels, which no file tells either."
    ]


def _most_heads(entry: DenoisingEntry) -> int:
    architecture = entry.network.architecture
    if architecture["num_head_channels"] is None:
        return int(max(architecture["num_heads"], architecture["num_heads_upsample"] or 1))
    widest = int(max(architecture["channel_mult"]) * architecture["model_channels"])
    return widest // int(architecture["num_head_channels"])
