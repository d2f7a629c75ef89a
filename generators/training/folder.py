"""The folder of a training: where things are in it, and who may work in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from ...reference_batches import InputError, atomic_write, is_unfinished
from ...reference_batches.locked_folder import LOCK, locked_folder
from .model import WEIGHTS
from .recipe import OF_NO_CONSEQUENCE, Recipe, parse_recipe


@dataclass(frozen=True)
class TrainingFolder:
    """The paths of a training's files.

    Attributes:
        path: the folder.
    """

    path: Path

    @property
    def recipe(self) -> Path:
        """What is trained and how, all of it: a recipe by itself."""
        return self.path / "recipe.yaml"

    @property
    def progress(self) -> Path:
        """How it goes, line by line."""
        return self.path / "progress.csv"

    @property
    def scores(self) -> Path:
        """How good images of the model are, line by line."""
        return self.path / "scores.csv"

    def results(self, step: int) -> Path:
        """The scores after so many steps, with all that belongs to them."""
        return self.path / "scores" / f"results{step:06d}.json"

    @property
    def scored(self) -> TrainingFolder:
        """The model that is being scored, and its run; there only meanwhile."""
        return TrainingFolder(self.path / "scores" / "now")

    @property
    def events(self) -> Path:
        """TensorBoard's files."""
        return self.path / "tensorboard"

    @property
    def weights(self) -> Path:
        """What came out."""
        return self.path / WEIGHTS

    @property
    def record(self) -> Path:
        """How that was made."""
        return self.weights.with_suffix(".json")

    @property
    def model(self) -> Path:
        """A model file of it."""
        return self.path / "model.yaml"

    def is_finished(self) -> bool:
        """Whether the training has come to its end; the model file is written last."""
        return self.model.is_file()


@contextlib.contextmanager
def open_training(path: Path, recipe: Recipe, resume: bool) -> Iterator[TrainingFolder]:
    """Makes or opens the folder of a training, and keeps others out of it for the length of the ``with``.

    The lock is the kernel's, so it ends with the process however that dies. What killed processes have left
    half-written is removed.

    Args:
        path: the folder.
        recipe: what is to be trained.
        resume: whether a training that the folder holds is to go on.

    Raises:
        InputError: another process trains in it, it holds another training, or one that is not to go on, or something
            else, or cannot be written.
    """
    folder = TrainingFolder(path)
    with locked_folder(path, "another process is training in"):
        check_training(folder, recipe, resume)
        for left in [*path.iterdir(), *path.glob("scores/*")]:
            if is_unfinished(left):
                left.unlink()
        with atomic_write(folder.recipe) as file:
            file.write(recipe_text(recipe).encode())
        yield folder


def recipe_text(recipe: Recipe) -> str:
    """A recipe as YAML, with all its keys."""
    text: str = yaml.safe_dump(recipe.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
    return text


def check_training(folder: TrainingFolder, recipe: Recipe, resume: bool) -> None:
    """Refuses a folder that this training cannot begin or go on in, without touching it.

    Raises:
        InputError: as :func:`open_training` does.
    """
    path = folder.path
    if not path.is_dir():
        if path.exists():
            raise InputError(f"{path} is a file; choose a folder with -o")
        return
    if not folder.recipe.is_file():
        if any(entry.name != LOCK and not is_unfinished(entry) for entry in path.iterdir()):
            raise InputError(
                f"{path} is not empty and holds no training (it has no recipe.yaml); choose another with -o"
            )
        return
    if not resume:
        raise InputError(
            f"{path} holds a training already; go on with it by --resume, or choose another folder with -o"
        )
    difference = first_difference(_recorded(folder), recipe)
    if difference is not None:
        raise InputError(
            f"{path} holds a training of another recipe: {difference}; give the same recipe, or choose another folder "
            "with -o"
        )


def _recorded(folder: TrainingFolder) -> Recipe:
    """The recipe that a folder's training follows."""
    try:
        tree = yaml.safe_load(folder.recipe.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{folder.recipe} cannot be read ({' '.join(str(error).split())})") from None
    if not isinstance(tree, dict):
        raise InputError(f"{folder.recipe} is no recipe; choose another folder with -o")
    return parse_recipe(tree, str(folder.recipe))


def first_difference(there: Recipe, here: Recipe) -> str | None:
    """The first key that two recipes have otherwise, in words; None where they come to the same."""
    left, right = _flat(there.model_dump(mode="json")), _flat(here.model_dump(mode="json"))
    for key in [*left, *(key for key in right if key not in left)]:
        if not _is_of_no_consequence(key) and left.get(key) != right.get(key):
            return f"{key} is {left.get(key)!r} there and {right.get(key)!r} here"
    return None


def _is_of_no_consequence(key: str) -> bool:
    return any(key == free or key.startswith(f"{free}.") for free in OF_NO_CONSEQUENCE)


def _flat(tree: object, place: str = "") -> dict[str, object]:
    """The values of a tree of mappings, by their dotted places."""
    if not isinstance(tree, dict):
        return {place: tree}
    flat: dict[str, object] = {}
    for key, value in tree.items():
        flat |= _flat(value, f"{place}.{key}" if place else str(key))
    return flat
