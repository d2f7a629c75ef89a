"""The model that a recipe makes: what its entry will say, and its networks before any training."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, TypeAlias

from pydantic import ValidationError

from ...reference_batches import InputError, hint
from ..catalog import ENTRY
from ..diffusion.classifier import NoisyClassifier
from ..diffusion.entries import ClassifierEntry, DenoisingEntry, DiffusionEntry, UpsamplerEntry
from ..diffusion.unet import UNet, UNetConfig
from ..diffusion.upsampler import SuperResolutionUNet
from ..entry import ModelEntry, NetworkEntry, ScheduleEntry
from ..expansion import expand
from ..gan.biggan_deep import BigGANDeepConfig
from ..gan.entry import GanEntry
from ..loading import architecture
from ..naming import find_entry
from .recipe import ClassifierRecipe, DenoisingRecipe, DiffusionRecipe, Recipe, UpsamplerRecipe

WEIGHTS = "weights.safetensors"
SOURCE = "beatgans train"
COLOURS = 3
FLAGS_OF_CLASSES = "class_cond"

TrainedEntry: TypeAlias = DiffusionEntry | UpsamplerEntry | ClassifierEntry | GanEntry


def trained_entry(recipe: Recipe) -> TrainedEntry:
    """What the catalog would say about the model that a recipe makes.

    Raises:
        InputError: the recipe's model does not exist, is of another family, its network cannot be built, or the
            recipe's loss does not suit it.
    """
    entry = _like(recipe, recipe.model) if isinstance(recipe.model, str) else _described(recipe, recipe.model)
    network = NetworkEntry(weights=WEIGHTS, architecture=entry.network.architecture)
    trained = entry.model_copy(
        update={
            "name": recipe.name,
            "description": recipe.description or f"the model of the recipe {recipe.name}",
            "trained_on": recipe.data.images,
            "source": SOURCE,
            "licence": None,
            "reported": (),
            "network": network,
            **({"classifier": None} if isinstance(entry, DenoisingEntry) else {}),
        }
    )
    _check_network(trained, recipe.name)
    if isinstance(recipe, DiffusionRecipe | UpsamplerRecipe):
        assert isinstance(trained, DenoisingEntry)
        _check_loss(recipe, trained)
    if recipe.family == "classifier":
        schedule_of(recipe, trained)
    return trained


def schedule_of(recipe: Recipe, entry: TrainedEntry) -> ScheduleEntry:
    """The noise of a recipe that noises images.

    Raises:
        InputError: it is a classifier's, and says nothing of it.
    """
    if isinstance(entry, DenoisingEntry):
        return entry.schedule
    assert isinstance(recipe, ClassifierRecipe)
    if recipe.schedule is not None:
        return recipe.schedule
    guided = find_entry(recipe.model) if isinstance(recipe.model, str) else None
    if not isinstance(guided, DenoisingEntry):
        raise InputError(
            f"{recipe.name}: schedule is missing, the noise that the classifier is trained in, such as "
            "{kind: cosine, num_steps: 1000}"
        )
    return guided.schedule


def takes_labels(recipe: Recipe, entry: TrainedEntry) -> bool:
    """Whether training needs the classes of its images."""
    return recipe.family in {"classifier", "gan"} or entry.network.architecture.get("num_classes") is not None


def denoising_network(entry: DenoisingEntry) -> UNet:
    """A network with PyTorch's random weights, the last convolution of each branch zero."""
    kind = SuperResolutionUNet if isinstance(entry, UpsamplerEntry) else UNet
    return kind(UNetConfig(**architecture(entry.network, entry.image_size)))


def classifying_network(entry: ClassifierEntry) -> NoisyClassifier:
    """Likewise."""
    fields = architecture(entry.network, entry.image_size)
    pool = fields.pop("pool", "attention")
    return NoisyClassifier(UNetConfig(**fields), pool)


def gan_config(entry: GanEntry) -> BigGANDeepConfig:
    """The architecture of a GAN's two networks."""
    return BigGANDeepConfig(**architecture(entry.network, entry.image_size))


def _like(recipe: Recipe, name: str) -> TrainedEntry:
    """A model that is built like another."""
    found = find_entry(name)
    if recipe.family == "classifier" and isinstance(found, DiffusionEntry):
        if found.classifier is None:
            raise InputError(f"{recipe.name}: model: {name} has no classifier; name one, or describe it by its flags")
        return ClassifierEntry(
            family="classifier",
            image_size=found.image_size,
            network=found.classifier,
            **{
                field: getattr(found, field)
                for field in ("name", "description", "num_classes", "trained_on", "source", "licence")
            },
        )
    return _of_family(recipe, found)


def _described(recipe: Recipe, tree: Mapping[str, Any]) -> TrainedEntry:
    """A model that the recipe describes as a model file would."""
    place = f"{recipe.name}: model"
    if "weights" in tree:
        raise InputError(f"{place}: weights are what training makes; leave them out")
    unsaid = {
        "family": recipe.family, "name": recipe.name, "description": "", "num_classes": 0, "trained_on": None,
        "source": None, "licence": None, "weights": WEIGHTS,
    }  # fmt: skip
    if "flags" in tree or "config" in tree:
        del unsaid["num_classes"]
    expanded = expand({**unsaid, **tree}, place, None, lambda name: _no_classifier(place, name))
    try:
        entry = ENTRY.validate_python(expanded)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"][1:])
        if first["type"] == "missing":
            raise InputError(f"{place}: {field} is missing, which a {recipe.family} model needs") from None
        if first["type"] == "extra_forbidden":
            raise InputError(f"{place}: there is no key {field!r} for a {recipe.family} model; leave it out") from None
        raise InputError(f"{place}: {field}: {first['msg'][0].lower()}{first['msg'][1:]}") from None
    found = _of_family(recipe, entry)
    if "flags" in tree and "num_classes" not in tree and takes_labels(recipe, found):
        raise InputError(f"{place}: num_classes is missing, the number of classes that the images have")
    return found


def _no_classifier(place: str, name: str) -> dict[str, Any]:
    raise InputError(f"{place}: the classifier {name} is not trained with the model; leave it out")


def _of_family(recipe: Recipe, entry: ModelEntry) -> TrainedEntry:
    if entry.family != recipe.family or not isinstance(
        entry, DiffusionEntry | UpsamplerEntry | ClassifierEntry | GanEntry
    ):
        raise InputError(
            f"{recipe.name}: model: {entry.name} is of the family {entry.family}, and the recipe trains a "
            f"{recipe.family} model; name another"
        )
    return entry


def _check_network(entry: TrainedEntry, name: str) -> None:
    """Refuses an architecture that cannot be built, or does not suit what its model is for."""
    place = f"{name}: model: architecture"
    kind = BigGANDeepConfig if isinstance(entry, GanEntry) else UNetConfig
    fields = {field.name: field for field in dataclasses.fields(kind)}
    given = architecture(entry.network, entry.image_size)
    for key in given:
        if key not in fields and not (key == "pool" and isinstance(entry, ClassifierEntry)):
            raise InputError(f"{place}: unknown key {key!r}; {hint(key, fields)}")
    for key, field in fields.items():
        if key not in given and field.default is dataclasses.MISSING:
            raise InputError(f"{place}: {key} is missing")
    if isinstance(entry, GanEntry):
        try:
            config = gan_config(entry)
        except ValueError as error:
            raise InputError(f"{place}: {error}") from None
        if not config.discriminator_widths:
            raise InputError(
                f"{place}: discriminator_widths and discriminator_down are missing; without them a GAN can be sampled "
                "and not trained"
            )
    if isinstance(entry, DenoisingEntry):
        expected = {
            "in_channels": COLOURS * (2 if isinstance(entry, UpsamplerEntry) else 1),
            "out_channels": COLOURS * (2 if entry.schedule.variance == "learned-range" else 1),
        }
        for key, value in expected.items():
            if given[key] != value:
                raise InputError(f"{place}: {key} is {given[key]}, and this model takes {value}")
    if isinstance(entry, UpsamplerEntry) and entry.image_size % entry.small_size:
        raise InputError(
            f"{name}: model: images of {entry.image_size} pixels are no multiple of small ones of {entry.small_size}"
        )


def _check_loss(recipe: DenoisingRecipe, entry: DenoisingEntry) -> None:
    """Refuses a loss that would leave a learned variance untrained, or one that trains a variance that is fixed.

    Raises:
        InputError: says what to choose.
    """
    variance = entry.schedule.variance
    if recipe.loss == "simple" and variance == "learned-range":
        raise InputError(
            f"{recipe.name}: loss: simple leaves the variance untrained that the model learns; choose hybrid, or a "
            "model with a fixed variance (learn_sigma False)"
        )
    if recipe.loss == "hybrid" and variance != "learned-range":
        raise InputError(
            f"{recipe.name}: loss: hybrid trains the variance by the bound, and the model's is {variance}; choose "
            "simple or vlb, or a model that learns its variance (learn_sigma True)"
        )
