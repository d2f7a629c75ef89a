from beatgans.reports.legend import LEGEND_ROOM, with_legend
from beatgans.reports.style import new_axes


def legend_of(names):
    """The legend of a figure with a line of each name."""
    figure, axes = new_axes()
    for number, name in enumerate(names):
        axes.plot([0, 1], [number, number], label=name)
    (legend,) = with_legend(figure, axes).legends
    return legend, [text.get_text() for text in legend.get_texts()]


def test_short_names_stand_in_two_columns():
    legend, names = legend_of(["DDIM, unguided", "DDPM, unguided"])
    assert names == ["DDIM, unguided", "DDPM, unguided"]
    assert legend._ncols == 2


def test_names_that_would_be_cut_alike_are_given_more_room():
    middle = "a-model-of-a-name-too-long ({run})), 25 steps, by guidance"
    legend, names = legend_of([f"DDIM ({middle.format(run=run)}" for run in ("first", "second")])
    assert len(set(names)) == 2
    assert "first" in names[0]
    assert legend._ncols == 1


def test_of_many_names_the_first_are_shown():
    _, names = legend_of([f"line {number}" for number in range(LEGEND_ROOM + 4)])
    assert len(names) == LEGEND_ROOM + 1
    assert names[-1] == "and 4 more"


def test_long_names_that_are_many_leave_the_axes_their_room():
    long = "DDIM (a-model-of-a-name-too-long-for-any-legend-{number}), 25 steps, by guidance"
    _, names = legend_of([long.format(number=number) for number in range(40)])
    assert len(names) == LEGEND_ROOM // 2 + 1
    assert names[-1] == f"and {40 - LEGEND_ROOM // 2} more"
