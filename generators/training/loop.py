"""The loop that all trainings go through: batches, steps, checkpoints, and at the end the model."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ...reference_batches import InputError
from .batches import batches
from .checkpoints import checkpoint_steps, load_checkpoint, save_checkpoint
from .folder import TrainingFolder
from .images import TrainingImages
from .model import TrainedEntry
from .processes import said_by_all, wait_for_all
from .progress_file import ProgressFile
from .recipe import Recipe
from .result import write_result
from .trainer import StepReport, Trainer


@dataclass(frozen=True)
class Step:
    """How far a training is.

    Attributes:
        number: of the steps that are done.
        loss: the mean over the last line of ``progress.csv``; None before the first.
        line: of ``progress.csv``, where this step has one.
    """

    number: int
    loss: float | None
    line: Mapping[str, float] | None = None


Score = Callable[[int, nn.Module], None]
"""Called with the number of steps that are done and the model that would come out now, by the first process alone."""


@dataclass(frozen=True)
class Outcome:
    """What a call of :func:`train` came to.

    Attributes:
        first_step: steps that were done before.
        steps: steps of the whole training.
        seconds: of the steps of this call, checkpoints included and scores not.
        images_per_second: likewise, over all processes.
        share_waited: of that time, what went to waiting for images, 0 to 1.
        skipped_steps: left out by the whole training, as float16 overflowed.
        last: the last line of ``progress.csv``.
    """

    first_step: int
    steps: int
    seconds: float
    images_per_second: float | None
    share_waited: float
    skipped_steps: int
    last: dict[str, float]


def train(
    recipe: Recipe,
    entry: TrainedEntry,
    images: TrainingImages,
    folder: TrainingFolder,
    device: str,
    made_by: str,
    report: Callable[[Step], None] = lambda _: None,
    score: Score | None = None,
) -> Outcome:
    """Trains from the last checkpoint in the folder, or from random weights, to the end.

    In the processes that torchrun starts, each calls this with the process group ready; the first one alone writes.

    Args:
        recipe: how.
        entry: what, see :func:`~.model.trained_entry`.
        images: on what.
        folder: where, open to this process alone.
        device: ``"cpu"`` or ``"cuda"``.
        made_by: the command, for the record.
        report: called after every step.
        score: called at the checkpoints that the recipe's ``score`` names, at the last, and where it goes on from one
            of them: it may have been killed before it had the scores. It must leave the state of PyTorch as it is.

    Raises:
        InputError: recipe, images and checkpoint do not suit each other, or the processes go on from different ones.
        FloatingPointError: a gradient is infinite or not a number.
        OSError: a file cannot be written.
    """
    trainer = Trainer(recipe, entry, device)
    check_batch(recipe, trainer.world_size)
    done = checkpoint_steps(folder.path)
    first = done[-1] if done else 0
    facts = load_checkpoint(folder.path, first, trainer) if done else {"seconds": 0.0, "num_images": len(images)}
    if facts["num_images"] != len(images):
        raise InputError(
            f"{folder.path} was trained on {facts['num_images']:,} images so far, and {recipe.data.images} now has "
            f"{len(images):,}; bring them back, or choose another folder with -o"
        )
    _check_agreement(folder, first, trainer)
    log = Log(ProgressFile(folder.progress, first) if trainer.rank == 0 else None, trainer)
    rank, world = trainer.rank, trainer.world_size
    if first:
        _score(recipe, trainer, first, score)
    began, last = time.perf_counter(), {}
    with batches(images, trainer.share, recipe.seed, world * first + rank, recipe.data.workers, world) as source:
        for step in range(first, recipe.steps):
            log.add(trainer.step(step, next(source)))
            at_checkpoint = (step + 1) % recipe.checkpoint_every == 0 or step + 1 == recipe.steps
            if (step + 1) % recipe.log_every == 0 or at_checkpoint:
                last = log.write(step + 1, source.share_waited)
            if at_checkpoint and rank == 0:
                seconds = facts["seconds"] + time.perf_counter() - began
                save_checkpoint(folder.path, step + 1, trainer, {**facts, "seconds": seconds})
            report(Step(step + 1, last.get("loss"), last if last.get("step") == step + 1 else None))
            if at_checkpoint:
                scoring = _score(recipe, trainer, step + 1, score)
                began += scoring
                log.leave_out(scoring)
                source.leave_out(scoring)
        seconds, share_waited = time.perf_counter() - began, source.share_waited
    finished = trainer.finished()  # by all processes, as a GAN's batch norms look at the images of all
    if rank == 0:
        write_result(recipe, entry, finished, folder, len(images), made_by, facts["seconds"] + seconds)
    number = recipe.batch_size * (recipe.steps - first)
    return Outcome(
        first,
        recipe.steps,
        seconds,
        number / seconds if number else None,
        share_waited,
        trainer.loss_scale.skipped,
        last,
    )


def _check_agreement(folder: TrainingFolder, first: int, trainer: Trainer) -> None:
    """Refuses processes that would train different models: gradients are added up, and weights are not compared.

    A folder on each machine's own disk does that, or one whose files other machines see late.
    """
    if trainer.world_size == 1:
        return
    weights = hashlib.sha256()
    for network in trainer.networks.values():
        for tensor in network.state_dict().values():
            weights.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    said = said_by_all((first, weights.hexdigest()))
    if len(set(said)) > 1:
        steps = ", ".join(f"{step:,}" for step, _ in said)
        raise InputError(
            f"torchrun's processes have different checkpoints in {folder.path} (of {steps} steps); give them one "
            "folder that all machines share, and try again"
        )


def _score(recipe: Recipe, trainer: Trainer, step: int, score: Score | None) -> float:
    """Has the model scored where that is due after so many steps, and returns the seconds that it took.

    All processes take part, as a GAN's batch norms look at the images of all, and wait for the first.
    """
    if recipe.score is None or score is None or (step % recipe.score.every and step != recipe.steps):
        return 0.0
    start = time.perf_counter()
    model = trainer.finished()
    if trainer.rank == 0:
        score(step, model)
    wait_for_all()
    return time.perf_counter() - start


def check_batch(recipe: Recipe, world_size: int) -> None:
    """Refuses a batch that the processes cannot share evenly.

    Raises:
        InputError: says so.
    """
    if recipe.batch_size % world_size:
        raise InputError(
            f"{recipe.name}: batch_size {recipe.batch_size} cannot be shared evenly by {world_size} processes; choose "
            "a multiple"
        )


class Log:
    """Adds up what steps come to, and writes their means."""

    def __init__(self, file: ProgressFile | None, trainer: Trainer) -> None:
        self._file = file
        self._trainer = trainer
        self._begin()

    def _begin(self) -> None:
        self._steps = 0
        self._sums: dict[str, Tensor] = {}
        self._norms: dict[str, float] = {}
        self._rates: dict[str, float] = {}
        self._began = time.perf_counter()

    def add(self, report: StepReport) -> None:
        """Counts a step."""
        self._steps += 1
        for name, value in report.parts.items():
            self._sums[name] = self._sums[name] + value if name in self._sums else value
        for name, norm in report.gradient_norms.items():
            self._norms[name] = self._norms.get(name, 0.0) + norm
        self._rates = dict(report.learning_rates)

    def leave_out(self, seconds: float) -> None:
        """Takes time that went to something else from that of the next line."""
        self._began += seconds

    def write(self, step: int, share_waited: float) -> dict[str, float]:
        """Writes the means since the last line, and begins anew. All processes take part, and get the line."""
        means = torch.stack(list(self._sums.values())) / self._steps
        if dist.is_initialized():
            dist.all_reduce(means)
            means /= dist.get_world_size()
        only = len(self._norms) == 1
        line: dict[str, float] = {"step": step, **dict(zip(self._sums, means.tolist(), strict=True))}
        for name, norm in self._norms.items():
            line["gradient_norm" if only else f"{_shown(name)}_gradient_norm"] = norm / self._steps
        for name, rate in self._rates.items():
            line["learning_rate" if only else f"{_shown(name)}_learning_rate"] = rate
        if self._trainer.loss_scale.is_used:
            line["log2_loss_scale"] = self._trainer.loss_scale.log2
        images = self._steps * self._trainer.recipe.batch_size
        line["images_per_second"] = images / (time.perf_counter() - self._began)
        line["share_waited_for_data"] = share_waited
        if self._file is not None:
            self._file.write(line)
        self._begin()
        return line


def _shown(network: str) -> str:
    """What the log calls one of two networks."""
    return "generator" if network == "model" else network
