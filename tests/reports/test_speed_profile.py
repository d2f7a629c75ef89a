from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from beatgans.reports.profile_record import SplitRecord
from beatgans.reports.speed_profile import (
    BatchSpeedRecord,
    ProfiledPointRecord,
    SpeedProfileRecord,
    TriedBatchRecord,
    speed_profile_json,
)
from beatgans.reports.speed_tables import notes_of, speed_markdown, speed_tables


def speed(size, throughput):
    seconds = 1 / throughput
    return BatchSpeedRecord(
        batch_size=size,
        repeats=3,
        seconds_per_image=seconds,
        seconds_per_image_p10=0.9 * seconds,
        seconds_per_image_p90=1.2 * seconds,
        images_per_second=throughput,
    )


def point(name="a", **changes):
    fields = {
        "id": name,
        "model": "m",
        "settings": {"sampler": "ddim"},
        "num_parameters": 1_000_000,
        "network_evaluations": 25,
        "classifier_evaluations": 0,
        "flops_per_image": 1_234_000_000,
        "warm_up_seconds": 9.0,
        "used": speed(50, 20.0),
        "best": speed(64, 25.0),
        "tried": (TriedBatchRecord(batch_size=1, images_per_second=None),),
        "split": SplitRecord(network=0.04, guidance=0.0, noise=0.001, transfer=0.002, sampler=0.003, writing=0.0005),
        "peak_memory_bytes": 2**30,
        "joules_per_image": 7.5,
        "clocks": {"cpu": 2000.0},
    }
    return ProfiledPointRecord(**fields | changes)


def record(*points):
    return SpeedProfileRecord(
        name="suite|x",
        created="2025-01-31T12:00:00+00:00",
        command="beatgans profile suite",
        environment={"cpu": "a", "gpu": None},
        points=points,
    )


def test_what_is_missing_needs_a_reason():
    with pytest.raises(ValidationError, match="joules_per_image is null and needs a reason"):
        point(joules_per_image=None)
    assert point(joules_per_image=None, reasons={"joules_per_image": "no GPU"}).joules_per_image is None


def test_the_tables_have_every_figure():
    speeds, work, split = speed_tables(record(point()))
    assert speeds.rows == (("a", "50", "0.0500", "0.0450", "0.0600", "20.0", "64", "25.0"),)
    assert work.rows == (("a", "25", "0", "1.23", "1,000,000", "1024", "7.50"),)
    assert split.rows == (("a", "40.0", "0", "1.00", "2.00", "3.00", "0.500"),)


def test_a_dash_has_a_note_with_its_points():
    missing = {"split": None, "flops_per_image": None, "reasons": {"split": "untold", "flops_per_image": "unknown"}}
    notes = notes_of(record(point("a", **missing), point("b")))
    assert notes == ["No split (untold): a.", "No flops per image (unknown): a.", "Measured with cpu a."]
    assert speed_tables(record(point(**missing)))[2].rows == (("a", *["–"] * 6),)


def test_markdown_and_json_say_the_same():
    made = record(point())
    assert "# Profile of suite\\|x" in speed_markdown(made)
    assert "| a | 50 | 0.0500 |" in speed_markdown(made)
    assert json.loads(speed_profile_json(made))["points"][0]["joules_per_image"] == 7.5
