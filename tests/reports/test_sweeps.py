from beatgans.reports import results_table
from beatgans.reports.frame import results_frame
from beatgans.reports.series import with_series
from beatgans.reports.sweeps import sweeps_of


def sweeps(record, keep=lambda point: True):
    points = tuple(point for point in record.points if keep(point))
    frame = with_series(results_frame(results_table(record.model_copy(update={"points": points, "answer": None}))))
    return sweeps_of(frame[frame["family"] != "real"])


def test_long_sweeps_are_lines_and_comparisons_of_two_are_other_points(record):
    found, others = sweeps(record)
    assert [(sweep.name, list(sweep.points[sweep.scale])) for sweep in found] == [
        ("DDIM, 25 steps, by guidance", [0, 0.5, 1, 2, 4]),
        ("truncations of digits-gan", [0.25, 0.5, 0.75, 1]),
    ]
    assert len(others) == len(record.points) - 1 - 5 - 4


def test_two_scales_are_a_sweep_where_none_is_longer(record):
    found, others = sweeps(record, lambda point: point.guidance in (0, 1))
    assert len(found) == 8
    assert others.empty


def test_single_points_are_no_sweep(record):
    found, others = sweeps(record, lambda point: point.guidance == 1)
    assert found == []
    assert len(others) == 8


def test_sweeps_differ_in_colour_marker_and_line(record):
    found, _ = sweeps(record)
    for values in zip(*(sweep.look for sweep in found), strict=True):
        assert len(set(values)) == len(found)
