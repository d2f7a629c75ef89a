import hashlib
import os
import subprocess
import sys
import threading

import pytest

from beatgans.reference_batches import atomic_write, folder_sha256, is_unfinished, sha256_file


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


def test_what_is_being_written_is_known_by_its_name_and_as_a_file(tmp_path):
    with atomic_write(tmp_path / ("a" * 250)) as file:
        (unfinished,) = tmp_path.iterdir()
        assert is_unfinished(unfinished)
        file.write(b"content")
    assert [is_unfinished(path) for path in tmp_path.iterdir()] == [False]
    unfinished.mkdir()
    assert not is_unfinished(unfinished)
    (tmp_path / ".notes.tmp").touch()
    assert not is_unfinished(tmp_path / ".notes.tmp")


def test_a_symbolic_link_stays_one(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "link").symlink_to("deep/file")
    with atomic_write(tmp_path / "link") as file:
        file.write(b"content")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "deep" / "file").read_bytes() == b"content"


def test_a_pipe_is_written_and_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    read = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    with atomic_write(tmp_path / "pipe") as file:
        file.write(b"content")
    reader.join()
    assert read == [b"content"]
    assert (tmp_path / "pipe").is_fifo()


def test_standard_output_can_be_named_wherever_it_goes(tmp_path):
    code = "from beatgans.reference_batches import atomic_write\n"
    code += "with atomic_write('/dev/stdout') as file: file.write(b'a')"
    with (tmp_path / "out").open("wb") as out:
        subprocess.run([sys.executable, "-c", code], stdout=out, check=True)
        out.seek(0, os.SEEK_END)
        out.write(b"b")
    assert (tmp_path / "out").read_bytes() == b"ab"
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_folder_is_refused_by_its_name(tmp_path):
    with pytest.raises(IsADirectoryError, match=tmp_path.name), atomic_write(tmp_path):
        pass


def test_a_folder_is_known_by_the_names_and_the_contents_of_its_files(tmp_path):
    def folder(name, files):
        for file, content in files.items():
            (tmp_path / name / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / file).write_text(content)
        return tmp_path / name

    first = folder_sha256(folder("first", {"a.txt": "1", "sub/b.bin": "2"}))
    assert first == folder_sha256(folder("again", {"sub/b.bin": "2", "a.txt": "1"}))
    others = [{"a.txt": "1", "sub/b.bin": "3"}, {"a.txt": "1", "sub/c.bin": "2"}, {"a.txt": "1"}]
    assert first not in {folder_sha256(folder(f"other{number}", files)) for number, files in enumerate(others)}
    texts = folder_sha256(tmp_path / "first", (".txt",))
    assert texts == folder_sha256(tmp_path / "other2") != first
