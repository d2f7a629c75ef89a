from __future__ import annotations

import math
import subprocess
import sys

import pydantic
import pytest

from beatgans.generators import (
    MODELS,
    SamplerSettings,
    check_settings,
    expected_evaluations,
    find_model,
    settings_warnings,
)
from beatgans.generators.catalog import DiffusionEntry, read_catalog
from beatgans.generators.diffusion.classifier import NoisyClassifier
from beatgans.generators.diffusion.unet import UNet, UNetConfig
from beatgans.generators.gan.biggan_deep import BigGANDeepConfig, BigGANDeepGenerator
from beatgans.generators.loading import architecture
from beatgans.reference_batches import REFERENCES, InputError, catalog

ENTRY = """
unguided:
  family: diffusion
  description: a model without a classifier
  image_size: 8
  num_classes: 10
  trained_on: digits
  source: nowhere
  licence: MIT
  schedule: {kind: linear, num_steps: 1000}
  network: {weights: unguided.safetensors, architecture: {}}
"""


def test_planning_needs_no_torch():
    code = (
        "import sys; from beatgans import generators as g;"
        "print(g.expected_evaluations('digits-diffusion', g.SamplerSettings('ddim', 'ddim25')));"
        "sys.exit('torch' in sys.modules)"
    )
    assert (
        subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "(25, 0)\n"
    )


@pytest.mark.parametrize("name", MODELS)
def test_every_entry_names_a_reference_and_its_files(name: str):
    entry = MODELS[name]
    assert entry.name == name
    assert entry.trained_on in {*REFERENCES, *catalog(), "cifar10"}
    assert entry.source
    assert entry.licence
    assert len(set(entry.weights)) == len(entry.weights)
    for network in entry.networks:
        shipped = network.url is None
        assert network.weights.endswith(".safetensors") if shipped else network.url.endswith(f"/{network.weights}")


def test_the_diffusion_entry_builds_networks_that_fit_its_images_and_classes():
    entry = MODELS["digits-diffusion"]
    assert isinstance(entry, DiffusionEntry)
    assert entry.classifier is not None
    network = UNet(UNetConfig(**architecture(entry.network, entry.image_size)))
    classifier = NoisyClassifier(UNetConfig(**architecture(entry.classifier, entry.image_size)))
    assert network.config.image_size == classifier.config.image_size == entry.image_size
    assert network.config.num_classes == classifier.config.out_channels == entry.num_classes
    assert network.config.out_channels == 2 * network.config.in_channels  # the variance is learned


def test_the_gan_entry_builds_a_network_that_fits_its_images_and_classes():
    entry = MODELS["digits-gan"]
    network = BigGANDeepGenerator(BigGANDeepConfig(**architecture(entry.network, entry.image_size)))
    assert network.config.image_size == entry.image_size
    assert network.config.num_classes == entry.num_classes


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (SamplerSettings("ddpm", "100"), (100, 0)),
        (SamplerSettings("ddpm", ""), (1000, 0)),
        (SamplerSettings("ddpm", "10,15,20", guidance=1.0), (45, 45)),
        (SamplerSettings("ddim", "ddim25", guidance=0.5, eta=1.0), (25, 25)),
        (SamplerSettings("ddim", "50"), (50, 0)),
    ],
)
def test_a_diffusion_model_takes_one_evaluation_a_step(settings: SamplerSettings, expected: tuple[int, int]):
    assert expected_evaluations("digits-diffusion", settings) == expected


def test_a_gan_takes_one_evaluation():
    assert expected_evaluations("digits-gan", SamplerSettings(None, None, truncation=0.5)) == (1, 0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            SamplerSettings("plms", "25"),
            "sampler 'plms' is unknown to digits-diffusion; known are ddpm, ddim, dpm-solver",
        ),
        (SamplerSettings(None, "25"), "digits-diffusion needs a sampler; choose one of ddpm, ddim, dpm-solver"),
        (SamplerSettings("ddpm", None), "digits-diffusion needs a respacing"),
        (SamplerSettings("ddim", "ddim37"), "the nearest that work: ddim36 and ddim38"),
        (SamplerSettings("ddpm", "1001"), "asks for 1001 steps"),
        (SamplerSettings("ddpm", "25", truncation=0.5), "truncation is for GANs"),
        (SamplerSettings("ddpm", "25", guidance=-1.0), "guidance -1.0 is out of range"),
        (SamplerSettings("ddpm", "25", guidance=float("nan")), "guidance nan is out of range"),
        (SamplerSettings("ddpm", "25", guidance=float("inf")), "guidance inf is out of range"),
        (SamplerSettings("ddpm", "25", eta=0.5), "eta is an option of the sampler ddim, not of ddpm"),
        (SamplerSettings("ddim", "25", eta=1.5), "eta 1.5 is out of range"),
        (SamplerSettings("ddim", "25", eta=-0.5), "eta -0.5 is out of range"),
    ],
)
def test_settings_that_do_not_suit_a_diffusion_model_are_refused(settings: SamplerSettings, message: str):
    with pytest.raises(InputError, match=message):
        check_settings("digits-diffusion", settings)
    with pytest.raises(InputError, match=message):
        expected_evaluations("digits-diffusion", settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (SamplerSettings("ddim", None, truncation=1.0), "sampler is for diffusion models, and digits-gan is a GAN"),
        (SamplerSettings(None, "25", truncation=1.0), "respacing is for diffusion models"),
        (SamplerSettings(None, None, guidance=1.0, truncation=1.0), "guidance is for diffusion models"),
        (SamplerSettings(None, None, eta=1.0, truncation=1.0), "eta is for diffusion models"),
        (SamplerSettings(None, None), "digits-gan needs a truncation"),
        (SamplerSettings(None, None, truncation=0.0), "truncation 0.0 is out of range"),
        (SamplerSettings(None, None, truncation=1.5), "truncation 1.5 is out of range"),
        (SamplerSettings(None, None, truncation=float("nan")), "truncation nan is out of range"),
    ],
)
def test_settings_that_do_not_suit_a_gan_are_refused(settings: SamplerSettings, message: str):
    with pytest.raises(InputError, match=message):
        check_settings("digits-gan", settings)


@pytest.mark.parametrize("respacing", ["25", "ddim1000", "10,15,20"])
def test_guided_ddim_from_the_end_of_a_cosine_schedule_is_warned_of(respacing: str):
    (warning,) = settings_warnings("digits-diffusion", SamplerSettings("ddim", respacing, guidance=1.0))
    # alpha_bar of the last step of the cosine schedule: that of step 998, times 1 - 0.999
    alpha_bar = 1e-3 * (math.cos((0.999 + 0.008) / 1.008 * math.pi / 2) / math.cos(0.008 / 1.008 * math.pi / 2)) ** 2
    assert "at timestep 999, where" in warning
    assert f"gradient shifts the predicted image by {1 / alpha_bar**0.5:,.0f} times" in warning


@pytest.mark.parametrize(
    "settings",
    [
        SamplerSettings("ddim", "25"),
        SamplerSettings("ddpm", "25", guidance=1.0),
        SamplerSettings("ddim", "ddim25", guidance=4.0),
        SamplerSettings("ddim", "ddim250", guidance=4.0),
    ],
)
def test_other_settings_bring_no_warning(settings: SamplerSettings):
    assert settings_warnings("digits-diffusion", settings) == []
    assert settings_warnings("digits-gan", SamplerSettings(None, None, truncation=0.5)) == []


def test_guidance_without_a_classifier_is_refused():
    entry = read_catalog(ENTRY)["unguided"]
    entry.check(SamplerSettings("ddpm", "25"))
    with pytest.raises(InputError, match="unguided has no classifier to guide it; set guidance to 0"):
        entry.check(SamplerSettings("ddpm", "25", guidance=1.0))


@pytest.mark.parametrize(
    ("name", "hint"),
    [("digits-difusion", "did you mean digits-diffusion"), ("stylegan", "`beatgans list models` has the names")],
)
def test_an_unknown_model_is_refused_with_similar_or_all_names(name: str, hint: str):
    with pytest.raises(InputError, match=f"no model named '{name}'; {hint}"):
        find_model(name)


@pytest.mark.parametrize(
    "change",
    [
        ("licence: MIT", ""),
        ("licence: MIT", "license: MIT"),
        ("kind: linear", "kind: sigmoid"),
        ("family: diffusion", "family: flow"),
        ("image_size: 8", "image_size: small"),
    ],
)
def test_an_entry_with_a_missing_unknown_or_wrong_field_is_refused(change: tuple[str, str]):
    with pytest.raises(pydantic.ValidationError):
        read_catalog(ENTRY.replace(*change))
