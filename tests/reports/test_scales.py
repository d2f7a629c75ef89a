import pytest
from matplotlib.figure import Figure

from beatgans.reports.scales import set_scale, set_ticks_at


@pytest.fixture
def axes():
    return Figure().add_subplot()


def test_a_narrow_range_is_linear_and_shows_the_error_bars(axes):
    set_scale(axes.yaxis, [3.0, 4.0], [2.5], [4.5])
    low, high = axes.get_ylim()
    assert axes.get_yscale() == "linear"
    assert low < 2.5
    assert high > 4.5


def test_a_wide_range_is_logarithmic_and_cuts_bars_that_reach_zero(axes):
    set_scale(axes.yaxis, [1.0, 40.0], [-0.5], [50.0])
    low, high = axes.get_ylim()
    assert axes.get_yscale() == "log"
    assert 0.3 < low < 1.0
    assert high > 50.0


@pytest.mark.parametrize("values", [[0.0, 9.0], [-1.0, 9.0]])
def test_what_has_no_logarithm_is_linear(axes, values):
    set_scale(axes.yaxis, values)
    assert axes.get_yscale() == "linear"


def test_one_value_has_room_around_it_and_none_leaves_the_axis_alone(axes):
    before = axes.get_xlim()
    set_scale(axes.xaxis, [])
    assert axes.get_xlim() == before
    set_scale(axes.xaxis, [10.0])
    low, high = axes.get_xlim()
    assert low < 10 < high


def test_logarithmic_ticks_are_plain_numbers(axes):
    set_scale(axes.yaxis, [0.5, 60.0])
    labels = [axes.yaxis.get_major_formatter()(tick, 0) for tick in (0.5, 1, 20)]
    assert labels == ["0.5", "1", "20"]


def test_ticks_go_to_few_values_and_not_to_crowded_or_many_ones(axes):
    set_scale(axes.xaxis, [5, 100])
    set_ticks_at(axes.xaxis, [100, 5, 25, 5])
    assert list(axes.get_xticks()) == [5, 25, 100]
    set_ticks_at(axes.xaxis, [5, 5.5, 100])
    assert list(axes.get_xticks()) == [5, 25, 100]
    set_ticks_at(axes.xaxis, [2.0**power for power in range(20)])
    assert list(axes.get_xticks()) == [5, 25, 100]
