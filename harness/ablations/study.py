"""Studies: which variants of a recipe are compared, by what, and what a paper found; as people write them in YAML.

docs/ablations.md explains the keys.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib import resources
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PositiveInt, ValidationError, model_validator

from ...evaluator import ALL_METRICS
from ...reference_batches import InputError, hint
from ..bound import METRIC as BOUND
from ..named_yaml import read_named_yaml
from ..overrides import apply_overrides
from ..suite import not_empty, yaml_path

GRADIENT_NOISE = "log10_gradient_noise_scale"
NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
"""What is part of the names of folders and models."""


class Part(BaseModel):
    """A part of a study: fixed once read, without unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Arm(Part):
    """One of the variants: a model that is trained, or one guided by a classifier, both of other arms."""

    title: str
    """What its model is, by itself."""
    recipe: str | None = None
    """What is trained: a key of ``recipes``."""
    set: Annotated[tuple[str, ...], Field(strict=False)] = ()
    """What is different about it, as ``--set`` of ``beatgans train``."""
    model: str | None = None
    """In place of a recipe: the arm whose model is guided."""
    classifier: str | None = None
    """The arm whose classifier guides it."""
    guidance: Annotated[float, Field(gt=0)] | None = None
    """The scale at which it does."""

    @model_validator(mode="after")
    def _is_trained_or_guided(self) -> Self:
        guiding = (self.model, self.classifier, self.guidance)
        if self.recipe is not None and guiding == (None, None, None):
            return self
        if self.recipe is None and None not in guiding and not self.set:
            return self
        raise ValueError("give recipe, with set or without; or model, classifier and guidance")


class Measure(Part):
    """What is measured of a model: one of the scores of its samples, its bound, or the noise of its gradient."""

    title: str
    metric: str
    """A metric of suites, ``bpd`` or ``log10_gradient_noise_scale``."""
    sampler: str | None = None
    """As of a suite's point, where samples are scored; likewise the next."""
    steps: PositiveInt | None = None

    @model_validator(mode="after")
    def _metric_is_known(self) -> Self:
        known = [*ALL_METRICS, BOUND, GRADIENT_NOISE]
        if self.metric not in known:
            raise ValueError(f"there is no metric {self.metric!r}; {hint(self.metric, known)}")
        if {self.sampler is not None, self.steps is not None} != {self.is_of_samples}:
            raise ValueError(f"{self.metric} {'takes' if self.is_of_samples else 'has no'} sampler and steps")
        return self

    @property
    def is_of_samples(self) -> bool:
        """Whether it is a score of samples."""
        return self.metric in ALL_METRICS


class Ordering(Part):
    """That one arm is better than another by a measure, as a paper has it."""

    better: str
    worse: str
    measure: str
    claim: str
    """In words."""
    published: str
    """What the paper has, in numbers where it prints some."""
    source: str
    """The paper and the place in it."""
    confidence: Literal["sourced", "recalled"] = "sourced"
    """``recalled`` is what was written down from memory, as the paper's text was not at hand."""


class Question(Part):
    """One table: some arms, some measures of them, and the paper's orderings."""

    title: str
    arms: dict[str, str]
    """What each is called here."""
    measures: Annotated[tuple[str, ...], Field(strict=False), AfterValidator(not_empty)]
    orderings: Annotated[tuple[Ordering, ...], Field(strict=False), AfterValidator(not_empty)]


class BoundSetting(Part):
    """Which images bits per dimension are taken on."""

    images: str
    number: PositiveInt | None = None
    """So many of them; all by default."""
    respacing: str = ""
    """The timesteps whose terms are summed; all by default."""


class GradientSetting(Part):
    """How much the gradient's noise is estimated from."""

    batches: Annotated[int, Field(ge=2)] = 64
    """Batches of the recipe's size."""


class SampleSetting(Part):
    """What samples are scored against, as in a suite; a suite's seed is that of the training."""

    reference: str
    extractor: str
    protocol: Literal["adm", "exact"] = "adm"
    num_images: PositiveInt
    shard_size: PositiveInt = 50


class Study(Part):
    """Ablations: recipes, their variants, and the questions that these answer."""

    name: Annotated[str, Field(pattern=rf"^{NAME.pattern}$")]
    title: str
    seeds: Annotated[tuple[Annotated[int, Field(ge=0, lt=2**64)], ...], Field(strict=False), AfterValidator(not_empty)]
    """Each arm is trained once with each."""
    samples: SampleSetting
    bound: BoundSetting | None = None
    gradient: GradientSetting = GradientSetting()
    recipes: dict[str, dict[str, Any]]
    """As of ``beatgans train``, without ``name`` and ``seed``."""
    arms: dict[str, Arm]
    measures: dict[str, Measure]
    questions: dict[str, Question]

    @model_validator(mode="after")
    def _names_lead_somewhere(self) -> Self:
        for name in (*self.arms, *self.questions):
            if not NAME.fullmatch(name):
                raise ValueError(f"{name!r} becomes a part of file names; take small letters, digits and dashes")
        for name, recipe in self.recipes.items():
            _known(str(recipe.get("family")), ("diffusion", "classifier"), f"recipes.{name}.family")
        for name, arm in self.arms.items():
            _known(arm.recipe, self.recipes, f"arms.{name}.recipe")
        for name, arm in self.arms.items():
            _known(arm.model, self._trained("diffusion"), f"arms.{name}.model")
            _known(arm.classifier, self._trained("classifier"), f"arms.{name}.classifier")
        for name, question in self.questions.items():
            for measure in question.measures:
                _known(measure, self.measures, f"questions.{name}.measures")
            of_samples = all(self.measures[measure].is_of_samples for measure in question.measures)
            guided = [each for each, of in self.arms.items() if of.recipe is None]
            for compared in question.arms:
                _known(compared, [*self._trained("diffusion"), *guided], f"questions.{name}.arms")
                if compared in guided and not of_samples:
                    raise ValueError(f"questions.{name}: {compared} is guided, which its samples alone are")
            for number, ordering in enumerate(question.orderings):
                place = f"questions.{name}.orderings[{number}]"
                _known(ordering.better, question.arms, f"{place}.better")
                _known(ordering.worse, question.arms, f"{place}.worse")
                _known(ordering.measure, question.measures, f"{place}.measure")
        if self.bound is None and any(measure.metric == BOUND for measure in self.measures.values()):
            raise ValueError(f"bound: this key is missing, the images that {BOUND} is taken on")
        if len(set(self.seeds)) < len(self.seeds):
            raise ValueError("seeds: one is listed twice; leave it out")
        return self

    def _trained(self, family: str) -> list[str]:
        """The arms that are trained by a recipe of a family."""
        return [name for name, arm in self.arms.items() if arm.recipe and self.recipes[arm.recipe]["family"] == family]

    def only(self, questions: Sequence[str]) -> Study:
        """The study with some of its questions, which are part of its name, as their runs have fewer points.

        Raises:
            InputError: there is none of a name.
        """
        for name in questions:
            if name not in self.questions:
                raise InputError(f"--only {name}: there is no such question; {hint(name, self.questions)}")
        chosen = {name: self.questions[name] for name in self.questions if name in questions}
        return self.model_copy(update={"name": "-".join([self.name, *chosen]), "questions": chosen})


def study_names() -> list[str]:
    """The built-in studies."""
    return sorted(file.name.removesuffix(".yaml") for file in _folder().iterdir() if file.name.endswith(".yaml"))


def load_study(name_or_path: str, overrides: Sequence[str] = ()) -> Study:
    """Reads a study, built-in or one's own, with ``key=value`` overrides in dotted notation.

    Raises:
        InputError: there is no such study, or it or an override is not well formed; the message names the place.
    """
    tree, source = read_named_yaml("study", name_or_path, study_names(), _text_of, Study.model_fields)
    tree = apply_overrides(tree, overrides)
    try:
        return Study.model_validate(tree)
    except ValidationError as error:
        first, *others = sorted(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
        more = f" (and {len(others)} more)" if others else ""
        place = yaml_path(first["loc"], tree)
        said = {"extra_forbidden": "unknown key", "missing": "this key is missing"}
        message = said.get(first["type"], first["msg"].removeprefix("Value error, ").replace("a valid tuple", "a list"))
        raise InputError(": ".join(filter(None, [source, place, message])) + more) from None


def _known(name: str | None, names: Sequence[str] | dict[str, Any], place: str) -> None:
    if name is not None and name not in names:
        raise ValueError(f"{place}: there is no {name!r}; {hint(name, names)}")


def _folder() -> resources.abc.Traversable:
    return resources.files(__package__)


def _text_of(name: str) -> str:
    return _folder().joinpath(f"{name}.yaml").read_text(encoding="utf-8")
