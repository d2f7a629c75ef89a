import pytest
from hypothesis import given
from hypothesis import strategies as st

from beatgans.reports.pareto import on_front

POINTS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=30)


@pytest.mark.parametrize(
    ("costs", "badness", "expected"),
    [
        ([1, 2, 3], [3, 2, 1], [True, True, True]),
        ([1, 2, 3], [1, 2, 3], [True, False, False]),
        ([1, 1], [2, 3], [True, False]),
        ([1, 1], [2, 2], [True, True]),
        ([2, 1], [1, 1], [False, True]),
        ([], [], []),
    ],
)
def test_on_front(costs, badness, expected):
    assert on_front(costs, badness) == expected


@given(POINTS)
def test_every_point_off_the_front_is_beaten_by_one_on_it(points):
    front = on_front([cost for cost, _ in points], [bad for _, bad in points])
    on = [point for point, is_on in zip(points, front, strict=True) if is_on]
    for point, is_on in zip(points, front, strict=True):
        beaten = any(other[0] <= point[0] and other[1] <= point[1] and other != point for other in on)
        assert beaten != is_on
