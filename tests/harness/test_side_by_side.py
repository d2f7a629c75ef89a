from __future__ import annotations

import os
import signal
import time

import pytest

from beatgans.harness.errors import RunError
from beatgans.harness.side_by_side import do_side_by_side
from beatgans.reference_batches import InputError


def work(task, number, tell):
    folder, what = task
    if what == "bad":
        raise InputError("this task is bad")
    if what == "wrong":
        raise KeyError("nothing")
    if what == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "waits":
        (folder / "waiter").write_text(str(os.getpid()))
        time.sleep(600)
    tell(2)
    tell(3)
    (folder / f"done-{what}").write_text(str(number))
    return what.upper()


def test_all_is_done_by_so_many_processes(tmp_path):
    told = []
    assert do_side_by_side(work, [(tmp_path, name) for name in "abcde"], 2, told.append) == list("ABCDE")
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"done-{name}" for name in "abcde"]
    assert {path.read_text() for path in tmp_path.iterdir()} <= {"0", "1"}
    assert sorted(told) == [2] * 5 + [3] * 5


@pytest.mark.parametrize(
    ("what", "error", "message"),
    [
        ("bad", InputError, "this task is bad"),
        ("wrong", RunError, "training failed with KeyError: 'nothing'"),
        ("dies", RunError, "a training process died"),
    ],
)
def test_a_failure_ends_the_others(what, error, message, tmp_path):
    with pytest.raises(error, match=message):
        do_side_by_side(work, [(tmp_path, "waits"), (tmp_path, what)], 2, lambda _: None)
    waiter = tmp_path / "waiter"
    if waiter.exists():  # it may not have come to it
        with pytest.raises(ProcessLookupError):
            os.kill(int(waiter.read_text()), 0)
