import io

import pandas as pd
import pytest

from beatgans.reports import ScoreRecord
from beatgans.reports.exports import scores_csv, scores_frame, scores_parquet
from beatgans.reports.exports.scores import COLUMNS

GOLDEN = (
    "a,digits,2025-01-31T12:00:00+00:00,0,complete,digits,{reference},adm,digits,{extractor},balanced,"
    "digits-gan_truncation1,digits-gan,gan,,,,,,1.0,500,798000,{samples},1,0,0.00041,fid,,3.4,0.136,500,False,\n"
)


@pytest.fixture
def named(record):
    """The record with a protocol under the names that runs give."""
    protocol = {"protocol": "adm", "extractor": "digits", "extractor_sha256": "cd" * 32}
    return record.model_copy(update={"protocol": protocol})


def test_a_line_of_the_csv_is_this(named):
    lines = scores_csv({"a": named}).splitlines(keepends=True)
    assert lines[0] == ",".join(COLUMNS) + "\n"
    expected = GOLDEN.format(reference="ab" * 32, extractor="cd" * 32, samples=f"{100:064x}")
    assert expected in lines
    assert len(lines) == 1 + 5 * len(named.points)


def test_parquet_holds_what_the_csv_does(named):
    back = pd.read_parquet(io.BytesIO(scores_parquet({"a": named, "b": named})), dtype_backend="numpy_nullable")
    again = pd.read_csv(io.StringIO(scores_csv({"a": named, "b": named})), dtype=COLUMNS)
    pd.testing.assert_frame_equal(back.astype(COLUMNS), again)
    assert sorted(set(back["run"])) == ["a", "b"]


def test_types_are_the_same_for_a_record_of_which_much_is_missing(partial_record):
    frame = scores_frame({"a": partial_record})
    assert {name: str(kind) for name, kind in frame.dtypes.items()} == COLUMNS
    missing = frame[frame["value"].isna()]
    assert len(missing) == 5
    assert set(missing["reason"]) == {"too few images"}


def test_fids_of_classes_follow_the_scores_of_their_point(named):
    class_fid = ScoreRecord(value=1.5, standard_error=0.1, n=50, higher_is_better=False)
    first, *others = named.points
    first = first.model_copy(update={"class_fids": {"7": class_fid}})
    frame = scores_frame({"a": named.model_copy(update={"points": (first, *others)})})
    line = frame.iloc[5]
    assert (line["metric"], line["class"], line["value"], line["n"]) == ("class_fid", "7", 1.5, 50)


def test_a_record_without_points_gives_the_columns(record):
    frame = scores_frame({"a": record.model_copy(update={"points": (), "answer": None})})
    assert list(frame.columns) == list(COLUMNS)
    assert len(frame) == 0
