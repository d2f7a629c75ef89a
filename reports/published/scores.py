"""Published scores: FID, sFID, IS, precision and recall."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from ..columns import METRIC_TITLES
from .files import read_rows
from .provenance import Provenance

EVALUATORS = {
    "adm": "OpenAI's evaluator of ADM, or one that follows it",
    "port": "a PyTorch port of OpenAI's evaluator",
    "iddpm": "the evaluation of Improved DDPM (precision and recall with k = 5 by a secondary note)",
    "edm": "NVIDIA's FID of EDM",
    "torch-fidelity": "torch-fidelity against the statistics of ADM",
    "pytorch-fid": "pytorch-fid",
    "own": "the paper's own evaluation",
    "quoted": "as quoted from another paper, whose evaluator is not known",
    "unknown": "not said by the source",
}
"""What computed a row, by the key in the file. Rows of different evaluators are not to be compared."""


@dataclass(frozen=True)
class PublishedRow:
    """One line of a published table."""

    provenance: Provenance
    dataset: str
    resolution: int
    """Pixels of a side."""
    model: str
    steps: str
    """As published, ``250+250`` for two stages; empty where it does not apply or is not said."""
    guidance: str
    """As published: ``classifier 1.0``, ``cfg 1.5``, ``none``; empty where it does not apply or is not said."""
    printed: Mapping[str, str]
    """The scores by metric, as printed; a metric that is not printed is not there."""
    evaluator: str
    """A key of :data:`EVALUATORS`."""
    images: int | None
    """How many samples were scored; None where the source does not say."""

    @property
    def images_name(self) -> str:
        """Data set and resolution: ``ImageNet 256``."""
        return f"{self.dataset} {self.resolution}"

    def value(self, metric: str) -> float | None:
        """A score as a number, or None where it is not printed."""
        return float(self.printed[metric]) if metric in self.printed else None


@cache
def published_scores() -> tuple[PublishedRow, ...]:
    """All published scores, in the order of their tables."""
    return tuple(map(_row, read_rows("scores.csv")))


def _row(row: Mapping[str, str]) -> PublishedRow:
    return PublishedRow(
        provenance=Provenance.of(row),
        dataset=row["dataset"],
        resolution=int(row["resolution"]),
        model=row["model"],
        steps=row["steps"],
        guidance=row["guidance"],
        printed={metric: row[metric] for metric in METRIC_TITLES if row[metric]},
        evaluator=row["evaluator"],
        images=int(row["images"]) if row["images"] else None,
    )
