"""What there is to know of a released batch before its scores are believed: its trap, and whether it can be the one."""

from __future__ import annotations

from ..reference_batches import released_as
from .image_identity import ImagesIdentity


def can_be_released(name: str, images: ImagesIdentity) -> bool | None:
    """Whether images have the number and the size of the released batch that their name or file claims to be.

    Returns:
        None where they claim to be none.
    """
    entry = released_as(name)
    return None if entry is None else entry.difference(images.num_images, _size(images)) is None


def released_warnings(name: str, images: ImagesIdentity) -> list[str]:
    """The known trap of a released batch of generated images, and in what a batch differs from that of its name."""
    entry = released_as(name)
    if entry is None:
        return []
    trap = [entry.trap] if entry.trap and entry.kind == "sample" else []  # a reference's is told with its scores
    difference = entry.difference(images.num_images, _size(images))
    return [*trap, *([f"{name} {difference}; no published number stands beside it"] if difference else [])]


def _size(images: ImagesIdentity) -> tuple[int, int] | None:
    return None if images.height is None or images.width is None else (images.height, images.width)
