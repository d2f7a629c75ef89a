"""Search in what is published."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import fields
from typing import TypeVar

from .quantities import Quantity
from .scores import PublishedRow

Entry = TypeVar("Entry", PublishedRow, Quantity)


def search(entries: Sequence[Entry], words: Sequence[str]) -> list[Entry]:
    """The entries that have every one of the words somewhere; letters' case does not matter.

    The name of a paper stands for that paper, so that ``adm`` finds what ADM published and not all that others say of
    it. A number, and what has blanks in it, is looked for as a whole: 64 does not find 1064.
    """
    papers = {entry.provenance.paper.casefold() for entry in entries}
    return [entry for entry in entries if all(_matches(word.casefold(), entry, papers) for word in words)]


def _matches(word: str, entry: PublishedRow | Quantity, papers: Container[str]) -> bool:
    if word in papers:
        return entry.provenance.paper.casefold() == word
    return found(word, _text(entry))


def found(word: str, text: str) -> bool:
    """Whether a text has a word, or where that has blanks the words in that order."""
    word, text = word.casefold(), text.casefold()
    if any(sign.isalpha() for sign in word) and " " not in word:
        return word in text
    return not word or f" {word} " in f" {_spaced(text)} "


def _spaced(text: str) -> str:
    """The text, its words and numbers parted by single blanks."""
    return " ".join("".join(sign if sign.isalnum() or sign in ".-+/" else " " for sign in text).split())


def _text(entry: PublishedRow | Quantity) -> str:
    """All that an entry says in words: everything but its scores."""
    provenance = entry.provenance
    own = [
        str(getattr(entry, field.name))
        for field in fields(entry)
        if field.name not in {"provenance", "printed", "evaluator"}
    ]
    images = f"{entry.dataset} {entry.resolution}"
    return " ".join([provenance.paper, provenance.citation, provenance.table, provenance.confidence, images, *own])
