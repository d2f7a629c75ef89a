"""Downloads that are resumed, appear whole or not at all, and never change unnoticed.

Beside each file lies a record of it, ``FILE.json``, with the address and the SHA-256 that the file had when it was
first fetched: OpenAI publishes no hashes, so the first fetch is trusted and all later uses are held to it.

Where there is no internet, the variable ``BEATGANS_MIRROR`` names a server that has the files: ``https://HOST/PATH`` is
then asked for as ``MIRROR/HOST/PATH``. Nothing else changes: records, names in the cache and messages have the original
address.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from urllib.parse import urlsplit

from .errors import InputError
from .files import atomic_write, sha256_file

if TYPE_CHECKING:
    import requests

Report = Callable[[int, int | None], None]
"""Called with the bytes that are there and the bytes that there will be, None where the server does not say."""

CACHE_VARIABLE = "BEATGANS_CACHE"
MIRROR_VARIABLE = "BEATGANS_MIRROR"
CHUNK_BYTES = 2**16  # as much as this may be lost when a connection breaks off
TIMEOUT = 30.0  # seconds without a byte
ATTEMPTS = 4  # in a row that gain nothing
PAUSE = 1.0  # seconds before the next attempt; twice as many after each that gains nothing
PASSING = {
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.BAD_GATEWAY,
    HTTPStatus.SERVICE_UNAVAILABLE,
    HTTPStatus.GATEWAY_TIMEOUT,
}
"""Answers of a server that may give the rest of a file a little later."""
ELSEWHERE = "fetch it elsewhere and give the path of the file"


class DownloadError(InputError):
    """A file cannot be fetched, or is not the one that it was."""


@dataclass(frozen=True)
class _Source:
    """Where a file is asked for.

    Attributes:
        url: its original address.
        address: the one that is asked, which can be a mirror's.
        way: what messages say of that; empty where it is the original one.
    """

    url: str
    address: str
    way: str = ""

    def __str__(self) -> str:
        return f"{self.url}{self.way}"


def cache_folder() -> Path:
    """Where fetched files are kept: the folder of the variable ``BEATGANS_CACHE``, or else the platform's cache."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen).expanduser()
    # Imported here, as in all functions below, because help and lists need neither pooch nor requests.
    import pooch

    return Path(pooch.os_cache("beatgans"))


def fetch(
    url: str,
    file_name: str,
    folder: Path,
    progress: Report | None = None,
    known_sha256: str | None = None,
    otherwise: str = ELSEWHERE,
) -> Path:
    """Fetches a file unless it is there, and checks it.

    What an interrupted call has left in ``FILE.part`` is continued, if the server's file is still the same.

    Args:
        url: the address, http or https.
        file_name: what the file is called here.
        folder: where it is kept.
        progress: told how far it is.
        known_sha256: what the file must be; without it, what it was at first.
        otherwise: what the user can do where fetching fails, as the end of a sentence.

    Returns:
        The path of the file.

    Raises:
        DownloadError: the server cannot be reached or has no such file, the connection breaks off again and again, the
            disk is too full, another process is fetching the file, or the file has another SHA-256 than it should.
        InputError: ``BEATGANS_MIRROR`` is no address.
        OSError: the folder cannot be written.
    """
    import pooch

    path = folder / file_name
    if path.exists():
        check_file(path, known_sha256)
        return path
    source = _source(url)
    folder.mkdir(parents=True, exist_ok=True)
    pooch.get_logger().setLevel("WARNING")  # it would announce every file on stderr

    def download(_: str, output_file: str, __: object) -> None:
        part = path.with_name(f"{path.name}.part")
        _download(source, part, progress or (lambda *_: None), otherwise)
        expected, found = known_sha256 or _recorded(path), sha256_file(part)
        if expected is not None and found != expected:
            part.unlink()
            raise DownloadError(f"{source} gave a file of SHA-256 {found}, where {expected} was expected; {otherwise}")
        part.replace(output_file)

    pooch.retrieve(url, known_hash=None, fname=file_name, path=folder, downloader=download)
    check_file(path, known_sha256, url)
    return path


def check_file(path: Path, known_sha256: str | None = None, url: str | None = None) -> str:
    """Holds a fetched file to the SHA-256 that it should have, or records the one that it has.

    Returns:
        The file's SHA-256.

    Raises:
        DownloadError: the file has changed.
    """
    found, recorded = sha256_file(path), _recorded(path)
    expected = known_sha256 or recorded
    if expected is not None and found != expected:
        raise DownloadError(
            f"{path} has the SHA-256 {found} and should have {expected}; delete the file to fetch it again"
            + ("" if known_sha256 else f", and {_record(path)} too if the new content is the right one")
        )
    if recorded != found:
        with atomic_write(_record(path)) as file:
            record = {"bytes": path.stat().st_size, "sha256": found, "url": url}
            file.write((json.dumps(record, indent=2) + "\n").encode())
    return found


def remote_size(url: str, otherwise: str = ELSEWHERE) -> int | None:
    """The bytes of a file on a server; None where the server does not say.

    Raises:
        DownloadError: the server cannot be reached or has no such file.
        InputError: ``BEATGANS_MIRROR`` is no address.
    """
    import requests

    source = _source(url)
    try:
        with requests.head(source.address, timeout=TIMEOUT, allow_redirects=True, headers=_headers()) as response:
            _check_status(response, source, otherwise)
            return _total(response)
    except requests.RequestException as error:
        raise _unreachable(source, error, otherwise) from error


def _source(url: str) -> _Source:
    """Where to ask for the file of an address.

    Raises:
        InputError: ``BEATGANS_MIRROR`` is no address of a server.
    """
    mirror, original = os.environ.get(MIRROR_VARIABLE), urlsplit(url)
    if not mirror or original.scheme != "https":
        return _Source(url, url)
    if not _is_server(mirror):
        raise InputError(
            f"{MIRROR_VARIABLE} is {mirror!r} and must be the address of a server, such as http://host/path"
        )
    mirror = mirror.rstrip("/")
    query = f"?{original.query}" if original.query else ""
    return _Source(url, f"{mirror}/{original.netloc}{original.path}{query}", f" (by way of {_without_user(mirror)})")


def _is_server(address: str) -> bool:
    """Whether paths can be put behind an address."""
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - reading it is the check
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and not (parts.query or parts.fragment)


def _without_user(address: str) -> str:
    """An address as messages may show it: without a password."""
    parts = urlsplit(address)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _download(source: _Source, part: Path, report: Report, otherwise: str) -> None:
    """Brings ``part`` to the full length of the file, in several attempts if need be."""
    with part.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # given up when the file is closed or the process ends
        except BlockingIOError:
            raise DownloadError(f"another process is fetching {source} to {part}; wait until it is done") from None
        try:
            _persist(source, file, part, report, otherwise)
        except DownloadError:
            if part.stat().st_size == 0:
                part.unlink()
            raise
        _validator(part).unlink(missing_ok=True)


def _persist(source: _Source, file: BinaryIO, part: Path, report: Report, otherwise: str) -> None:
    """Takes a connection up again whenever it breaks off, as long as that gets further."""
    furthest, failures = part.stat().st_size, 0
    while not _continue(source, file, part, report, otherwise):
        here = part.stat().st_size
        failures = 0 if here > furthest else failures + 1
        furthest = max(furthest, here)
        if failures == ATTEMPTS:
            raise DownloadError(
                f"the connection to {source} keeps breaking off, at last after {here:,} bytes; "
                f"the same command continues from there, or {otherwise}"
            )
        time.sleep(PAUSE * 2**failures)


def _continue(source: _Source, file: BinaryIO, part: Path, report: Report, otherwise: str) -> bool:
    """One attempt: asks for what is missing of the file and writes it down; says whether the file is whole now."""
    import requests

    have = began = part.stat().st_size
    mark = _validator(part)
    headers = _headers()
    if have and mark.exists():
        # If-Range: the rest if the file is still the same, else all of it (RFC 9110, section 13.1.5).
        headers |= {"Range": f"bytes={have}-", "If-Range": mark.read_text()}
    try:
        with requests.get(source.address, stream=True, timeout=TIMEOUT, headers=headers) as response:
            if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                if response.headers.get("Content-Range") == f"bytes */{have}":
                    return True  # all was there: the last process ended between the last byte and the renaming
                _restart(file, mark, {})
                return False
            if have and response.status_code in PASSING:
                return False
            _check_status(response, source, otherwise)
            _check_end(response, source, otherwise)
            if response.status_code != HTTPStatus.PARTIAL_CONTENT:
                _restart(file, mark, response.headers)
                have = began = 0
            elif not response.headers.get("Content-Range", "").startswith(f"bytes {have}-"):
                _restart(file, mark, {})
                return False
            left = _total(response)
            total = None if left is None else have + left
            _check_space(part, left, source)
            report(have, total)
            for chunk in response.iter_content(CHUNK_BYTES):
                file.write(chunk)
                have += len(chunk)
                report(have, total)
    except requests.exceptions.ChunkedEncodingError:
        return False
    except requests.RequestException as error:
        if have > began:
            return False
        raise _unreachable(source, error, otherwise) from error
    finally:
        file.flush()
    return total is None or have == total


def _restart(file: BinaryIO, mark: Path, headers: Mapping[str, str]) -> None:
    """Empties the file, and notes by what the server will know its own again."""
    file.truncate(0)
    tag = headers.get("ETag", "W/")
    known_by = headers.get("Last-Modified") if tag.startswith("W/") else tag  # If-Range takes no weak tags
    if known_by:
        mark.write_text(known_by)
    else:
        mark.unlink(missing_ok=True)


def _check_status(response: requests.Response, source: _Source, otherwise: str) -> None:
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        raise DownloadError(f"{source} cannot be fetched ({response.status_code} {response.reason}); {otherwise}")


def _check_end(response: requests.Response, source: _Source, otherwise: str) -> None:
    """A body that ends with its connection looks whole wherever the connection breaks off (RFC 9112, section 6.3)."""
    if _total(response) is None and "chunked" not in response.headers.get("Transfer-Encoding", "").lower():
        raise DownloadError(f"{source} is served without its length, so its end cannot be known; {otherwise}")


def _check_space(part: Path, wanted: int | None, source: _Source) -> None:
    free = shutil.disk_usage(part.parent).free
    if wanted is not None and wanted > free:
        raise DownloadError(
            f"{source} takes {wanted:,} bytes more and {part.parent} has {free:,} free; "
            f"make room, or set {CACHE_VARIABLE}"
        )


def _unreachable(source: _Source, error: Exception, otherwise: str) -> DownloadError:
    import requests

    if isinstance(error, requests.Timeout):
        reason = f"no answer in {TIMEOUT:.0f} seconds"
    elif isinstance(error, requests.ConnectionError):
        reason = "no connection"
    else:
        reason = " ".join(str(error).split())
    return DownloadError(f"{source} cannot be reached ({reason}); check the network, or {otherwise}")


def _headers() -> dict[str, str]:
    return {"Accept-Encoding": "identity"}  # lengths and ranges are then those of the file


def _total(response: requests.Response) -> int | None:
    length = response.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() else None


def _record(path: Path) -> Path:
    return path.with_name(f"{path.name}.json")


def _validator(part: Path) -> Path:
    return part.with_name(f"{part.name}.etag")


def _recorded(path: Path) -> str | None:
    """The SHA-256 that a file had when it was first fetched."""
    record = _record(path)
    if not record.exists():
        return None
    try:
        data: Any = json.loads(record.read_text(encoding="utf-8"))
        return str(data["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DownloadError(
            f"{record} is damaged ({error}); delete it and the file beside it to fetch again"
        ) from error
