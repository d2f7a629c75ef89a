"""Trains the models of a study and measures what takes no samples: each in a process of its own, several at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ...generators.training.folder import TrainingFolder
from ...generators.training.recipe import Recipe
from ...reference_batches import atomic_write
from ..bound import METRIC as BOUND
from ..device import prepare_device
from ..progress import PacedNotes, Progress
from ..side_by_side import Tell, do_side_by_side
from ..training import Job, train_one
from .folder import StudyFolder
from .measuring import bound_value, measure_bound, measure_gradient, read_gradient
from .models import Variant, metrics_of, variants
from .study import GRADIENT_NOISE, BoundSetting, Study


@dataclass(frozen=True)
class Preparation:
    """What one process does: a training, and the measures of its model that take no samples.

    Attributes:
        job: the training, which goes on from where it is.
        bound: where to write bits per dimension, and of which images; None for nowhere.
        gradient: where to write the gradient's noise, and the batches it is estimated from; None for nowhere.
        divergence: where to write why the training could not come to its end. The same random numbers would bring it
            there again, so it counts as done.
    """

    job: Job
    bound: tuple[Path, BoundSetting] | None
    gradient: tuple[Path, int] | None
    divergence: Path

    @property
    def is_done(self) -> bool:
        """Whether there is nothing left to do."""
        return self.divergence.is_file() or (
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
        folder.divergence(name),
    )


def prepare_all(planned: Sequence[Preparation], places: int, progress: Progress) -> None:
    """Does what is left of some preparations, so many at a time.

    Raises:
        InputError: the images cannot be used.
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
    for each in todo:
        if each.divergence.is_file():
            progress.warn(
                f"the training {each.job.recipe.name} diverged, and its measures are left out; delete "
                f"{each.divergence.parent} to train it anew"
            )


def prepare(task: Preparation, place: int, tell: Tell) -> None:
    """Does what is left of one, in this process.

    Raises:
        InputError: the images cannot be used.
        OSError: a file cannot be written.
    """
    prepare_device(task.job.device, place)
    if not TrainingFolder(task.job.out).is_finished():
        try:
            train_one(task.job, Progress(quiet=True), lambda _: tell(1))
        except FloatingPointError as error:
            with atomic_write(task.divergence) as file:
                file.write(json.dumps({"reason": str(error)}, indent=2).encode())
            return
    if task.gradient is not None and read_gradient(task.job.out, *task.gradient) is None:
        measure_gradient(task.job, *task.gradient)
    if task.bound is not None and bound_value(task.job.out, *task.bound) is None:
        measure_bound(task.job, *task.bound)


def steps_left(job: Job) -> int:
    """The steps of a training that are still to be made."""
    if TrainingFolder(job.out).is_finished():
        return 0
    return job.recipe.steps - job.steps_done
