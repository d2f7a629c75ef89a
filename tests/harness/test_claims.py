from __future__ import annotations

import fcntl
import subprocess
import sys
import threading

import pytest

from beatgans.harness.claims import Claims
from beatgans.harness.errors import RunError

HOLDER = """
import pathlib, sys
from beatgans.harness.claims import Claims
with Claims(pathlib.Path(sys.argv[1])) as claims:
    print(claims.take("work"), flush=True)
    for line in sys.stdin:
        claims.release("work")
        print("released", flush=True)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / ".claims"


@pytest.fixture
def holder(path):
    """Another process, which has claimed "work"."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "True\n"
        yield process
        process.kill()


def test_what_another_process_has_claimed_cannot_be_claimed_and_all_else_can(path, holder):
    with Claims(path) as claims:
        assert not claims.take("work")
        assert claims.take("other work")


def test_a_claim_that_is_given_back_can_be_claimed(path, holder):
    with Claims(path) as claims:
        print("", file=holder.stdin, flush=True)
        assert holder.stdout.readline() == "released\n"
        assert claims.take("work")


def test_a_killed_process_leaves_its_claim(path, holder):
    with Claims(path) as claims:
        holder.kill()
        holder.wait()
        assert claims.take("work")


def test_whoever_waits_gets_the_claim_in_the_end(path, holder):
    waited = threading.Event()

    def wait():
        with Claims(path) as claims, claims.hold("work"):
            waited.set()

    thread = threading.Thread(target=wait)
    thread.start()
    assert not waited.wait(0.5), "it did not wait for the other process"
    print("", file=holder.stdin, flush=True)
    assert waited.wait(30)
    thread.join()


def test_a_file_system_without_locks_is_named(path, monkeypatch):
    def refuse(*arguments):
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "lockf", refuse)
    with Claims(path) as claims:
        for attempt in (lambda: claims.take("work"), lambda: claims.hold("work").__enter__()):
            with pytest.raises(RunError, match=r"\.claims cannot be locked \(No locks available\); choose a folder"):
                attempt()
