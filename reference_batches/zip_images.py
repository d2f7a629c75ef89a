"""A zip archive of image files."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from .archives import open_archive, reading
from .encoded_images import EncodedImages, Read
from .errors import InputError, printable

WHAT = "a zip archive of images"
LARGEST_IMAGE_BYTES = 2**28  # 256 MiB of one encoded image; many are in memory at once


class ZipImages(EncodedImages):
    """The image files of a zip archive, read out of it; nothing is extracted, so names like ``../x.png`` do no harm."""

    def __init__(self, path: Path | str, size: int | None = None) -> None:
        """Lists an archive; see :class:`~.encoded_images.EncodedImages` for what ``size`` and the order mean.

        Raises:
            InputError: the archive is missing, damaged, encrypted or a zip bomb, or holds no set of images.
        """
        with open_archive(Path(path), WHAT) as archive:
            members = [member for member in archive.infolist() if not member.filename.endswith("/")]
        names = [member.filename for member in members]
        twice = next(
            (name for name, after in zip(sorted(names), sorted(names)[1:], strict=False) if name == after), None
        )
        if twice is not None:
            raise InputError(f"{path} holds {printable(twice)} twice; pack it again")
        large = next((member for member in members if member.file_size > LARGEST_IMAGE_BYTES), None)
        if large is not None:
            raise InputError(
                f"{printable(large.filename)} of {path} has {large.file_size:,} bytes, implausibly many for an image; "
                "remove it"
            )
        super().__init__(Path(path), names, size)

    @contextlib.contextmanager
    def reader(self) -> Iterator[Read]:
        """See :meth:`~.encoded_images.EncodedImages.reader`."""
        with open_archive(self.path, WHAT) as archive:

            def read(name: str) -> bytes:
                with reading(self.path, WHAT):
                    return archive.read(name)

            yield read
