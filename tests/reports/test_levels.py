import pandas as pd
import pytest
from matplotlib.figure import Figure

from beatgans.reports import AnswerRecord
from beatgans.reports.levels import floor_of, mark_break_even


@pytest.mark.parametrize(
    ("certain_from", "title", "shades"),
    [
        (50, "break-even: 25 evaluations (certain from 50)", 1),
        (None, "break-even: 25 evaluations (certain at none)", 0),
    ],
)
def test_break_even_says_from_where_it_is_certain(certain_from, title, shades):
    axes = Figure().add_subplot()
    evaluations = {"network_evaluations": 25, "certain_from": certain_from, "possible_from": 10}
    answer = AnswerRecord(question="?", reached=True, baseline_point="gan", sentence=".", **evaluations)
    mark_break_even(axes, answer)
    assert axes.get_title(loc="right") == title
    assert len(axes.patches) == shades


def test_without_a_comparison_no_break_even_is_missed():
    axes = Figure().add_subplot()
    mark_break_even(axes, AnswerRecord(question="?", reached=False, sentence="There is no telling."))
    assert axes.get_title(loc="right") == ""


def test_only_as_many_real_images_are_a_floor():
    frame = pd.DataFrame({"family": ["real", "real", "gan"], "num_images": [500, 1000, 1000], "fid": [1.0, 2.0, 3.0]})
    assert floor_of(frame, 1000)["fid"].tolist() == [2.0]
    assert floor_of(frame, 700).empty
