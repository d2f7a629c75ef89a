"""Downloads from a server of our own on the loopback interface, which misbehaves as told."""

import contextlib
import fcntl
import hashlib
import json
import re
import shutil
import socket
import threading
from collections import namedtuple
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from beatgans.reference_batches import DownloadError, InputError, cache_folder, check_file, download, fetch, remote_size

CONTENT = bytes(range(256)) * 20_000  # 5 MB: several pieces
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class Server(ThreadingHTTPServer):
    """Serves CONTENT under any path but /gone; ``cuts`` says after how many bytes to hang up, answer by answer."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.content, self.tag = CONTENT, '"first"'
        self.cuts = []
        self.statuses = []  # to answer with instead of the file, one by one, from the second request on
        self.shift = 0  # how far beside the bytes asked for those lie that are sent
        self.tells_length = True
        self.ranges = []
        self.paths = []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}/file.npz"


class Handler(BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.start()

    def do_GET(self):
        body = self.start()
        cut = self.server.cuts.pop(0) if self.server.cuts else len(body)
        with contextlib.suppress(ConnectionError):  # the client may refuse what it is sent
            self.wfile.write(body[:cut])
        self.close_connection = True

    def start(self):
        self.server.paths.append(self.path)
        if self.path.endswith("/gone"):
            self.send_error(404, "Not Found")
            return b""
        if self.server.statuses and self.server.ranges:
            self.send_error(self.server.statuses.pop(0))
            return b""
        body, first = self.server.content, 0
        wanted = self.headers.get("Range")
        if self.command == "GET":
            self.server.ranges.append(wanted)
        if wanted and self.headers.get("If-Range") == self.server.tag:
            first = int(re.fullmatch(r"bytes=(\d+)-", wanted)[1])
            if first >= len(body):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(body)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return b""
            first += self.server.shift
            self.server.shift = 0
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {first}-{len(body) - 1}/{len(body)}")
        else:
            self.send_response(200)
        if self.server.tells_length:
            self.send_header("Content-Length", str(len(body) - first))
        self.send_header("ETag", self.server.tag)
        self.end_headers()
        return body[first:]

    def log_message(self, *_):
        pass


@pytest.fixture
def server(monkeypatch):
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "BEATGANS_MIRROR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(download, "PAUSE", 0.001)
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(timeout=10)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_fetched_once_recorded_and_told_of(server, tmp_path):
    reports = []
    path = fetch(server.url, "f.npz", tmp_path / "new", lambda *report: reports.append(report))
    assert path.read_bytes() == CONTENT
    assert reports[0] == (0, len(CONTENT))
    assert reports[-1] == (len(CONTENT), len(CONTENT))
    assert [done for done, _ in reports] == sorted({done for done, _ in reports})
    assert json.loads((tmp_path / "new" / "f.npz.json").read_text()) == {
        "bytes": len(CONTENT),
        "sha256": SHA256,
        "url": server.url,
    }
    assert names(tmp_path / "new") == ["f.npz", "f.npz.json"]

    assert fetch(server.url, "f.npz", tmp_path / "new") == path
    assert len(server.ranges) == 1


def test_a_connection_that_breaks_off_is_taken_up_again(server, tmp_path):
    server.cuts = [2_000_000, 1_500_000]
    path = fetch(server.url, "f.npz", tmp_path)
    assert path.read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=1966080-", "bytes=3407872-"]  # of each piece of 64 KiB the whole ones count


def test_the_next_call_continues_what_broke_off_for_good(server, tmp_path):
    server.cuts = [1_000_000] + [0] * download.ATTEMPTS
    with pytest.raises(
        DownloadError,
        match="keeps breaking off, at last after 983,040 bytes; the same command continues",
    ):
        fetch(server.url, "f.npz", tmp_path)
    assert names(tmp_path) == ["f.npz.part", "f.npz.part.etag"]
    assert fetch(server.url, "f.npz", tmp_path).read_bytes() == CONTENT
    assert server.ranges[-1] == "bytes=983040-"


def test_a_server_that_is_busy_amid_a_download_is_asked_again(server, tmp_path):
    server.cuts, server.statuses = [1_000_000], [503, 429]
    assert fetch(server.url, "f.npz", tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=983040-"]


def test_other_bytes_than_asked_for_are_not_joined_to_those_that_are_there(server, tmp_path):
    server.cuts, server.shift = [1_000_000], 100
    assert fetch(server.url, "f.npz", tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=983040-", None]


def test_a_file_whose_end_cannot_be_known_is_refused(server, tmp_path):
    server.cuts, server.tells_length = [1_000_000], False
    with pytest.raises(DownloadError, match="is served without its length, so its end cannot be known; fetch it else"):
        fetch(server.url, "f.npz", tmp_path)
    assert names(tmp_path) == []


def test_a_file_that_changed_on_the_server_is_begun_anew(server, tmp_path):
    server.cuts = [1_000_000] + [0] * download.ATTEMPTS
    with pytest.raises(DownloadError):
        fetch(server.url, "f.npz", tmp_path)
    server.content, server.tag = CONTENT[::-1], '"second"'
    assert fetch(server.url, "f.npz", tmp_path).read_bytes() == CONTENT[::-1]


def test_what_cannot_be_proved_the_same_is_begun_anew(server, tmp_path):
    (tmp_path / "f.npz.part").write_bytes(b"of somebody else")
    assert fetch(server.url, "f.npz", tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None]


def test_a_part_that_is_already_whole_is_only_renamed(server, tmp_path):
    (tmp_path / "f.npz.part").write_bytes(CONTENT)
    (tmp_path / "f.npz.part.etag").write_text(server.tag)
    assert fetch(server.url, "f.npz", tmp_path).read_bytes() == CONTENT
    assert server.ranges == [f"bytes={len(CONTENT)}-"]


def test_a_missing_file_is_said_with_the_address_and_the_alternative(server, tmp_path):
    gone = server.url.replace("file.npz", "gone")
    for ask in (
        lambda: fetch(gone, "f.npz", tmp_path, otherwise="name a file with --weights"),
        lambda: remote_size(gone, "name a file with --weights"),
    ):
        with pytest.raises(DownloadError) as refusal:
            ask()
        assert str(refusal.value) == f"{gone} cannot be fetched (404 Not Found); name a file with --weights"
    assert names(tmp_path) == []


def test_no_network_is_said_with_the_address_and_the_alternative(tmp_path):
    with socket.socket() as unused:  # bound and not listening: connections are refused
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/f.npz"
        for ask in (
            lambda: fetch(url, "f.npz", tmp_path, otherwise="do without"),
            lambda: remote_size(url, "do without"),
        ):
            with pytest.raises(DownloadError) as refusal:
                ask()
            assert str(refusal.value) == f"{url} cannot be reached (no connection); check the network, or do without"


def test_a_server_that_falls_silent_is_given_up(tmp_path, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/f.npz"
        with pytest.raises(DownloadError, match="no answer in"):
            remote_size(url)


def test_another_content_than_known_is_not_kept(server, tmp_path):
    other = "0" * 64
    with pytest.raises(DownloadError, match=f"SHA-256 {SHA256}, where {other} was expected"):
        fetch(server.url, "f.npz", tmp_path, known_sha256=other)
    assert names(tmp_path) == []
    assert fetch(server.url, "f.npz", tmp_path, known_sha256=SHA256).exists()


def test_a_file_is_held_to_what_it_was_at_first(server, tmp_path):
    path = fetch(server.url, "f.npz", tmp_path)
    path.write_bytes(b"other")
    found = hashlib.sha256(b"other").hexdigest()
    with pytest.raises(DownloadError, match=f"has the SHA-256 {found} and should have {SHA256}; .*f.npz.json too"):
        fetch(server.url, "f.npz", tmp_path)
    path.unlink()
    server.content = b"other"
    with pytest.raises(DownloadError, match="was expected"):
        fetch(server.url, "f.npz", tmp_path)
    assert not path.exists()


def test_a_file_put_there_by_hand_is_recorded_at_its_first_use(tmp_path):
    (tmp_path / "f.npz").write_bytes(CONTENT)
    assert check_file(tmp_path / "f.npz") == SHA256
    assert json.loads((tmp_path / "f.npz.json").read_text())["sha256"] == SHA256


def test_a_damaged_record_is_said(tmp_path):
    (tmp_path / "f.npz").write_bytes(CONTENT)
    for damage in ("", "[]", "{}"):
        (tmp_path / "f.npz.json").write_text(damage)
        with pytest.raises(DownloadError, match=r"f\.npz\.json is damaged"):
            check_file(tmp_path / "f.npz")


def test_two_processes_do_not_write_one_file(server, tmp_path):
    with (tmp_path / "f.npz.part").open("ab") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        with pytest.raises(DownloadError, match="another process is fetching"):
            fetch(server.url, "f.npz", tmp_path)


def test_a_disk_that_is_too_full_is_said_at_once(server, tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda _: namedtuple("Usage", "free")(1_000))
    with pytest.raises(DownloadError, match=r"takes 5,120,000 bytes more and .* has 1,000 free"):
        fetch(server.url, "f.npz", tmp_path)


def test_the_size_is_known_before(server):
    assert remote_size(server.url) == len(CONTENT)


def test_the_cache_is_where_the_variable_says_or_the_platform(monkeypatch, tmp_path):
    monkeypatch.setenv("BEATGANS_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("BEATGANS_CACHE")
    assert cache_folder().name == "beatgans"


ORIGINAL = "https://example.org/jul-2021/file.npz"


@pytest.fixture
def mirror(server, monkeypatch):
    """The server as a mirror of everything."""
    monkeypatch.setenv("BEATGANS_MIRROR", f"http://user:secret@127.0.0.1:{server.server_port}/mirror/")
    return server


def test_a_mirror_is_asked_in_place_of_the_original(mirror, tmp_path):
    assert remote_size(ORIGINAL) == len(CONTENT)
    mirror.cuts = [1_000_000]
    path = fetch(ORIGINAL, "f.npz", tmp_path)
    assert path.read_bytes() == CONTENT
    assert mirror.paths == ["/mirror/example.org/jul-2021/file.npz"] * 3
    assert mirror.ranges == [None, "bytes=983040-"]
    assert json.loads((tmp_path / "f.npz.json").read_text())["url"] == ORIGINAL


def test_a_mirror_that_lacks_a_file_is_named_beside_the_original_without_its_password(mirror, tmp_path):
    with pytest.raises(DownloadError) as caught:
        fetch("https://example.org/gone", "f.npz", tmp_path)
    way = f"(by way of http://127.0.0.1:{mirror.server_port}/mirror)"
    assert str(caught.value).startswith(f"https://example.org/gone {way} cannot be fetched (404 Not Found); ")
    assert names(tmp_path) == []


def test_an_address_that_is_not_https_is_asked_itself(mirror, tmp_path):
    fetch(mirror.url, "f.npz", tmp_path)
    assert mirror.paths == ["/file.npz"]


@pytest.mark.parametrize(
    "value", ["10.0.0.1/files", "ftp://host/path", "http://", "http://host:many/", "http://host/path?key=1", "/files"]
)
def test_a_mirror_that_is_no_address_is_refused(monkeypatch, tmp_path, value):
    monkeypatch.setenv("BEATGANS_MIRROR", value)
    for ask in (lambda: fetch(ORIGINAL, "f.npz", tmp_path / "new"), lambda: remote_size(ORIGINAL)):
        with pytest.raises(InputError, match=r"BEATGANS_MIRROR is .* and must be the address of a server, such as h"):
            ask()
    assert not (tmp_path / "new").exists()
