"""All scores as one flat table, a line a score, as CSV and as Parquet."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..record import PointRecord, RunRecord, ScoreRecord, Setting

if TYPE_CHECKING:
    import pandas as pd

CLASS_METRIC = "class_fid"
COLUMNS = {
    "run": "string", "suite": "string", "created": "string", "seed": "UInt64", "status": "string",
    "reference": "string", "reference_sha256": "string", "protocol": "string", "extractor": "string",
    "extractor_sha256": "string", "labels": "string",
    "point": "string", "model": "string", "family": "string", "sampler": "string", "respacing": "string",
    "steps": "Int64", "eta": "Float64", "guidance": "Float64", "truncation": "Float64", "num_images": "Int64",
    "num_parameters": "Int64", "samples_sha256": "string",
    "network_evaluations": "Int64", "classifier_evaluations": "Int64", "seconds_per_image": "Float64",
    "metric": "string", "class": "string", "value": "Float64", "standard_error": "Float64", "n": "Int64",
    "higher_is_better": "boolean", "reason": "string",
}  # fmt: skip
"""The columns and their types; every one can be missing, and ``reason`` says why a value or its standard error is."""


def scores_frame(records: Mapping[str, RunRecord]) -> pd.DataFrame:
    """One line a score of one point of one run, in the order of the runs; FIDs of classes follow a point's scores.

    Args:
        records: by the name of the run.
    """
    import pandas as pd  # here, as the other exports need not wait for it

    lines = [
        {**_of_run(name, record), **_of_point(point), **_of_score(metric, label, score)}
        for name, record in records.items()
        for point in record.points
        for metric, label, score in _scores(point)
    ]
    return pd.DataFrame(lines, columns=list(COLUMNS)).astype(COLUMNS)


def scores_csv(records: Mapping[str, RunRecord]) -> str:
    """The scores as CSV, every digit, a missing value as an empty field."""
    return str(scores_frame(records).to_csv(index=False, lineterminator="\n"))


def scores_parquet(records: Mapping[str, RunRecord]) -> bytes:
    """The scores as Parquet. Needs pyarrow, which comes with ``beatgans[parquet]``.

    Raises:
        ImportError: pyarrow is not installed.
    """
    buffer = io.BytesIO()
    scores_frame(records).to_parquet(buffer, engine="pyarrow", index=False)
    return buffer.getvalue()


def _scores(point: PointRecord) -> list[tuple[str, str | None, ScoreRecord]]:
    """Metric, class and score, of all that a point has."""
    return [
        *((metric, None, score) for metric, score in point.scores.items()),
        *((CLASS_METRIC, label, score) for label, score in point.class_fids.items()),
    ]


def _of_run(name: str, record: RunRecord) -> dict[str, Setting]:
    return {
        "run": name,
        "suite": record.name,
        "created": record.created,
        "seed": record.seed,
        "status": record.status,
        "reference": record.reference.name,
        "reference_sha256": record.reference.sha256,
        "protocol": record.protocol.get("protocol"),
        "extractor": record.protocol.get("extractor"),
        "extractor_sha256": record.protocol.get("extractor_sha256"),
        "labels": record.labels,
    }


def _of_point(point: PointRecord) -> dict[str, Setting]:
    settings = point.model_dump(exclude={"id", "scores", "class_fids", "profile", "warnings"})
    return {
        "point": point.id,
        **{name: value for name, value in settings.items() if name in COLUMNS},
        "network_evaluations": point.profile.network_evaluations,
        "classifier_evaluations": point.profile.classifier_evaluations,
        "seconds_per_image": point.profile.seconds_per_image,
    }


def _of_score(metric: str, label: str | None, score: ScoreRecord) -> dict[str, Setting]:
    return {
        "metric": metric,
        "class": label,
        "value": score.value,
        "standard_error": score.standard_error,
        "n": score.n,
        "higher_is_better": score.higher_is_better,
        "reason": score.reason,
    }
