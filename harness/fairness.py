"""Fairness: whether the numbers of two runs may be held against each other at all."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Protocol

from ..reports import ReferenceRecord
from ..reports.record import Setting


class Scored(Protocol):
    """What a run and a baseline share: what their scores were computed by, and against what."""

    @property
    def labels(self) -> str:
        """The label policy."""

    @property
    def reference(self) -> ReferenceRecord:
        """The real images."""

    @property
    def protocol(self) -> dict[str, Setting]:
        """All that can change a score of the same images."""


def unfairness(candidate: Scored, baseline: Scored, names: tuple[str, str] = ("baseline", "run")) -> list[str]:
    """Why scores cannot be compared, a sentence for each field that differs; none where they can.

    Sentences call the baseline and the candidate by ``names``.

    How many images an operating point has is a matter of that point, not of the run.
    """
    first, second = names
    found = [
        f"protocols differ: {name} is {old} in the {first} and {new} in the {second}"
        for name, old, new in differing(baseline.protocol, candidate.protocol)
    ]
    if candidate.reference.sha256 != baseline.reference.sha256:
        old, new = (_shown_reference(one.reference) for one in (baseline, candidate))
        found.append(f"references differ: {old} in the {first} and {new} in the {second}")
    if candidate.labels != baseline.labels:
        found.append(f"label policies differ: {baseline.labels} in the {first} and {candidate.labels} in the {second}")
    return found


def differing(old: Mapping[str, Setting], new: Mapping[str, Setting]) -> Iterator[tuple[str, str, str]]:
    """The settings that differ between two mappings: name, old value, new value. One that is not there is absent."""
    for name in sorted(old.keys() | new.keys()):
        if (name in old, old.get(name)) != (name in new, new.get(name)):
            yield name, _shown(old, name), _shown(new, name)


def _shown(settings: Mapping[str, Setting], name: str) -> str:
    if name not in settings:
        return "absent"
    value = settings[name]
    return f"{value[:12]}..." if isinstance(value, str) and "sha256" in name else json.dumps(value)


def _shown_reference(reference: ReferenceRecord) -> str:
    return f"{reference.name} ({reference.num_images} images, {reference.sha256[:12]}...)"
