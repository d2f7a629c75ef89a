"""What identifies a set of real images, or the statistics of one."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from ..reference_batches import REFERENCES, ImageSet, InputError, open_images, open_reference


class ImagesIdentity(BaseModel):
    """A set of real images, or a file of statistics that stands for one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    num_images: int | None
    """None for statistics alone."""
    height: int | None
    """In pixels; None for statistics alone."""
    width: int | None
    """In pixels; None for statistics alone."""
    sha256: str
    """Of the file, of the files of a folder, or of the pixels and labels where the set is built in."""


def identify_reference(name: str, known: ImagesIdentity | None) -> ImagesIdentity:
    """Identifies what samples are scored against; ``known`` is what a manifest says of it.

    Built-in images are taken from the manifest: the versions of the libraries determine them, and loading them takes a
    second.

    Raises:
        InputError: there is no such reference, or it cannot be read.
    """
    if known is not None and name in REFERENCES:
        return known
    try:
        reference = open_reference(name)
        return _identity(
            reference.images, reference.sha256, len(reference.pool) if reference.pool is not None else None
        )
    except (OSError, ValueError) as error:
        raise _unreadable("reference", name, error) from error


def identify_images(name: str, known: ImagesIdentity | None) -> ImagesIdentity:
    """Identifies existing images, as :func:`identify_reference` does.

    Raises:
        InputError: there are no such images, or they cannot be read.
    """
    if known is not None and name in REFERENCES:
        return known
    try:
        images = open_images(name)
        return _identity(images, images.sha256, None)
    except (OSError, ValueError) as error:
        raise _unreadable("images", name, error) from error


def _identity(images: ImageSet | None, sha256: str, num_features: int | None) -> ImagesIdentity:
    if images is None:
        return ImagesIdentity(num_images=num_features, height=None, width=None, sha256=sha256)
    height, width = images.image_size
    return ImagesIdentity(num_images=len(images), height=height, width=width, sha256=sha256)


def _unreadable(field: str, name: str, error: OSError | ValueError) -> InputError:
    """The error with the field of the suite; a name that the system takes for no path has no other way to say so."""
    if isinstance(error, InputError):
        return InputError(f"{field}: {error}")
    return InputError(f"{field}: {name[:60]!r} cannot be read ({error.args[-1]})")
