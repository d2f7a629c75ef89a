"""What there is to know of a released batch before its scores are believed: its trap, and whether it can be the one."""

from __future__ import annotations

from ..reference_batches import released_as

Size = tuple[int, int]
"""Height and width, in pixels."""


def can_be_released(name: str, num_images: int | None, size: Size | None) -> bool | None:
    """Whether images have the number and the size of the released batch that their name or file claims to be.

    Returns:
        None where they claim to be none.
    """
    entry = released_as(name)
    return None if entry is None else entry.difference(num_images, size) is None


def released_warnings(name: str, num_images: int | None, size: Size | None) -> list[str]:
    """The known trap of a released batch of generated images, and in what a batch differs from that of its name.

    The trap of a reference is told with all scores against it.
    """
    entry = released_as(name)
    if entry is None:
        return []
    trap = [entry.trap] if entry.trap and entry.kind == "sample" else []
    difference = entry.difference(num_images, size)
    return [*trap, *([f"{name} {difference}; the published numbers are not of it"] if difference else [])]
