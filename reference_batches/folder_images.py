"""A folder of image files."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from .encoded_images import EncodedImages, Read
from .errors import InputError


class FolderImages(EncodedImages):
    """The image files of a folder and of all folders in it, links to folders included."""

    def __init__(self, path: Path | str, size: int | None = None) -> None:
        """Lists a folder; see :class:`~.encoded_images.EncodedImages` for what ``size`` and the order mean.

        Raises:
            InputError: the folder cannot be read, or what is in it is no set of images.
        """
        super().__init__(Path(path), walk(Path(path)), size)

    @contextlib.contextmanager
    def reader(self) -> Iterator[Read]:
        """See :meth:`~.encoded_images.EncodedImages.reader`."""
        yield self._read

    def _read(self, name: str) -> bytes:
        try:
            return (self.path / name).read_bytes()
        except OSError as error:
            raise InputError(f"{self.where(name)} cannot be read ({error.strerror}); mend or remove it") from error


def walk(top: Path) -> Iterator[str]:
    """The relative posix names of all files under a folder.

    Raises:
        InputError: a folder cannot be read.
    """

    def refuse(error: OSError) -> None:
        raise InputError(f"{error.filename} cannot be read ({error.strerror}); mend its permissions") from error

    for folder, folders, files in os.walk(top, onerror=refuse, followlinks=True):
        folders[:] = [name for name in folders if not _leads_back(Path(folder) / name, top)]
        yield from ((Path(folder) / name).relative_to(top).as_posix() for name in files)


def _leads_back(folder: Path, top: Path) -> bool:
    """Whether a folder is a link to one on the way to it, which would be followed for ever."""
    if not folder.is_symlink():
        return False
    target = folder.resolve()
    return any(above.resolve() == target for above in folder.parents if above.is_relative_to(top))
