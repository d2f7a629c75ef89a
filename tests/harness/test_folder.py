from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from beatgans.harness.folder import RunFolder, check_folder, open_folder, unused_folder
from beatgans.reference_batches import InputError


def test_a_new_folder_is_made_with_its_parents(tmp_path):
    with open_folder(tmp_path / "runs" / "a") as folder:
        assert folder.path.is_dir()


@pytest.mark.parametrize("name", [".lock", ".claims", ".beatgans-abc_1234.tmp", "manifest.json"])
def test_a_run_that_was_killed_at_birth_can_be_taken_up(tmp_path, name):
    (tmp_path / name).touch()
    with open_folder(tmp_path):
        pass


@pytest.mark.parametrize("name", ["notes.txt", ".bashrc", "points", "journal.jsonl", ".notes.tmp"])
def test_a_foreign_folder_is_refused_and_left_alone(tmp_path, name):
    (tmp_path / name).touch()
    with (
        pytest.raises(InputError, match=r"is not empty and holds no run .* choose another folder with -o"),
        open_folder(tmp_path),
    ):
        pass
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_folder_below_a_file_and_a_file_cannot_be_used(tmp_path):
    (tmp_path / "file").touch()
    with (
        pytest.raises(InputError, match=r"cannot be written \(Not a directory\)"),
        open_folder(tmp_path / "file" / "run"),
    ):
        pass
    with pytest.raises(InputError, match=r"cannot be read \(Not a directory\)"):
        check_folder(tmp_path / "file")


HOLDER = "import sys, pathlib; from beatgans.harness.folder import open_folder\n"
HOLDER += "with open_folder(pathlib.Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"


def test_several_processes_work_in_one_folder_and_only_who_is_alone_clears_it(tmp_path):
    unfinished = tmp_path / ".beatgans-x1y2z3_4.tmp"
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        unfinished.touch()  # as the other process would, in the middle of a write
        with open_folder(tmp_path):
            assert unfinished.exists()
        process.kill()
        process.wait()
    with open_folder(tmp_path):
        assert not unfinished.exists()


def test_unfinished_files_of_a_killed_process_are_removed(tmp_path):
    folder = RunFolder(tmp_path)
    unfinished = folder.shard("a", 0).with_name(".beatgans-x1y2z3_4.tmp")
    unfinished.parent.mkdir(parents=True)
    ours = tmp_path / ".notes.tmp"
    (tmp_path / ".beatgans-afolder1.tmp").mkdir()
    for path in (folder.manifest, folder.shard("a", 1), unfinished, ours):
        path.touch()

    with open_folder(tmp_path):
        assert not unfinished.exists()
        assert folder.shard("a", 1).exists()
        assert ours.exists(), "a file of the user's own was removed"


def test_the_folder_that_one_stands_in_has_a_next_name_too(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert unused_folder(Path()) == tmp_path / "here-2"
    assert unused_folder(Path("..")).name == f"{tmp_path.name}-2"


def test_a_fresh_start_takes_the_next_free_name(tmp_path):
    names = []
    for _ in range(3):
        folder = unused_folder(tmp_path / "digits")
        folder.mkdir()
        names.append(folder.name)
    assert names == ["digits", "digits-2", "digits-3"]
