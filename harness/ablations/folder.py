"""The folder of a study: where things are in it, and who may work in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ...generators.training.folder import TrainingFolder
from ...reference_batches import InputError
from ...reference_batches.locked_folder import LOCK, locked_folder

TRAININGS = "trainings"
"""What makes a folder that of a study."""


@dataclass(frozen=True)
class StudyFolder:
    """The paths of a study's files.

    Attributes:
        path: the folder.
    """

    path: Path

    def training(self, name: str) -> TrainingFolder:
        """A training, by the name of its model."""
        return TrainingFolder(self.path / TRAININGS / name)

    def divergence(self, name: str) -> Path:
        """Why a training could not come to its end; there only if it could not."""
        return self.path / TRAININGS / name / "divergence.json"

    def guided(self, name: str) -> Path:
        """The model file of a guided model."""
        return self.path / "guided" / f"{name}.yaml"

    def bound(self, name: str) -> Path:
        """The bits per dimension of a model."""
        return self.path / "bounds" / f"{name}.json"

    def gradient(self, name: str) -> Path:
        """The noise of a training's gradient."""
        return self.path / "gradients" / f"{name}.json"

    def run(self, suite: str) -> Path:
        """The run that samples and scores the models of a seed, by the name of its suite."""
        return self.path / "runs" / suite

    @property
    def results(self) -> Path:
        """What came out."""
        return self.path / "results.json"

    @property
    def report(self) -> Path:
        """What people read."""
        return self.path / "report"


@contextlib.contextmanager
def open_study(path: Path) -> Iterator[StudyFolder]:
    """Makes or opens the folder of a study, and keeps others out of it for the length of the ``with``.

    The lock is the kernel's, so it ends with the process however that dies.

    Raises:
        InputError: another process works in it, it holds something else, or it cannot be written.
    """
    if path.is_dir() and not (path / TRAININGS).is_dir() and any(entry.name != LOCK for entry in path.iterdir()):
        raise InputError(f"{path} is not empty and holds no study (it has no {TRAININGS}); choose another with -o")
    with locked_folder(path, "another process works on the study in"):
        (path / TRAININGS).mkdir(exist_ok=True)
        yield StudyFolder(path)
