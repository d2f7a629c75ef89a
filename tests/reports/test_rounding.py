import pytest
from hypothesis import given
from hypothesis import strategies as st

from beatgans.reports.rounding import decimals_for, mebibytes, significant


@pytest.mark.parametrize(
    ("errors", "decimals"),
    [([0.04, 3.0], 2), ([0.014, 0.03], 3), ([12.0], 0), ([0.2, None, 0.0], 1), ([1e-12], 6), ([300.0], 0)],
)
def test_decimals_follow_the_smallest_standard_error(errors, decimals):
    assert decimals_for([1.0], errors) == decimals


@given(st.floats(1e-6, 1e6))
def test_no_standard_error_rounds_to_zero(error):
    assert float(f"{error:.{decimals_for([1.0], [error])}f}") > 0


def test_decimals_without_standard_errors_follow_the_smallest_value():
    assert decimals_for([0.0123, 5.0, None, 0.0], [None, None]) == 4
    assert decimals_for([], []) == 0
    assert decimals_for([0.0], [0.0]) == 0


@given(st.floats(1e-5, 1e5))
def test_significant_digits_keep_the_value_to_half_a_percent(value):
    assert float(significant(value)) == pytest.approx(value, rel=5.001e-3)


def test_significant_never_uses_an_exponent():
    assert significant(0.000041) == "0.0000410"
    assert significant(2439.02) == "2439"
    assert significant(0.0) == "0"


def test_mebibytes():
    assert mebibytes(412 * 2**20) == "412"
