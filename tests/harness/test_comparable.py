from __future__ import annotations

from beatgans.harness.comparable import of_usual_number
from beatgans.reports import PointRecord, ProfileRecord


def points(*numbers):
    profile = ProfileRecord(reason="not timed")
    common = {"model": "m", "family": "gan", "samples_sha256": "00", "scores": {}, "profile": profile}
    return [PointRecord(id=str(place), num_images=number, **common) for place, number in enumerate(numbers)]


def test_the_points_of_the_most_usual_number_of_images_are_kept_in_their_order():
    assert [point.id for point in of_usual_number(points(10, 500, 10, 500, 500))] == ["1", "3", "4"]
    assert [point.id for point in of_usual_number(points(500, 10))] == ["0"]
    assert of_usual_number([]) == []
