from __future__ import annotations

import json

import pytest

from beatgans.harness.journal import CommandEvent, SessionEvent, ShardEvent
from beatgans.harness.overhead import overheads


def shard(session, writing, **seconds):
    return ShardEvent(session=session, point="a", shard=0, sha256="00", all_seconds=seconds, writing_seconds=writing)


def command(session, workers, wall, **seconds):
    return CommandEvent(session=session, workers=workers, wall_seconds=wall, seconds=seconds)


def test_the_overhead_is_what_networks_pixels_features_and_metrics_leave_of_the_wall_time():
    events = [
        SessionEvent(session="one", command="beatgans run a", environment={}),
        shard("one", 0.5, network=6.0, guidance=2.0, transfer=1.0, noise=1.0, sampler=2.0),
        shard("one", 0.5, network=7.0),
        shard("other", 9.0, network=99.0),
        command("one", 2, 20.0, starting=2.0, sampling=11.0, scoring=6.0, report=1.0, features=2.0, metrics=3.0),
    ]

    (account,) = overheads(events)

    # Of two workers' 16 s of networks and pixels, 8 s of the wall time; then 5 s of scoring.
    assert account.overhead == pytest.approx(20 - 8 - 5)
    assert account.share == pytest.approx(0.35)
    assert (account.command, account.workers, account.sampling["writing"]) == ("beatgans run a", 2, 1.0)
    assert account.stages == {"starting": 2.0, "sampling": 11.0, "scoring": 6.0, "report": 1.0}


def test_a_run_says_where_its_time_went(undisturbed):
    account = json.loads((undisturbed / "overhead.json").read_text())

    (only,) = account["commands"]
    assert account["schema"] == "beatgans/overhead/1"
    assert 0 < only["overhead"] < only["wall"]
    assert only["share"] == pytest.approx(only["overhead"] / only["wall"])
    assert sum(only["stages"].values()) == pytest.approx(only["wall"])
    assert {"network", "guidance", "noise", "transfer", "sampler", "writing"} == set(only["sampling"])
    assert only["features"] > 0
    assert only["metrics"] > 0
