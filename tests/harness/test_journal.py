from __future__ import annotations

import pytest

from beatgans.harness.journal import FeaturesEvent, Journal, ReportEvent, SessionEvent, ShardEvent
from beatgans.reference_batches import InputError

EVENTS = [
    SessionEvent(command="beatgans run digits", environment={"cores": 2, "gpu": None}),
    ShardEvent(point="a", shard=0, sha256="00", timings=((10, 0.5), (10, 0.25)), network_evaluations=5),
    FeaturesEvent(point="a", sha256="01", samples_sha256="02"),
    ReportEvent(results_sha256="03"),
]


@pytest.fixture
def path(tmp_path):
    journal = Journal.open(tmp_path / "journal.jsonl")
    for event in EVENTS:
        journal.append(event)
    return tmp_path / "journal.jsonl"


def test_what_is_appended_is_read_again(path):
    journal = Journal.open(path)
    assert (journal.events, journal.damaged_lines) == (EVENTS, [])
    assert len(path.read_text().splitlines()) == len(EVENTS)


def test_a_journal_that_does_not_exist_is_empty(tmp_path):
    assert Journal.open(tmp_path / "none.jsonl").events == []


def test_a_folder_in_its_place_is_named(tmp_path):
    with pytest.raises(InputError, match=rf"{tmp_path.name} cannot be read \(Is a directory\)"):
        Journal.open(tmp_path)


def test_however_a_last_line_is_cut_short_the_lines_before_it_stay(path):
    whole = path.read_bytes()
    start_of_last = whole[:-1].rfind(b"\n") + 1
    for length in range(start_of_last, len(whole)):
        path.write_bytes(whole[:length])
        journal = Journal.open(path)
        assert (journal.events, journal.damaged_lines) == (EVENTS[:-1], [])

        journal.append(EVENTS[-1])
        assert path.read_bytes() == whole


@pytest.mark.parametrize("damage", [b"\x00" * 40, b'{"event": "shard"}', b'{"event": "unheard of"}', b"[1, 2]"])
def test_a_damaged_line_within_is_counted_and_the_rest_read(path, damage):
    lines = path.read_bytes().splitlines()
    lines[1] = damage
    path.write_bytes(b"\n".join(lines) + b"\n")

    journal = Journal.open(path)

    assert journal.events == [EVENTS[0], *EVENTS[2:]]
    assert journal.damaged_lines == [2]


def test_two_processes_append_in_turn_and_read_what_the_other_wrote(tmp_path):
    path = tmp_path / "journal.jsonl"
    one, other = Journal.open(path), Journal.open(path)
    assert one.append(EVENTS[0]) == [EVENTS[0]]
    assert other.append(EVENTS[1]) == EVENTS[:2]
    assert one.refresh() == [EVENTS[1]]
    assert one.append(EVENTS[2]) == [EVENTS[2]]
    assert other.refresh() == [EVENTS[2]]
    assert other.refresh() == []
    assert one.events == other.events == EVENTS[:3]


def test_a_line_that_is_being_written_is_read_when_it_is_whole(path):
    journal, whole = Journal.open(path), path.read_bytes()
    line = ReportEvent(results_sha256="04").model_dump_json().encode() + b"\n"
    path.write_bytes(whole + line[:20])
    assert journal.refresh() == []
    path.write_bytes(whole + line)
    assert [event.results_sha256 for event in journal.refresh()] == ["04"]


def test_damaged_lines_keep_their_numbers_as_the_journal_grows(path):
    journal = Journal.open(path)
    with path.open("ab") as file:
        file.write(b"gibberish\n")
    journal.append(EVENTS[0])
    assert journal.damaged_lines == [len(EVENTS) + 1]
    assert Journal.open(path).damaged_lines == [len(EVENTS) + 1]
