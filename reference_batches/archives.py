"""Zip archives from anywhere, opened with suspicion: nothing is extracted to disk, and no bomb goes off."""

from __future__ import annotations

import contextlib
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

from .errors import InputError, printable

BOMB_BYTES = 2**30
BOMB_EXPANSION = 100
ENCRYPTED = 0x1  # bit 0 of a member's flags (PKWARE's APPNOTE, 4.4.4)
DAMAGE = (OSError, ValueError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error, lzma.LZMAError)


@contextlib.contextmanager
def reading(path: Path, what: str) -> Iterator[None]:
    """Turns whatever a damaged file raises into one sentence about ``path``, which should be ``what``.

    Raises:
        InputError: in place of what the body raised.
    """
    try:
        yield
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{path} does not exist") from None
    except IsADirectoryError:
        raise InputError(f"{path} is a folder, not {what}") from None
    except DAMAGE as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"{path} cannot be read as {what} ({reason}); make or fetch it again") from error


@contextlib.contextmanager
def open_archive(path: Path, what: str) -> Iterator[zipfile.ZipFile]:
    """Opens a zip archive whose members can be read: none is encrypted, and together they are of a plausible size.

    An archive is refused as a bomb if its members declare more than 1 GiB together and more than 100 times their
    compressed size; no photograph and no array of them compresses like that. A member never gives more bytes than it
    declares, since :mod:`zipfile` stops there and checks the CRC.

    Raises:
        InputError: the file is missing, no zip archive, encrypted or a bomb.
    """
    with contextlib.ExitStack() as stack:
        with reading(path, what):
            archive = stack.enter_context(zipfile.ZipFile(path))
        members = archive.infolist()
        for member in members:
            if member.flag_bits & ENCRYPTED:
                raise InputError(
                    f"{printable(member.filename)} in {path} is encrypted; pack the archive without a password"
                )
        declared = sum(member.file_size for member in members)
        packed = sum(member.compress_size for member in members)
        if declared > BOMB_BYTES and declared > BOMB_EXPANSION * packed:
            raise InputError(
                f"{path} declares {declared:,} bytes in {packed:,}, an implausible expansion that is refused as a "
                "zip bomb; pack it without compression if it is none"
            )
        yield archive
