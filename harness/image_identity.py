"""What identifies a set of real images, or the statistics of one."""

from __future__ import annotations

from collections.abc import Callable

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

    @property
    def size(self) -> tuple[int, int] | None:
        """Height and width in pixels; None for statistics alone."""
        return None if self.height is None or self.width is None else (self.height, self.width)


def identify_reference(name: str, known: ImagesIdentity | None) -> ImagesIdentity:
    """Identifies what samples are scored against; ``known`` is what a manifest says of it.

    Built-in images are taken from the manifest: the versions of the libraries determine them, and loading them takes a
    second.

    Raises:
        InputError: there is no such reference, or it cannot be read.
    """
    return _identified("reference", name, known, _look_at_reference)


def identify_images(name: str, known: ImagesIdentity | None) -> ImagesIdentity:
    """Identifies existing images, as :func:`identify_reference` does.

    Raises:
        InputError: there are no such images, or they cannot be read.
    """
    return _identified("images", name, known, _look_at_images)


def _identified(
    field: str, name: str, known: ImagesIdentity | None, look_at: Callable[[str], ImagesIdentity]
) -> ImagesIdentity:
    if known is not None and name in REFERENCES:
        return known
    try:
        return look_at(name)
    except (OSError, ValueError) as error:
        raise _unreadable(field, name, error) from error


def _look_at_reference(name: str) -> ImagesIdentity:
    reference = open_reference(name)
    return _identity(reference.images, reference.sha256, None if reference.pool is None else len(reference.pool))


def _look_at_images(name: str) -> ImagesIdentity:
    images = open_images(name)
    return _identity(images, images.sha256, None)


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
