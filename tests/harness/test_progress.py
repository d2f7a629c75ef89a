from __future__ import annotations

import os
import pty
import subprocess
import sys

from beatgans.harness import Progress

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
