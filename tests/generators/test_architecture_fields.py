from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
import yaml

from beatgans.generators import MODELS, find_entry, find_model
from beatgans.generators.architecture_fields import ClassifierFields, Fields, GanFields, UNetFields, check_architectures
from beatgans.generators.diffusion.unet import UNetConfig
from beatgans.generators.gan.biggan_deep import BigGANDeepConfig
from beatgans.reference_batches import InputError

UNET = {
    "in_channels": 3, "out_channels": 6, "model_channels": 32, "num_res_blocks": 1, "attention_resolutions": [4],
    "channel_mult": [1, 2], "num_classes": 10, "num_head_channels": 32, "norm_groups": 8,
}  # fmt: skip
GAN = {
    "num_classes": 10, "latent_width": 8, "embedding_width": 8, "generator_widths": [32, 16], "generator_up": [True],
    "attention_before": None,
}  # fmt: skip
LEARNED = {"kind": "cosine", "num_steps": 10}


@pytest.mark.parametrize(
    ("fields", "config"), [(UNetFields, UNetConfig), (ClassifierFields, UNetConfig), (GanFields, BigGANDeepConfig)]
)
def test_the_fields_are_those_that_networks_are_built_of(fields: type[Fields], config: type):
    of_config = {field.name: field.default for field in dataclasses.fields(config) if field.name != "image_size"}
    missing = dataclasses.MISSING
    known = {name: missing if info.is_required() else info.default for name, info in fields.model_fields.items()}
    known.pop("pool", None)
    assert known == of_config


@pytest.mark.parametrize("name", MODELS)
def test_those_of_the_catalog_are_right(name: str):
    check_architectures(MODELS[name], name)


def write(folder: Path, **fields: object) -> str:
    given = {"family": "diffusion", "weights": "a.pt", "image_size": 8, "num_classes": 10, **fields}
    if given["family"] == "diffusion":
        given.setdefault("schedule", LEARNED)
    (folder / "mine.yaml").write_text(yaml.safe_dump(given))
    return str(folder / "mine.yaml")


def test_a_right_architecture_is_taken(tmp_path: Path):
    assert find_model(write(tmp_path, architecture=UNET)).num_classes == 10
    assert find_model(write(tmp_path, family="gan", architecture=GAN)).num_classes == 10
    classifier = {**UNET, "num_classes": None, "out_channels": 10, "pool": "spatial"}
    assert find_entry(write(tmp_path, family="classifier", architecture=classifier)).num_classes == 10


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"architecture": {"foo": 1}}, "architecture: in_channels is missing"),
        (
            {"architecture": {**UNET, "norm_group": 8}},
            "architecture: there is no key 'norm_group'; did you mean norm_gr",
        ),
        ({"architecture": {**UNET, "pool": "attention"}}, "architecture: there is no key 'pool'"),
        (
            {"architecture": {**UNET, "model_channels": "32"}},
            "architecture: model_channels: input should be a valid int",
        ),
        ({"architecture": {**UNET, "channel_mult": []}}, "architecture: channel_mult: "),
        ({"architecture": {**UNET, "channel_mult": [1, float("nan")]}}, r"architecture: channel_mult\.1: "),
        ({"architecture": {**UNET, "model_channels": 36}}, "a level is 36 channels wide, which 8 groups do not divide"),
        ({"architecture": {**UNET, "out_channels": 3}}, "out_channels is 3, and this model takes 6"),
        ({"architecture": UNET, "num_classes": 1000}, "num_classes is 1000, and the network has labels 0 to 9"),
        ({"architecture": {**UNET, "foo": 1}, "null_label": 3}, "there is no key 'foo'"),
        (
            {"architecture": UNET, "classifier": {"weights": "c.pt", "architecture": UNET | {"foo": 1}}},
            r"classifier\.architecture: there is no key 'foo'",
        ),
        ({"family": "gan", "architecture": {"foo": 1}}, "architecture: num_classes is missing"),
        (
            {"family": "gan", "architecture": GAN, "num_classes": 11},
            "num_classes is 11, and the network has labels 0 to 9",
        ),
        ({"family": "classifier", "architecture": {"foo": 1}}, "architecture: in_channels is missing"),
    ],
)
def test_an_architecture_of_which_nothing_can_be_built_is_refused_when_the_file_is_read(
    tmp_path: Path, fields: dict, message: str
):
    path = write(tmp_path, **fields)
    with pytest.raises(InputError, match=message) as caught:
        find_entry(path)
    assert str(caught.value).startswith(path)


def test_blocks_of_a_gan_that_make_other_images_are_refused(tmp_path: Path):
    from beatgans.generators.loading import build_gan

    with pytest.raises(InputError, match="the architecture of mine is of no network: generator_up makes images of 8"):
        build_gan(find_model(write(tmp_path, family="gan", image_size=16, architecture=GAN)))
