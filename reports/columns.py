"""The columns of a results table: what each is called, which way is better, and where its values come from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from .record import PointRecord, RunRecord

METRIC_TITLES = {
    "fid": "FID",
    "sfid": "sFID",
    "inception_score": "IS",
    "precision": "Precision",
    "recall": "Recall",
}
"""The metrics of the papers, in the order of their tables."""

FURTHER_TITLES = {
    "kid": "KID",
    "density": "Density",
    "coverage": "Coverage",
    "fid_infinity": "FID∞",
    "per_class_fid": "FID per class",
    "authpct": "AuthPct",
}
"""The metrics that come with the program besides."""

METRIC_DIRECTIONS = {"fid": False, "sfid": False, "inception_score": True, "precision": True, "recall": True}
"""Whether a higher value is the better one, for those of the papers."""

SHORT_TITLES = {
    "guidance": "Guid.",
    "truncation": "Trunc.",
    "precision": "Prec.",
    "recall": "Rec.",
    "classifier_evaluations": "Classif.",
    "images_per_second": "img/s",
    "seconds_per_image": "s/img",
    "peak_memory_bytes": "MiB",
    "base_steps": "Base",
    "upsampling_steps": "Up.",
}
"""Names for where a column's heading must not be wider than its numbers: paper and the terminal."""


@dataclass(frozen=True)
class Column:
    """One column. A column that is not ``shown`` is left to the CSV, which keeps everything."""

    key: str
    """The name in the CSV: that of the record's field."""
    title: str
    """The name for people, with the unit."""
    kind: Literal["setting", "score", "cost"]
    higher_is_better: bool | None = None
    """None where no direction is better."""
    shown: bool = True
    is_word: bool = False
    """Whether it holds words, which are set to the left, and not numbers."""

    @property
    def arrow(self) -> str:
        """The direction of better as an arrow, or nothing."""
        return {None: "", True: "↑", False: "↓"}[self.higher_is_better]

    @property
    def heading(self) -> str:
        """Title and arrow."""
        return f"{self.title} {self.arrow}".rstrip()

    @property
    def short_heading(self) -> str:
        """The shorter title, where there is one, and the arrow."""
        return f"{SHORT_TITLES.get(self.key, self.title)} {self.arrow}".rstrip()


def columns_of(record: RunRecord, with_source: bool = False) -> tuple[Column, ...]:
    """All columns for a record: its settings, its scores, its costs, and where each row is from, shown or not."""
    points = record.points
    return (
        Column("id", "Point", "setting", shown=False, is_word=True),
        Column("model", "Model", "setting", is_word=True),
        Column("family", "Family", "setting", shown=False, is_word=True),
        Column("num_parameters", "Parameters", "setting", shown=False),
        Column("sampler", "Sampler", "setting", shown=_any_given(points, "sampler"), is_word=True),
        Column("respacing", "Respacing", "setting", shown=False, is_word=True),
        Column("steps", "Steps", "setting", shown=_any_given(points, "steps")),
        Column("eta", "η", "setting", shown=any(point.eta for point in points)),
        Column("options", "Options", "setting", shown=_any_given(points, "options"), is_word=True),
        Column("guidance", "Guidance", "setting", shown=_any_given(points, "guidance")),
        Column("truncation", "Truncation", "setting", shown=_any_given(points, "truncation")),
        Column("num_images", "N", "setting", shown=len({point.num_images for point in points}) > 1),
        *_score_columns(points),
        Column("network_evaluations", "NFE", "cost", higher_is_better=False),
        Column(
            "classifier_evaluations",
            "Classifier calls",
            "cost",
            higher_is_better=False,
            shown=any(point.profile.classifier_evaluations for point in points),
        ),
        Column("seconds_per_image", "s/image", "cost", higher_is_better=False),
        Column("seconds_per_image_p10", "s/image, 10th percentile", "cost", higher_is_better=False, shown=False),
        Column("seconds_per_image_p90", "s/image, 90th percentile", "cost", higher_is_better=False, shown=False),
        Column("images_per_second", "Images/s", "cost", higher_is_better=True),
        Column("batch_size", "Batch size", "cost", shown=False),
        Column("peak_memory_bytes", "Memory (MiB)", "cost", higher_is_better=False),
        Column("source", "Source", "setting", shown=with_source, is_word=True),
    )


def _any_given(points: Iterable[PointRecord], setting: str) -> bool:
    return any(getattr(point, setting) is not None for point in points)


def _score_columns(points: Iterable[PointRecord]) -> list[Column]:
    """One column a metric: those of the papers first, then others by name."""
    directions = {name: score.higher_is_better for point in points for name, score in point.scores.items()}
    others = sorted(set(directions) - set(METRIC_TITLES))
    names = [name for name in (*METRIC_TITLES, *others) if name in directions]
    return [Column(name, metric_title(name), "score", directions[name]) for name in names]


def metric_title(name: str) -> str:
    """What tables call a metric; one of the user's by the object's name, without its module."""
    return METRIC_TITLES.get(name) or FURTHER_TITLES.get(name) or name.rpartition(":")[2]
