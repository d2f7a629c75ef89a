"""Scores of a model while it is trained: a small suite at some checkpoints, and a line of ``scores.csv`` for each."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from torch import nn

from ..generators.training.folder import TrainingFolder
from ..generators.training.model import TrainedEntry
from ..generators.training.recipe import Recipe
from ..generators.training.result import write_model, write_weights
from ..reference_batches import InputError, atomic_write
from ..reports import RunRecord
from .feasibility import check_feasible
from .identity import identify
from .needed_files import check_needed_files
from .points import operating_points
from .progress import Progress
from .run import RunOptions, run_suite
from .suite import Suite, parse_suite

STEP = "step"
GIVEN = ("name", "title", "baseline")
"""Keys of a suite that have no meaning here."""
SAMPLED = ("diffusion", "gan")
"""The families whose models make images by themselves."""


def check_score(recipe: Recipe, entry: TrainedEntry, device: str) -> None:
    """Refuses a ``score`` of a recipe that its model cannot be scored by, before anything is trained.

    Raises:
        InputError: a key is wrong, the model cannot be sampled so, or reference and extractor cannot be used.
    """
    if recipe.score is None:
        return
    if recipe.family not in SAMPLED:
        raise InputError(
            f"{recipe.name}: score: {_with_article(recipe.family)} makes no images by itself that could be scored; "
            "leave it out"
        )
    with TemporaryDirectory() as scratch:
        folder = TrainingFolder(Path(scratch))
        write_model(entry, folder)
        folder.weights.touch()
        suite = suite_of(recipe, folder)
        points = operating_points(suite)
        check_needed_files(suite, points)
        try:
            check_feasible(suite, points, identify(suite, points, device), device)
        except InputError as error:
            raise InputError(f"{suite.source}: {error}") from error


def suite_of(recipe: Recipe, folder: TrainingFolder) -> Suite:
    """The suite of a recipe's ``score``, for the model file of a folder.

    Raises:
        InputError: a key is unknown, missing or of the wrong kind.
    """
    assert recipe.score is not None
    source, tree = f"{recipe.name}: score", recipe.score.suite
    for key in GIVEN:
        if key in tree:
            raise InputError(f"{source}.{key}: this is no key of a training's score; leave it out")
    points = tree.get("points")
    if isinstance(points, list):
        tree["points"] = [_point(point, folder, f"{source}.points[{i}]") for i, point in enumerate(points)]
    return parse_suite({"name": "scores", **tree}, source)


@dataclass(frozen=True)
class TrainingScores:
    """Scores a model, and keeps what came out in the folder of its training.

    Attributes:
        recipe: the training's, with a ``score``.
        entry: what is trained.
        folder: where.
        device: ``"cpu"`` or ``"cuda"``.
        command: for the record.
        on_line: called with a step and its line of ``scores.csv``, in which a score that could not be computed is None.
    """

    recipe: Recipe
    entry: TrainedEntry
    folder: TrainingFolder
    device: str
    command: str
    on_line: Callable[[int, Mapping[str, float | None]], None] = lambda _, __: None

    def begin(self, first_step: int) -> None:
        """Forgets what comes after ``first_step`` steps, from which the training goes on.

        Raises:
            OSError: a file cannot be written.
        """
        if self.folder.scores.is_file():
            kept = [row for row in read_scores(self.folder.scores) if int(row[STEP]) <= first_step]
            _write(self.folder.scores, kept)

    def __call__(self, step: int, model: nn.Module) -> None:
        """Scores a model after so many steps, unless there is a line for them.

        The number of PyTorch's threads is as before, as the bits of the training depend on it.

        Raises:
            InputError: the model cannot be scored so.
            OSError: a file cannot be written.
        """
        there = read_scores(self.folder.scores)
        if any(int(row[STEP]) == step for row in there):
            return
        threads = torch.get_num_threads()
        try:
            record = self._run(step, model)
        finally:
            torch.set_num_threads(threads)
        line = line_of(record)
        row = {STEP: str(step), **{name: "" if value is None else f"{value:.6g}" for name, value in line.items()}}
        _write(self.folder.scores, [*there, row])
        self.on_line(step, line)

    def _run(self, step: int, model: nn.Module) -> RunRecord:
        now = self.folder.scored
        shutil.rmtree(now.path, ignore_errors=True)  # of a process that was killed
        now.path.mkdir(parents=True)
        write_weights(model, now)
        write_model(self.entry, now)
        options = RunOptions(device=self.device, command=self.command, report=False)
        outcome = run_suite(suite_of(self.recipe, now), now.path / "run", options, Progress(quiet=True))
        with atomic_write(self.folder.results(step)) as file:
            file.write(outcome.folder.results.read_bytes())
        shutil.rmtree(now.path)
        return outcome.record


def line_of(record: RunRecord) -> dict[str, float | None]:
    """The scores of a run as ``<point>:<metric>``, and their standard errors as ``<point>:<metric>_standard_error``."""
    line: dict[str, float | None] = {}
    for point in record.points:
        for metric, score in point.scores.items():
            line[f"{point.id}:{metric}"] = score.value
            line[f"{point.id}:{metric}_standard_error"] = score.standard_error
    return line


def read_scores(path: Path) -> list[dict[str, str]]:
    """The lines of ``scores.csv``, none where it is not there; a cell is empty where there is no score."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))) if path.is_file() else []


def _write(path: Path, rows: list[dict[str, str]]) -> None:
    """Writes all lines, whose columns differ where the points have been changed in between."""
    columns = dict.fromkeys(name for row in rows for name in row) or {STEP: None}
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(columns), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    with atomic_write(path) as file:
        file.write(buffer.getvalue().encode())


def _point(point: object, folder: TrainingFolder, place: str) -> object:
    """An entry of ``points`` with its model."""
    if not isinstance(point, dict):
        return point  # which the suite refuses
    for key in ("model", "images"):
        if key in point:
            raise InputError(f"{place}.{key}: what is scored is the model that is trained; leave it out")
    return {"model": str(folder.model.absolute()), **point}


def _with_article(family: str) -> str:
    return f"{'an' if family[0] in 'aeiou' else 'a'} {family}"
