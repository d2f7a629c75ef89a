"""The images of a batch file, streamed out of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .batch_file import check_images, check_labels
from .files import sha256_file
from .image_set import check_batch_size
from .npz import open_npz


class BatchFileImages:
    """The images ``arr_0`` of an ``.npz`` file, and its labels ``arr_1`` if it has them.

    Only the header and the labels are read at first. The pieces come straight out of the zip member, stored or
    deflated, in memory of the size of a piece; an array in Fortran's order alone is read whole.
    """

    def __init__(self, path: Path | str) -> None:
        """Opens a batch file.

        Raises:
            InputError: the file is missing, damaged or a zip bomb, or does not hold uint8 [N, H, W, 3] images.
        """
        self.path = Path(path)
        self.name = str(path)
        self.labels: NDArray[np.int64] | None = None
        with open_npz(self.path) as file:
            shape, _, dtype = file.header("arr_0")
            check_images(dtype, shape, self.name)
            self._number, self.image_size = shape[0], (shape[1], shape[2])
            if "arr_1" in file.names:
                self.labels = check_labels(file.read("arr_1"), self._number, self.name)

    def __len__(self) -> int:
        return self._number

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the file."""
        return sha256_file(self.path)

    def batches(self, size: int) -> Iterator[NDArray[np.uint8]]:
        """See :meth:`~.image_set.ImageSet.batches`."""
        check_batch_size(size)
        with open_npz(self.path) as file:
            yield from file.rows("arr_0", size)
