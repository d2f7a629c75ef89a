"""What is measured of a training's model without samples, and kept in a file that names the weights."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path
from typing import Any

from ...generators.training.checkpoints import load_checkpoint
from ...generators.training.folder import TrainingFolder
from ...generators.training.gradient_noise import gradient_noise
from ...generators.training.images import open_training_images
from ...generators.training.model import takes_labels, trained_entry
from ...generators.training.trainer import Trainer
from ...reference_batches import atomic_write, open_images, sha256_file
from ..bound import METRIC as BOUND
from ..bound import BoundRequest, evaluate_bound, to_json
from ..progress import Progress
from ..training import Job
from .study import BoundSetting

SCHEMA = "beatgans/gradient-noise/1"


def measure_bound(job: Job, path: Path, setting: BoundSetting) -> None:
    """Writes the bits per dimension of a training's model.

    Raises:
        InputError: the images cannot be used.
        OSError: the file cannot be written.
    """
    model = str(TrainingFolder(job.out).model)
    request = BoundRequest(model, setting.images, number=setting.number, respacing=setting.respacing, device=job.device)
    _write(path, to_json(evaluate_bound(request, Progress(quiet=True))))


def measure_gradient(job: Job, path: Path, batches: int) -> None:
    """Writes the gradient's noise at the end of a training of a diffusion model, from so many batches.

    Raises:
        InputError: the images or the checkpoint cannot be used.
        OSError: the file cannot be written.
    """
    recipe = job.recipe
    entry = trained_entry(recipe)
    trainer = Trainer(recipe, entry, job.device)
    load_checkpoint(job.out, recipe.steps, trainer)
    images = open_training_images(
        recipe.data.images, recipe.data.options(entry.image_size, takes_labels(recipe, entry))
    )
    weights = sha256_file(TrainingFolder(job.out).weights)
    noise = asdict(gradient_noise(trainer, images, batches))
    _write(path, json.dumps({"schema": SCHEMA, "weights_sha256": weights, **noise}, indent=2, allow_nan=False) + "\n")


def read_gradient(training: Path, path: Path, batches: int) -> dict[str, float | None] | None:
    """What was measured of a training's gradient from so many batches; None where it was not."""
    content = _of_weights(training, path)
    return content if content and content["num_batches"] == batches else None


def bound_value(training: Path, path: Path, setting: BoundSetting) -> float | None:
    """The bits per dimension that were measured of a training's model on these images; None where they were not.

    Raises:
        InputError: the images cannot be read.
    """
    content = _of_weights(training, path)
    if not content:
        return None
    data, protocol = content["data"], content["protocol"]
    same = data["sha256"] == _images_sha256(setting.images) and (protocol["respacing"] or "") == setting.respacing
    if not same or setting.number not in (None, data["num_images"]):
        return None
    value: float = content["scores"][BOUND]["value"]
    return value


@lru_cache(maxsize=1)
def _images_sha256(name: str) -> str:
    """Of images that all models of a study are measured on."""
    return open_images(name).sha256


def _of_weights(training: Path, path: Path) -> dict[str, Any] | None:
    """What a file says of a training's model; None where there is no such file, or it is of other weights."""
    weights = TrainingFolder(training).weights
    if not path.is_file() or not weights.is_file():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    of = content.get("weights_sha256") or content["model"]["weights_sha256"]
    here = sha256_file(weights)
    return content if here == of or (isinstance(of, dict) and here in of.values()) else None


def _write(path: Path, text: str) -> None:
    with atomic_write(path) as file:
        file.write(text.encode())
