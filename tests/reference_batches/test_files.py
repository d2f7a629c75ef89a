import hashlib

import pytest

from beatgans.reference_batches import atomic_write, sha256_file


def write_half_and_fail(path):
    with atomic_write(path) as file:
        file.write(b"half of the ne")
        raise RuntimeError


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    with pytest.raises(RuntimeError):
        write_half_and_fail(path)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_the_new_file_is_not_seen_before_it_is_complete(tmp_path):
    path = tmp_path / "new folder" / "file"
    with atomic_write(path) as file:
        file.write(b"content")
        assert not path.exists()
    assert path.read_bytes() == b"content"


def test_files_can_be_read_by_others_as_the_mask_allows(tmp_path):
    with atomic_write(tmp_path / "file") as file:
        file.write(b"content")
    (tmp_path / "plain").write_bytes(b"content")
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_the_hash_is_that_of_the_bytes(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    assert sha256_file(tmp_path / "file") == hashlib.sha256(b"content").hexdigest()
