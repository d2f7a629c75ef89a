from beatgans.reports import ScoreRecord
from beatgans.reports.best import best_points


def scores(higher_is_better=False, **values):
    return {
        point: ScoreRecord(
            value=value, standard_error=error, n=100, higher_is_better=higher_is_better,
            reason=None if error is not None else "not estimated",
        )
        for point, (value, error) in values.items()
    }  # fmt: skip


def test_the_lowest_distance_and_the_highest_score_win():
    values = {"a": (1.0, 0.01), "b": (2.0, 0.01)}
    assert best_points(scores(**values)) == {"a"}
    assert best_points(scores(higher_is_better=True, **values)) == {"b"}


def test_a_score_joins_the_best_exactly_while_their_intervals_overlap():
    # The intervals reach 1.96 * 0.3 = 0.588 up from the best and 1.96 * 0.4 = 0.784 down from the other.
    assert best_points(scores(a=(1.0, 0.3), b=(2.37, 0.4))) == {"a", "b"}
    assert best_points(scores(a=(1.0, 0.3), b=(2.38, 0.4))) == {"a"}


def test_joining_is_with_the_best_and_does_not_chain():
    assert best_points(scores(a=(1.0, 0.1), b=(1.35, 0.1), c=(1.7, 0.1))) == {"a", "b"}


def test_an_unknown_standard_error_reaches_nowhere():
    assert best_points(scores(a=(1.0, None), b=(1.0, None), c=(1.001, None))) == {"a", "b"}
    assert best_points(scores(a=(1.0, None), b=(1.1, 0.1), c=(1.3, 0.1))) == {"a", "b"}


def test_missing_values_take_no_part():
    assert best_points(scores(a=(None, None), b=(7.0, 0.1))) == {"b"}
    assert best_points(scores(a=(None, None))) == frozenset()
    assert best_points({}) == frozenset()
