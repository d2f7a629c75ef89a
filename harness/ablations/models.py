"""The models that a study asks for: which trainings, and how guided ones are put together."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from ...generators.training.recipe import Recipe, parse_recipe
from ...reference_batches import InputError, atomic_write
from ..overrides import apply_overrides
from .folder import StudyFolder
from .study import Arm, Measure, Study


@dataclass(frozen=True)
class Variant:
    """An arm of one seed.

    Attributes:
        arm: its name.
        seed: of its training.
    """

    arm: str
    seed: int

    @property
    def name(self) -> str:
        """What its model and its files are called."""
        return f"{self.arm}-seed{self.seed}"


def measured(study: Study) -> dict[str, list[str]]:
    """The measures that any question asks for, by the arms that they are taken of."""
    wanted: dict[str, list[str]] = {arm: [] for arm in study.arms}
    for question in study.questions.values():
        for arm in question.arms:
            wanted[arm] += [name for name in question.measures if name not in wanted[arm]]
    return {arm: names for arm, names in wanted.items() if names}


def metrics_of(study: Study, arm: str) -> set[str]:
    """The metrics among the measures of an arm."""
    return {study.measures[name].metric for name in measured(study).get(arm, [])}


def trained_arms(study: Study) -> list[str]:
    """The arms that take a training, in the study's order: those of the questions, and what guided ones are made of."""
    needed: set[str | None] = set()
    for arm in measured(study):
        of = study.arms[arm]
        needed |= {arm} if of.recipe is not None else {of.model, of.classifier}
    return [arm for arm in study.arms if arm in needed]


def variants(study: Study) -> Iterator[tuple[Variant, Recipe]]:
    """The trainings, all arms of the first seed before those of the next, with their recipes.

    Raises:
        InputError: a recipe, or what an arm sets in it, is wrong.
    """
    for seed in study.seeds:
        for arm in trained_arms(study):
            variant = Variant(arm, seed)
            yield variant, recipe_of(study, variant)


def recipe_of(study: Study, variant: Variant) -> Recipe:
    """The recipe of a training.

    Raises:
        InputError: it, or what its arm sets in it, is wrong.
    """
    arm = study.arms[variant.arm]
    assert arm.recipe is not None
    tree = apply_overrides(study.recipes[arm.recipe], arm.set)
    for key in ("name", "seed"):
        if key in tree:
            raise InputError(f"study {study.name}: recipes.{arm.recipe}.{key} is given by the study; leave it out")
    named = {**tree, "name": variant.name, "description": arm.title, "seed": variant.seed}
    return parse_recipe(named, f"study {study.name}: arms.{variant.arm}")


def model_path(study: Study, folder: StudyFolder, variant: Variant) -> str:
    """The model file of a variant."""
    is_trained = study.arms[variant.arm].recipe is not None
    return str(folder.training(variant.name).model if is_trained else folder.guided(variant.name))


def divergence(study: Study, folder: StudyFolder, variant: Variant) -> str | None:
    """Why a variant has no model, in a sentence: a training that it takes has diverged. None where none has."""
    arm = study.arms[variant.arm]
    for name in (variant.arm,) if arm.recipe is not None else (str(arm.model), str(arm.classifier)):
        file = folder.divergence(Variant(name, variant.seed).name)
        if file.is_file():
            reason: str = json.loads(file.read_text(encoding="utf-8"))["reason"]
            return f"the training of {name} diverged: {reason}"
    return None


def write_guided(study: Study, folder: StudyFolder, seed: int) -> None:
    """Writes the model files of the guided arms, whose trainings are finished.

    Raises:
        OSError: a file cannot be written.
    """
    for name in measured(study):
        arm, variant = study.arms[name], Variant(name, seed)
        if arm.recipe is None and divergence(study, folder, variant) is None:
            path = folder.guided(variant.name)
            path.parent.mkdir(exist_ok=True)
            with atomic_write(path) as file:
                tree = _guided(arm, folder, variant)
                file.write(yaml.safe_dump(tree, sort_keys=False, allow_unicode=True).encode())


def _guided(arm: Arm, folder: StudyFolder, variant: Variant) -> dict[str, object]:
    """The model file of a diffusion model with a classifier; both trainings lie two folders from it."""
    trees = {}
    for part in (arm.model, arm.classifier):
        training = Variant(str(part), variant.seed).name
        tree = yaml.safe_load(folder.training(training).model.read_text(encoding="utf-8"))
        trees[part] = {**tree, "weights": f"../trainings/{training}/{tree['weights']}"}
    model, classifier = trees[arm.model], trees[arm.classifier]
    guiding = {key: classifier[key] for key in ("weights", "architecture")}
    named = {**model, "name": variant.name, "description": arm.title, "classifier": guiding}
    # An unconditional model has the classes of the classifier.
    return named if model.get("num_classes") else {key: value for key, value in named.items() if key != "num_classes"}


def point_of(study: Study, folder: StudyFolder, variant: Variant, measure: Measure) -> dict[str, object]:
    """The entry of a suite that the samples of a measure are made by."""
    point: dict[str, object] = {
        "model": model_path(study, folder, variant),
        "sampler": measure.sampler,
        "steps": measure.steps,
    }
    scale = study.arms[variant.arm].guidance
    return point if scale is None else {**point, "guidance": scale}
