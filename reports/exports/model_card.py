"""A model's evaluation results as the Hugging Face Hub reads them: the ``model-index`` of a model card.

The format is that of the Hub's model cards (https://huggingface.co/docs/hub/model-cards#evaluation-results). It has no
place for what could not be computed, so missing scores are left out here; the record has them with their reasons.
"""

from __future__ import annotations

from typing import Any

import yaml

from ..columns import metric_title
from ..labels import settings_label
from ..record import PointRecord, RecordError, RunRecord

TASK = {"type": "unconditional-image-generation", "name": "Image generation"}
SETTINGS = ("sampler", "respacing", "steps", "guidance", "truncation", "eta")


def model_card(record: RunRecord, model: str) -> str:
    """The card's metadata, to be put at the top of a ``README.md``: YAML between two lines of three hyphens.

    Args:
        record: the run.
        model: which of its models.

    Raises:
        RecordError: the run has no score of such a model.
    """
    points = [point for point in record.points if point.model == model and point.family != "real"]
    metrics = [metric for point in points for metric in _metrics(point)]
    if not metrics:
        models = sorted({point.model for point in record.points if point.family != "real"})
        raise RecordError(f"the run {record.name} has no score of a model {model!r}; it has {', '.join(models)}")
    card = {
        "tags": ["image-generation"],
        "model-index": [{"name": model, "results": [{"task": TASK, "dataset": _dataset(record), "metrics": metrics}]}],
    }
    return f"---\n{yaml.safe_dump(card, sort_keys=False, allow_unicode=True, width=120)}---\n"


def _dataset(record: RunRecord) -> dict[str, Any]:
    """The real images, and everything else that has to be the same for two results to be compared."""
    reference = record.reference
    return {
        "type": reference.name,
        "name": reference.name,
        "args": {
            "reference_images": reference.num_images,
            "reference_sha256": reference.sha256,
            "labels": record.labels,
            "seed": record.seed,
            **record.protocol,
        },
    }


def _metrics(point: PointRecord) -> list[dict[str, Any]]:
    """The scores of one operating point, each named by metric and settings."""
    settings = {name: value for name in SETTINGS if (value := getattr(point, name)) is not None}
    return [
        {
            "type": metric,
            "value": score.value,
            "name": f"{metric_title(metric)} ({settings_label(point)})",
            "args": {
                **settings,
                "num_images": score.n,
                "standard_error": score.standard_error,
                "network_evaluations": point.profile.network_evaluations,
                "higher_is_better": score.higher_is_better,
            },
        }
        for metric, score in point.scores.items()
        if score.value is not None
    ]
