"""Trains the models of a study and measures what takes no samples: each in a process of its own, several at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from ...generators.training.checkpoints import checkpoint_steps, load_checkpoint
from ...generators.training.folder import TrainingFolder
from ...generators.training.gradient_noise import gradient_noise
from ...generators.training.images import open_training_images
from ...generators.training.model import takes_labels, trained_entry
from ...generators.training.recipe import Recipe
from ...generators.training.trainer import Trainer
from ...reference_batches import atomic_write, sha256_file
from ..bound import METRIC as BOUND
from ..bound import BoundRequest, evaluate_bound, to_json
from ..device import prepare_device
from ..progress import PacedNotes, Progress
from ..training import Job, train_one
from .folder import StudyFolder
from .models import Variant, metrics_of, variants
from .side_by_side import Tell, do_side_by_side
from .study import GRADIENT_NOISE, BoundSetting, Study

SCHEMA = "beatgans/gradient-noise/1"


@dataclass(frozen=True)
class Preparation:
    """What one process does: a training, and the measures of its model that take no samples.

    Attributes:
        job: the training, which goes on from where it is.
        bound: where to write bits per dimension, and of which images; None for nowhere.
        gradient: where to write the gradient's noise, and the batches it is estimated from; None for nowhere.
    """

    job: Job
    bound: tuple[Path, BoundSetting] | None
    gradient: tuple[Path, int] | None

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to do."""
        return (
            TrainingFolder(self.job.out).is_finished()
            and (self.bound is None or bound_value(self.job.out, *self.bound) is not None)
            and (self.gradient is None or read_gradient(self.job.out, *self.gradient) is not None)
        )


def preparations(study: Study, folder: StudyFolder, device: str, made_by: str) -> list[Preparation]:
    """All of a study.

    Raises:
        InputError: a recipe is wrong, or its folder holds another training; nothing has been written then.
    """
    planned = [_preparation(study, folder, variant, recipe, device, made_by) for variant, recipe in variants(study)]
    for each in planned:
        each.job.check()
    return planned


def _preparation(
    study: Study, folder: StudyFolder, variant: Variant, recipe: Recipe, device: str, made_by: str
) -> Preparation:
    metrics, name = metrics_of(study, variant.arm), variant.name
    job = Job(recipe, folder.training(name).path, device, made_by, resume=True)
    return Preparation(
        job,
        (folder.bound(name), study.bound) if BOUND in metrics and study.bound else None,
        (folder.gradient(name), study.gradient.batches) if GRADIENT_NOISE in metrics else None,
    )


def prepare_all(planned: Sequence[Preparation], places: int, progress: Progress) -> None:
    """Does what is left of some preparations, so many at a time.

    Raises:
        InputError: the images cannot be used.
        FloatingPointError: a training has diverged.
        OSError: a file cannot be written.
        RunError: a process failed otherwise or died.
    """
    todo = [each for each in planned if not each.is_done]
    if not todo:
        return
    for each in todo:
        for target in (each.bound, each.gradient):
            if target is not None:
                target[0].parent.mkdir(exist_ok=True)
    total = sum(steps_left(each.job) for each in todo)
    progress.note(f"training {len(todo)} of {len(planned)} models, {places} at a time")
    notes = PacedNotes(progress, total, "steps")
    with progress.bar(f"Training {len(todo)} models", total, "steps") as bar:

        def tell(steps: int) -> None:
            bar(steps)
            notes.advance(steps)

        do_side_by_side(prepare, todo, places, tell)
    notes.finish()


def prepare(task: Preparation, place: int, tell: Tell) -> None:
    """Does what is left of one, in this process.

    Raises:
        InputError: the images cannot be used.
        FloatingPointError: the training has diverged.
        OSError: a file cannot be written.
    """
    prepare_device(task.job.device, place)
    quiet = Progress(quiet=True)
    if not TrainingFolder(task.job.out).is_finished():
        train_one(task.job, quiet, lambda _: tell(1))
    if task.gradient is not None and read_gradient(task.job.out, *task.gradient) is None:
        _measure_gradient(task.job, *task.gradient)
    if task.bound is not None and bound_value(task.job.out, *task.bound) is None:
        path, setting = task.bound
        model = str(TrainingFolder(task.job.out).model)
        request = BoundRequest(
            model, setting.images, number=setting.number, respacing=setting.respacing, device=task.job.device
        )
        _write(path, to_json(evaluate_bound(request, quiet)))


def steps_left(job: Job) -> int:
    """The steps of a training that are still to be made."""
    if TrainingFolder(job.out).is_finished():
        return 0
    return job.recipe.steps - (max(checkpoint_steps(job.out), default=0) if job.out.is_dir() else 0)


def _measure_gradient(job: Job, path: Path, batches: int) -> None:
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
    """The bits per dimension that were measured of a training's model; None where they were not."""
    content = _of_weights(training, path)
    if not content:
        return None
    data, protocol = content["data"], content["protocol"]
    same = data["name"] == setting.images and (protocol["respacing"] or "") == setting.respacing
    if not same or setting.number not in (None, data["num_images"]):
        return None
    value: float = content["scores"][BOUND]["value"]
    return value


def _of_weights(training: Path, path: Path) -> dict | None:  # type: ignore[type-arg]
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
