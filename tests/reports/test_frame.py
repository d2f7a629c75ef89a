import numpy as np

from beatgans.reports import results_table
from beatgans.reports.frame import results_frame


def test_frame_holds_the_record_s_numbers(record):
    frame = results_frame(results_table(record)).set_index("id")
    for point in record.points:
        assert frame.loc[point.id, "fid"] == point.scores["fid"].value
        assert frame.loc[point.id, "fid_standard_error"] == point.scores["fid"].standard_error


def test_missing_numbers_are_nan_and_metrics_are_always_there(record):
    bare = tuple(point.model_copy(update={"scores": {}}) for point in record.points)
    frame = results_frame(results_table(record.model_copy(update={"points": bare})))
    assert frame["precision_standard_error"].isna().all()
    assert frame["fid"].dtype == np.float64
    assert frame.loc[frame["family"] == "real", "seconds_per_image"].isna().all()
