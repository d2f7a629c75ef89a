from __future__ import annotations

from beatgans.harness.journal import FeaturesEvent, ReportEvent, ScoresEvent, SessionEvent, ShardEvent
from beatgans.harness.state import RunState

SESSION = SessionEvent(command="", environment={})
SHARDS = [ShardEvent(point="a", shard=index, sha256=f"{index}") for index in range(2)]
FEATURES = FeaturesEvent(point="a", sha256="f", samples_sha256="s")
SCORES = ScoresEvent(time="then", point="a", samples_sha256="s", scores={}, protocol={}, warnings=())


def test_events_add_up():
    state = RunState.of([SESSION, *SHARDS, FEATURES, SCORES, ReportEvent(results_sha256="r")])

    point = state.point("a")
    assert point.shards == dict(enumerate(SHARDS))
    assert (point.features, point.scores) == (FEATURES, SCORES)
    assert state.report == ReportEvent(time=state.report.time, results_sha256="r")
    assert state.last_change == "then"
    assert state.point("b").shards == {}


def test_a_shard_that_is_made_again_voids_what_was_made_of_the_old_one():
    again = ShardEvent(point="a", shard=1, sha256="new")
    point = RunState.of([SESSION, *SHARDS, FEATURES, SCORES, again]).point("a")

    assert point.shards == {0: SHARDS[0], 1: again}
    assert point.features is None
    assert point.scores is None


def test_features_that_are_made_again_void_the_scores():
    assert RunState.of([SESSION, *SHARDS, FEATURES, SCORES, FEATURES]).point("a").scores is None


def test_points_know_the_sessions_that_their_shards_come_from():
    state = RunState.of([SESSION, SHARDS[0], SESSION, SESSION, SHARDS[1]])
    assert state.point("a").sessions == {0, 2}


def test_a_shard_that_is_made_again_counts_for_its_new_session_alone():
    state = RunState.of([SESSION, *SHARDS, SESSION, *SHARDS])
    assert state.point("a").sessions == {1}


def test_shards_count_for_their_own_session_however_those_of_several_processes_mix():
    sessions = [SessionEvent(session=name, command="", environment={}) for name in ("x", "y")]
    shards = [ShardEvent(session=name, point=point, shard=0, sha256="") for name, point in (("x", "a"), ("y", "b"))]
    state = RunState.of([*sessions, *shards])
    assert (state.point("a").sessions, state.point("b").sessions) == ({0}, {1})


def test_without_its_line_a_session_is_unknown():
    assert RunState.of(SHARDS).point("a").sessions == {None}
