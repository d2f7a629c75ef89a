import pytest
from matplotlib.figure import Figure

from beatgans.reports import AnswerRecord
from beatgans.reports.levels import mark_break_even


@pytest.mark.parametrize(
    ("certain_from", "title", "shades"),
    [
        (50, "break-even: 25 evaluations (certain from 50)", 1),
        (None, "break-even: 25 evaluations (certain at none)", 0),
    ],
)
def test_break_even_says_from_where_it_is_certain(certain_from, title, shades):
    axes = Figure().add_subplot()
    answer = AnswerRecord(
        question="?", reached=True, network_evaluations=25, certain_from=certain_from, possible_from=10, sentence="."
    )
    mark_break_even(axes, answer)
    assert axes.get_title(loc="right") == title
    assert len(axes.patches) == shades
