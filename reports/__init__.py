"""What people read: the result record and its renderings.

This room stands on the ground: records come in, text, bytes and figures go out. It imports neither torch nor a sibling
room and writes nothing to disk. The record and the table are here; :mod:`.render`, :mod:`.figures`, :mod:`.grids` and
:mod:`.page` are imported by those who draw, so that reading a record costs no seaborn.
"""

from .measured import results_table
from .record import (
    AnswerRecord,
    EqualQualityRecord,
    PointRecord,
    ProfileRecord,
    RecordError,
    ReferenceRecord,
    RunRecord,
    ScoreRecord,
    SplitRecord,
    TradeOffRecord,
    WorkRecord,
    parse_record,
    read_record,
    to_json,
)
from .table import ResultsTable

__all__ = [
    "AnswerRecord",
    "EqualQualityRecord",
    "PointRecord",
    "ProfileRecord",
    "RecordError",
    "ReferenceRecord",
    "ResultsTable",
    "RunRecord",
    "ScoreRecord",
    "SplitRecord",
    "TradeOffRecord",
    "WorkRecord",
    "parse_record",
    "read_record",
    "results_table",
    "to_json",
]
