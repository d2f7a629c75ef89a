from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from beatgans.harness import Progress
from beatgans.harness.progress import PacedNotes, duration

SHOW = """
from beatgans.harness import Progress
progress = Progress()
with progress.bar("Sampling", 100, "evaluations") as advance:
    for _ in range(10):
        advance(10)
    progress.describe("Sampling [b]model[/b]")
    progress.warn("a shard is damaged")
progress.note("for logs only")
"""


def test_without_a_terminal_there_are_lines_and_no_bar(capsys):
    progress = Progress()
    with progress.bar("Sampling", 100, "evaluations") as advance:
        advance(100)
        progress.describe("Sampling model")
        progress.warn("a shard is damaged")
    progress.note("for logs only")

    assert capsys.readouterr() == ("", "beatgans: a shard is damaged\nbeatgans: for logs only\n")


def test_a_terminal_gets_a_bar_with_rate_and_warnings_but_no_log():
    ours, theirs = pty.openpty()
    process = subprocess.run([sys.executable, "-c", SHOW], stderr=theirs, stdout=subprocess.PIPE, check=True)
    os.close(theirs)
    shown = b""
    while chunk := read_some(ours):
        shown += chunk
    os.close(ours)
    text = shown.decode()

    assert process.stdout == b""
    assert "evaluations/s" in text
    assert "100%" in text
    assert "Sampling [b]model[/b]" in text
    assert "beatgans: a shard is damaged" in text
    assert "for logs only" not in text


def read_some(terminal):
    """The next of what was written to a terminal; nothing when its other end is closed, which Linux calls an error."""
    try:
        return os.read(terminal, 65536)
    except OSError:
        return b""


class Clock:
    """Goes on when it is told to."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_paced_notes_tell_rate_and_time_left_once_a_minute(capsys):
    clock = Clock()
    notes = PacedNotes(Progress(), 1000, "images", clock)
    for _ in range(10):
        clock.time += 30
        notes.advance(50)
    clock.time += 300
    notes.advance(500)
    notes.finish()
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "beatgans: 100 of 1,000 images, 1.67 images/s, about 9 min left"
    assert lines[4] == "beatgans: 500 of 1,000 images, 1.67 images/s, about 5 min left"
    assert lines[5] == "beatgans: 1,000 images in 10 min, 1.67 images/s"
    assert len(lines) == 6


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (99, "99 s"), (130, "2 min"), (7200, "2.0 h")])
def test_durations_read_as_people_say_them(seconds, text):
    assert duration(seconds) == text
