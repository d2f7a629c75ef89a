"""The arrays of an ``.npz`` file one at a time, and a large one in pieces, without unpickling anything."""

from __future__ import annotations

import contextlib
import math
import tokenize
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .archives import open_archive, reading
from .errors import InputError

WHAT = "an .npz file"


class Header(NamedTuple):
    """What the head of a ``.npy`` member says of its array."""

    shape: tuple[int, ...]
    fortran_order: bool
    dtype: np.dtype[Any]


class NpzFile:
    """An open ``.npz`` file."""

    def __init__(self, path: Path, archive: zipfile.ZipFile) -> None:
        self.path = path
        self._archive = archive
        self.names = [name.removesuffix(".npy") for name in archive.namelist() if name.endswith(".npy")]

    def header(self, name: str) -> Header:
        """The header of an array.

        Raises:
            InputError: there is no such array, it holds Python objects, or its member is not as long as it says.
        """
        with self._open(name) as (_, header):
            return header

    def read(self, name: str) -> NDArray[Any]:
        """A whole array.

        Raises:
            InputError: the array is damaged, or there is none of that name.
        """
        with self._open(name) as (file, header):
            count = math.prod(header.shape)
            values = np.frombuffer(bytearray(self._take(file, count * header.dtype.itemsize)), header.dtype, count)
            return values.reshape(header.shape, order="F" if header.fortran_order else "C")

    def rows(self, name: str, size: int) -> Iterator[NDArray[Any]]:
        """An array in pieces of up to ``size`` rows, each in memory of its own.

        An array in Fortran's order, where a row's values are scattered over the file, is read whole.

        Raises:
            InputError: the array is damaged, also in the middle of the file.
        """
        if self.header(name).fortran_order:
            whole = self.read(name)
            yield from (np.ascontiguousarray(whole[at : at + size]) for at in range(0, len(whole), size))
            return
        with self._open(name) as (file, (shape, _, dtype)):
            for start in range(0, shape[0], size):
                count = min(size, shape[0] - start)
                piece = self._take(file, count * math.prod(shape[1:]) * dtype.itemsize)
                yield np.frombuffer(bytearray(piece), dtype).reshape(count, *shape[1:])

    @contextlib.contextmanager
    def _open(self, name: str) -> Iterator[tuple[IO[bytes], Header]]:
        if name not in self.names:
            raise InputError(f"{self.path} has no {name}; it holds {', '.join(self.names) or 'no arrays'}")
        with reading(self.path, WHAT):
            member = self._archive.getinfo(f"{name}.npy")
            file = self._archive.open(member)
        with file:
            with reading(self.path, WHAT):
                header = _read_header(file)
                start = file.tell()
            if header.dtype.hasobject:
                raise InputError(
                    f"{name} of {self.path} cannot be read: it holds Python objects, which are never unpickled; "
                    "save a plain array in its place"
                )
            declared, there = math.prod(header.shape) * header.dtype.itemsize, member.file_size - start
            if declared != there:
                raise InputError(
                    f"{name} of {self.path} cannot be read: its header speaks of {declared:,} bytes "
                    f"({list(header.shape)} {header.dtype}) and it has {there:,}; make or fetch the file again"
                )
            yield file, header

    def _take(self, file: IO[bytes], count: int) -> bytes:
        with reading(self.path, WHAT):
            data = file.read(count)  # with the last byte zipfile compares the CRC
            if len(data) < count:
                raise EOFError("it ends too early")
            return data


@contextlib.contextmanager
def open_npz(path: Path) -> Iterator[NpzFile]:
    """Opens an ``.npz`` file.

    Raises:
        InputError: the file is missing or no zip archive, or see :func:`~.archives.open_archive`.
    """
    with reading(path, WHAT), path.open("rb") as file:
        if file.read(len(np.lib.format.MAGIC_PREFIX)) == np.lib.format.MAGIC_PREFIX:
            raise InputError(f"{path} is a single array, not an .npz file; save it with numpy.savez(path, images)")
    with open_archive(path, WHAT) as archive:
        yield NpzFile(path, archive)


def _read_header(file: IO[bytes]) -> Header:
    version = np.lib.format.read_magic(file)
    if version not in {(1, 0), (2, 0), (3, 0)}:
        raise ValueError(f"its .npy format {version[0]}.{version[1]} is unknown")
    # 3.0 differs from 2.0 in the encoding of field names alone, and plain arrays have none.
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    try:
        return Header(*read(file))
    except (SyntaxError, TypeError, tokenize.TokenError) as error:  # NumPy parses the header as Python's text
        raise ValueError("the header of an array is damaged") from error
