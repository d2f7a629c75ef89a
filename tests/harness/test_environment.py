from __future__ import annotations

import platform
import subprocess
from importlib.metadata import version

from beatgans.harness.device import available_cores
from beatgans.harness.environment import describe_computation, describe_environment, git_commit


def test_versions_and_machine_are_those_of_this_process():
    environment = describe_environment()
    assert environment["python"] == platform.python_version()
    assert environment["torch"] == version("torch")
    assert environment["cores"] == available_cores() >= 1
    assert environment["cpu"]


def test_a_computation_adds_what_torch_knows():
    environment = describe_computation("cpu", workers=3)
    assert (environment["device"], environment["workers"]) == ("cpu", 3)
    assert environment["threads"] >= 1
    assert environment["cuda"] is None


def test_the_commit_is_that_of_a_checkout_and_says_when_files_differ(tmp_path):
    def git(*arguments):
        command = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    assert git_commit(tmp_path) is None
    git("init")
    assert git_commit(tmp_path) is None
    (tmp_path / "file").write_text("1")
    git("add", "file")
    git("commit", "-m", "one")
    assert git_commit(tmp_path) == git("rev-parse", "HEAD")
    (tmp_path / "file").write_text("2")
    assert git_commit(tmp_path) == git("rev-parse", "HEAD") + "-dirty"
