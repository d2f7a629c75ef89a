import struct
import zipfile

import pytest

from beatgans.reference_batches import InputError, archives
from beatgans.reference_batches.archives import open_archive


def make(path, members, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def patch_directory(path, offset, format_, value):
    """Overwrites a field of the first entry of the central directory."""
    data = bytearray(path.read_bytes())
    struct.pack_into(format_, data, data.index(b"PK\x01\x02") + offset, value)
    path.write_bytes(data)


def test_a_plain_archive_opens(tmp_path):
    with open_archive(make(tmp_path / "a.zip", {"x": b"content"}), "an archive") as archive:
        assert archive.read("x") == b"content"


def test_a_bomb_is_refused_before_anything_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "BOMB_BYTES", 100_000)
    bomb = make(tmp_path / "bomb.zip", {f"{number}": bytes(60_000) for number in range(2)})
    with (
        pytest.raises(InputError, match=r"bomb\.zip declares 120,000 bytes in .* refused as a zip bomb"),
        open_archive(bomb, ""),
    ):
        pass
    # Either alone is no bomb: much that hardly shrinks, or a little that shrinks a lot.
    for name, content, compression in (
        ("large", bytes(120_000), zipfile.ZIP_STORED),
        ("dense", bytes(60_000), zipfile.ZIP_DEFLATED),
    ):
        with open_archive(make(tmp_path / name, {"x": content}, compression), ""):
            pass


def test_a_directory_that_declares_a_terabyte_is_refused(tmp_path):
    path = make(tmp_path / "lie.zip", {"x": b"little"})
    patch_directory(path, 24, "<I", 0xFFFFFFFE)  # the size once unpacked
    with pytest.raises(InputError, match="zip bomb"), open_archive(path, ""):
        pass


def test_an_encrypted_member_is_named(tmp_path):
    path = make(tmp_path / "secret.zip", {"x.png": b"content"})
    patch_directory(path, 8, "<H", 1)
    with pytest.raises(InputError, match=r"x\.png in .*secret\.zip is encrypted"), open_archive(path, ""):
        pass


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("none.zip", "does not exist"),
        (".", "is a folder, not an archive"),
        ("torn.zip", "cannot be read as an archive"),
    ],
)
def test_what_cannot_be_opened_is_told_apart(tmp_path, name, complaint):
    (tmp_path / "torn.zip").write_bytes(make(tmp_path / "a.zip", {"x": b"content"}).read_bytes()[:-10])
    with pytest.raises(InputError, match=complaint), open_archive(tmp_path / name, "an archive"):
        pass
