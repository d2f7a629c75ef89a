"""A run of the digits shared out among processes, and one whose processes are killed fifty times.

``nox -s sharing`` runs it; some twenty minutes on two cores. Every run must come to the same images and scores.
It prints how long the sampling took, which ``docs/scaling.md`` quotes.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time

import pytest

KILLS = 50


def start(folder, *arguments):
    command = [sys.executable, "-m", "beatgans.harness", "run", "digits", "-o", folder, "--device", "cpu", *arguments]
    return subprocess.Popen(
        [*map(str, command)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def digests(folder):
    record = json.loads((folder / "results.json").read_text())
    assert record["status"] == "complete"
    return {point["id"]: (point["samples_sha256"], point["scores"]) for point in record["points"]}


def sampling_seconds(err):
    """From the start of the sampling to the last point's end, as the notes on stderr say it."""
    return max(int(seconds) for seconds in re.findall(r"sampled, (\d+) s after the start", err))


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A run by one process: its digests, and how long it sampled."""
    folder = tmp_path_factory.mktemp("runs") / "alone"
    process = start(folder, "--workers", 1)
    _, err = process.communicate()
    assert process.returncode == 0, err
    return digests(folder), sampling_seconds(err)


@pytest.mark.parametrize(("commands", "workers"), [(1, 2), (2, 1), (4, 1)])
def test_shared_out_a_run_comes_to_the_same(alone, tmp_path, commands, workers):
    expected, seconds = alone
    processes = [start(tmp_path / "run", "--workers", workers) for _ in range(commands)]
    errs = [process.communicate()[1] for process in processes]
    assert [process.returncode for process in processes] == [0] * commands, errs
    assert digests(tmp_path / "run") == expected
    own = max(map(sampling_seconds, errs))
    print(
        f"{commands} commands of {workers} workers sampled for {own} s, one of one for {seconds} s: {seconds / own:.2f}"
    )


def test_fifty_kills_change_nothing(alone, tmp_path):
    moments = random.Random(0)
    folder, processes, kills = tmp_path / "run", [], 0
    while kills < KILLS:
        processes = [process for process in processes if process.poll() is None]
        while len(processes) < 2:
            processes.append(start(folder, "--workers", 1))
        time.sleep(moments.uniform(1, 8))
        victim = moments.choice(processes)
        if victim.poll() is None:
            os.killpg(victim.pid, signal.SIGKILL)
            victim.communicate()
            kills += 1
    for process in processes:
        if process is not victim:
            process.communicate()
    process = start(folder)
    _, err = process.communicate()
    assert process.returncode == 0, err
    assert digests(folder) == alone[0]
    assert not list(folder.rglob(".*.tmp"))
