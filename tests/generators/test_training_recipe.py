"""Recipes: what is refused, and what the model of a recipe is."""

import pytest
import yaml

from beatgans.generators.diffusion.entries import ClassifierEntry, DiffusionEntry, UpsamplerEntry
from beatgans.generators.training.model import schedule_of, takes_labels, trained_entry
from beatgans.generators.training.recipe import packaged_recipe, parse_recipe, recipe_names
from beatgans.reference_batches import InputError

COSINE = {"kind": "cosine", "num_steps": 10}
FLAGS = "--image_size 32 --channel_mult 1,2 --num_channels 32 --num_res_blocks 1 --learn_sigma True"


def diffusion(**changes):
    tree = {
        "family": "diffusion",
        "name": "mine",
        "model": {"flags": FLAGS},
        "data": {"images": "photos"},
        "steps": 10,
        "batch_size": 4,
        "learning_rate": 1e-4,
    }
    return {key: value for key, value in {**tree, **changes}.items() if value is not None}


@pytest.mark.parametrize("name", recipe_names())
def test_packaged_recipes_are_valid_and_make_their_models(name):
    recipe = parse_recipe(yaml.safe_load(packaged_recipe(name)), name)
    entry = trained_entry(recipe)
    assert (entry.name, entry.family, entry.image_size, entry.num_classes) == (name, recipe.family, 8, 10)
    assert takes_labels(recipe, entry)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"family": None}, "family: this key is missing; choose one of diffusion"),
        ({"family": "difusion"}, "family: there is no family 'difusion'; did you mean diffusion?"),
        ({"batchsize": 3, "batch_size": None}, r"batchsize: unknown key; did you mean batch_size.* \(and 1 more\)"),
        ({"data": {"imges": "photos"}}, "data.imges: unknown key; did you mean images?"),
        ({"steps": None}, "steps: this key is missing"),
        ({"steps": 0}, "steps: input should be greater than or equal to 1"),
        ({"learning_rate": "fast"}, "learning_rate: input should be a valid number"),
        ({"learning_rate": float("nan")}, "learning_rate: input should be"),
        ({"loss": "hybird"}, "loss: input should be 'simple', 'vlb' or 'hybrid'"),
        ({"ema_rates": [0.9, 0.9]}, "ema_rates: a rate is listed twice"),
        ({"ema_rates": []}, "ema_rates: "),
        ({"ema_rates": [1.0]}, "ema_rates.0: input should be less than 1"),
        ({"seed": -1}, "seed: "),
        ({"data": "photos"}, "data: "),
    ],
)
def test_what_a_recipe_cannot_say(changes, message):
    with pytest.raises(InputError, match=f"^mine.yaml: {message}"):
        parse_recipe(diffusion(**changes), "mine.yaml")


def test_numbers_are_understood_as_people_write_them():
    tree = diffusion(**yaml.safe_load("{learning_rate: 1e-4, weight_decay: 0, ema_rates: [0.99, 0]}"))
    assert isinstance(tree["learning_rate"], str)  # to YAML 1.1
    recipe = parse_recipe(tree, "mine")
    assert (recipe.learning_rate, recipe.weight_decay, recipe.ema_rates) == (1e-4, 0.0, (0.99, 0.0))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model": "digits-gan"}, "digits-gan is of the family gan, and the recipe trains a diffusion model"),
        ({"model": "digits-difusion"}, "digits-difusion"),
        ({"model": {"flags": FLAGS, "weights": "a.pt"}}, "weights are what training makes"),
        ({"model": {"flags": f"{FLAGS} --class_cond True"}}, "num_classes is missing"),
        ({"model": {"flags": FLAGS, "family": "gan"}}, "flags is for models of the family"),
        ({"loss": "simple"}, "loss: simple leaves the variance untrained"),
        ({"model": {"flags": FLAGS.replace("learn_sigma True", "learn_sigma False")}}, "model's is fixed-large"),
        ({"model": {"architecture": {}, "image_size": 8}}, "schedule is missing, which a diffusion model needs"),
        (
            {"model": {"architecture": {"model_chanels": 1}, "image_size": 8, "schedule": COSINE}},
            "unknown key 'model_chanels'; did you mean model_channels?",
        ),
        ({"model": {"flags": FLAGS, "classifier": "adm-imagenet64-classifier"}}, "is not trained with the model"),
    ],
)  # fmt: skip
def test_models_that_cannot_be_trained_so(changes, message):
    with pytest.raises(InputError, match=message):
        trained_entry(parse_recipe(diffusion(**changes), "mine"))


def test_a_model_is_described_as_in_a_model_file():
    entry = trained_entry(parse_recipe(diffusion(), "mine"))
    assert isinstance(entry, DiffusionEntry)
    assert (entry.image_size, entry.num_classes, entry.schedule.variance) == (32, 0, "learned-range")
    assert entry.network.architecture["out_channels"] == 6
    recipe = parse_recipe(diffusion(model={"flags": f"{FLAGS} --class_cond True", "num_classes": 3}), "mine")
    assert takes_labels(recipe, trained_entry(recipe))
    assert trained_entry(recipe).network.architecture["num_classes"] == 3


def test_a_classifier_needs_a_schedule_where_it_guides_nothing_that_is_known():
    flags = {"flags": "--image_size 64 --classifier_width 64 --classifier_depth 1", "num_classes": 5}
    tree = diffusion(family="classifier", model=flags)
    with pytest.raises(InputError, match="schedule is missing"):
        trained_entry(parse_recipe(tree, "mine"))
    recipe = parse_recipe({**tree, "schedule": {"kind": "linear", "num_steps": 100}}, "mine")
    entry = trained_entry(recipe)
    assert isinstance(entry, ClassifierEntry)
    assert entry.network.architecture["out_channels"] == 5
    assert schedule_of(recipe, entry).num_steps == 100


def test_an_upsampler_has_twice_the_colours_going_in():
    flags = "--large_size 64 --small_size 16 --num_channels 32 --num_res_blocks 1 --learn_sigma True"
    entry = trained_entry(parse_recipe(diffusion(family="upsampler", model={"flags": flags}), "mine"))
    assert isinstance(entry, UpsamplerEntry)
    assert (entry.small_size, entry.image_size, entry.network.architecture["in_channels"]) == (16, 64, 6)


def test_a_gan_without_a_discriminator_cannot_be_trained():
    tree = {**diffusion(learning_rate=None), "family": "gan", "model": "biggan-deep-128"}
    tree |= {"generator_learning_rate": 1e-4, "discriminator_learning_rate": 1e-4}
    with pytest.raises(InputError, match="discriminator_widths and discriminator_down are missing"):
        trained_entry(parse_recipe(tree, "mine"))
