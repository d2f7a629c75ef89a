"""Images at any place of a folder or a zip archive, decoded when they are asked for."""

from __future__ import annotations

import contextlib
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .decoding import decode
from .encoded_images import EncodedImages, Read


class SingleImages:
    """The images of a set by their places, also from several processes: each opens the archive for itself."""

    def __init__(self, images: EncodedImages, size: int | None) -> None:
        """Takes a set, and the size that its images are fitted to; None leaves each its own."""
        self.images = images
        self.size = size
        self._opened = contextlib.ExitStack()
        self._read: Read | None = None
        self._process = 0

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, place: int) -> NDArray[np.uint8]:
        """The image at a place, uint8 [H, W, 3].

        Raises:
            InputError: it cannot be read; the message names it.
        """
        name = self.images.names[place]
        return decode(self._reader()(name), self.images.where(name), self.size)

    def _reader(self) -> Read:
        # After a fork, parent and child would move one and the same place in an open archive.
        if self._read is None or self._process != os.getpid():
            self._opened = contextlib.ExitStack()
            self._read, self._process = self._opened.enter_context(self.images.reader()), os.getpid()
        return self._read

    def __getstate__(self) -> dict[str, Any]:
        return {"images": self.images, "size": self.size}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__init__(**state)  # type: ignore[misc]
