"""Trainings as commands: one recipe, or all that a set of built-in models needs."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from ..evaluator.digits_training import STEPS, train_digits_extractor
from ..generators.training.checkpoints import checkpoint_steps
from ..generators.training.folder import TrainingFolder, check_training, open_training
from ..generators.training.images import TrainingImages, open_training_images
from ..generators.training.loop import Outcome, Score, Step, check_batch, train
from ..generators.training.model import TrainedEntry, takes_labels, trained_entry
from ..generators.training.processes import is_first, process_group, wait_for_all
from ..generators.training.recipe import Recipe
from ..reference_batches import InputError, atomic_write
from .device import available_cores, default_workers, prepare_device, world_size
from .event_files import check_tensorboard, event_files
from .progress import PacedNotes, Progress
from .side_by_side import Tell, do_side_by_side
from .training_scores import TrainingScores, check_score

SCHEMA = "beatgans/training/1"
EXTRACTOR = "digits.safetensors"
"""The weights of the digits' extractor, which has a training of its own."""
SECONDS_BETWEEN_WORDS = 20


def prepare(device: str, threads: int | None) -> str:
    """Readies this process to train, see :func:`~.device.prepare_device`, and says where it will.

    Args:
        device: ``cpu``, ``cuda`` or ``auto``.
        threads: of the processor; None for one for each core, which torchrun's processes share. Bits depend on it.

    Raises:
        InputError: the device is not there.
    """
    where = prepare_device(device)
    if where == "cpu":
        torch.set_num_threads(threads or default_workers(where))
    return where


@dataclass(frozen=True)
class Job:
    """A training that is asked for.

    Attributes:
        recipe: what and how.
        out: its folder.
        device: ``"cpu"`` or ``"cuda"``.
        made_by: the command, for the record.
        resume: whether a training that the folder holds goes on.
        tensorboard: whether to write event files too.
    """

    recipe: Recipe
    out: Path
    device: str
    made_by: str
    resume: bool
    tensorboard: bool = False

    @property
    def steps_done(self) -> int:
        """The steps that need not be made again: those of the last checkpoint in the folder."""
        return max(checkpoint_steps(self.out), default=0) if self.out.is_dir() else 0

    def check(self) -> None:
        """Refuses what can be told without the images, without touching the folder.

        Raises:
            InputError: the recipe, its model or the folder cannot be used, or it cannot be scored or logged as asked.
        """
        entry = trained_entry(self.recipe)
        check_batch(self.recipe, world_size())
        check_training(TrainingFolder(self.out), self.recipe, self.resume)
        check_score(self.recipe, entry, self.device)
        if self.tensorboard:
            check_tensorboard()


def train_recipe(job: Job, progress: Progress) -> Outcome | None:
    """Trains what a recipe says into a folder; one of several processes where torchrun has started them.

    Returns:
        What it came to; None where all had been done before.

    Raises:
        InputError: the recipe, its model, its images or the folder cannot be used.
        FloatingPointError: a gradient is infinite or not a number.
        OSError: a file cannot be written.
    """
    job.check()
    name = job.recipe.name
    if TrainingFolder(job.out).is_finished():
        return None
    left = job.recipe.steps - job.steps_done
    if is_first():
        progress.note(f"training {name}: {left:,} of {job.recipe.steps:,} steps on {job.device}, into {job.out}")
    notes = PacedNotes(progress, left, "steps")
    with process_group(job.device), progress.bar(f"Training {name}", left, "steps") as bar:
        said = None

        def report(step: Step) -> None:
            nonlocal said
            bar(1)
            detail = "" if step.loss is None else f", loss {step.loss:.4g}"
            notes.advance(1, detail)
            if step.loss != said:
                said = step.loss
                progress.describe(f"Training {name}{detail}")

        outcome = train_one(job, progress, report)
    notes.finish()
    return outcome


def train_one(job: Job, progress: Progress, report: Callable[[Step], None]) -> Outcome:
    """Trains what a recipe says, in this process and in those that it is grouped with.

    Raises:
        InputError: as :func:`train_recipe` does.
        FloatingPointError: likewise.
        OSError: likewise.
    """
    recipe, folder = job.recipe, TrainingFolder(job.out)
    entry = trained_entry(recipe)
    images = _open_once(recipe, entry, progress)
    with open_training(job.out, recipe, job.resume) if is_first() else contextlib.nullcontext(folder):
        wait_for_all()
        with _written_down(job, entry, report) as (report_all, score):
            outcome = train(recipe, entry, images, folder, job.device, job.made_by, report_all, score)
        wait_for_all()
    return outcome


def train_all_digits(jobs: Sequence[Job], out: Path, progress: Progress) -> dict[str, Outcome | None]:
    """Trains the four networks of the digits, and writes each with a record of how it was made.

    On a CPU two processes of one thread each share the work: on so small networks a second thread gains little, and a
    fixed number of threads keeps the result the same on every machine of a kind.

    Args:
        jobs: for the generators and the classifier.
        out: the folder for the weights and their records, under the names that they ship by.
        progress: where to say how far it is.

    Raises:
        InputError: a folder cannot be used.
        OSError: a file cannot be written.
    """
    for job in jobs:
        job.check()
    first = jobs[0]
    out.mkdir(parents=True, exist_ok=True)
    total = STEPS + sum(job.recipe.steps for job in jobs)
    notes = PacedNotes(progress, total, "steps")
    with progress.bar("Training the extractor", total, "steps") as bar:

        def advance(steps: float) -> None:
            bar(steps)
            notes.advance(steps)

        if first.resume and (out / EXTRACTOR).with_suffix(".json").is_file():
            advance(STEPS)
        else:
            train_digits_extractor(out, first.recipe.seed, first.device, advance)
        progress.describe("Training the generators")
        outcomes = _train_side_by_side(jobs, out, advance)
    notes.finish()
    return outcomes


def to_json(outcomes: Mapping[str, Outcome | None], out: Path) -> str:
    """What trainings came to, by the names of their models, as JSON; null for one that had come to its end before."""
    trainings = {name: None if outcome is None else asdict(outcome) for name, outcome in outcomes.items()}
    content = {"schema": SCHEMA, "folder": str(out), "trainings": trainings}
    return json.dumps(content, indent=2, allow_nan=False) + "\n"


@contextlib.contextmanager
def _written_down(
    job: Job, entry: TrainedEntry, report: Callable[[Step], None]
) -> Iterator[tuple[Callable[[Step], None], Score | None]]:
    """What the loop calls after each step and to score, with event files where the first process is asked for them."""
    folder = TrainingFolder(job.out)
    first = job.steps_done
    is_logged = job.tensorboard and is_first()
    with event_files(folder.events, first) if is_logged else contextlib.nullcontext() as events:

        def report_all(step: Step) -> None:
            report(step)
            if events is not None and step.line is not None:
                events.write(step.number, step.line, "training")

        def write_scores(step: int, line: Mapping[str, float | None]) -> None:
            if events is not None:
                events.write(step, line, "scores")

        score = None
        if job.recipe.score is not None:
            score = TrainingScores(job.recipe, entry, folder, job.device, job.made_by, write_scores)
            if is_first():
                score.begin(first)
        yield report_all, score


def _open_once(recipe: Recipe, entry: TrainedEntry, progress: Progress) -> TrainingImages:
    """The images, which of several processes the first one decodes."""
    if not is_first():
        wait_for_all()
    images = _open_images(recipe, entry, progress)
    if is_first():
        wait_for_all()
    return images


def _open_images(recipe: Recipe, entry: TrainedEntry, progress: Progress) -> TrainingImages:
    options = recipe.data.options(entry.image_size, takes_labels(recipe, entry))
    decoded = _Decoded(progress)
    images = open_training_images(recipe.data.images, options, available_cores(), decoded.advance, progress.warn)
    if images.num_classes > entry.num_classes and takes_labels(recipe, entry):
        raise InputError(
            f"{recipe.data.images} has labels up to {images.num_classes - 1}, and the model of {recipe.name} has "
            f"{entry.num_classes} classes; set num_classes to {images.num_classes}"
        )
    if images.num_classes < entry.num_classes and takes_labels(recipe, entry):
        progress.warn(
            f"{recipe.data.images} has {images.num_classes} classes, and the model of {recipe.name} "
            f"{entry.num_classes}: those from {images.num_classes} on are not trained"
        )
    return images


def _train_side_by_side(jobs: Sequence[Job], out: Path, advance: Callable[[float], None]) -> dict[str, Outcome | None]:
    """Each job in a process of its own, two at a time on a CPU."""
    tasks = [_Shipped(job, out) for job in jobs]
    outcomes = do_side_by_side(_train_and_ship, tasks, 2 if jobs[0].device == "cpu" else 1, advance)
    return {job.recipe.name: outcome for job, outcome in zip(jobs, outcomes, strict=True)}


@dataclass(frozen=True)
class _Shipped:
    """A training whose weights and record also go to a folder of all that ships."""

    job: Job
    out: Path


def _train_and_ship(task: _Shipped, _: int, tell: Tell) -> Outcome | None:
    job = task.job
    prepare(job.device, threads=1)
    folder = TrainingFolder(job.out)
    outcome = None
    if folder.is_finished():
        tell(job.recipe.steps)
    else:
        tell(job.steps_done)
        outcome = train_one(job, Progress(quiet=True), lambda _: tell(1))
    _ship(folder, task.out, job.recipe)
    return outcome


def _ship(folder: TrainingFolder, out: Path, recipe: Recipe) -> None:
    """Copies weights and record to where the package looks for them: under the model's name, with underscores."""
    weights = out / f"{recipe.name.replace('-', '_')}.safetensors"
    with atomic_write(weights) as file:
        file.write(folder.weights.read_bytes())
    record = {**json.loads(folder.record.read_text(encoding="utf-8")), "weights": weights.name}
    with atomic_write(weights.with_suffix(".json")) as file:
        file.write(json.dumps(record, indent=2).encode() + b"\n")


class _Decoded:
    """Says now and then how many files have been decoded, which takes minutes for many, and is done once."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._number = 0
        self._last = time.monotonic()

    def advance(self, number: int) -> None:
        """Counts more."""
        self._number += number
        if time.monotonic() - self._last > SECONDS_BETWEEN_WORDS:
            self._last = time.monotonic()
            self._progress.warn(f"{self._number:,} images decoded, to be kept for the next time")
