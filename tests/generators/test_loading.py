from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from beatgans.generators import MODELS, SamplerSettings, load_generator
from beatgans.generators.catalog import DiffusionEntry
from beatgans.generators.diffusion.classifier import NoisyClassifier
from beatgans.generators.diffusion.unet import UNet, UNetConfig, count_parameters
from beatgans.generators.gan.biggan_deep import BigGANDeepConfig, BigGANDeepGenerator
from beatgans.generators.loading import architecture
from beatgans.reference_batches import InputError, sha256_file

INDICES = np.arange(4)
GAN_SETTINGS = SamplerSettings(None, None, truncation=0.5)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random weights for every network of the catalog."""
    folder = tmp_path_factory.mktemp("weights")
    diffusion, gan = MODELS["digits-diffusion"], MODELS["digits-gan"]
    assert isinstance(diffusion, DiffusionEntry)
    assert diffusion.classifier is not None
    torch.manual_seed(0)
    networks = [
        (diffusion.network, UNet(UNetConfig(**architecture(diffusion.network, 8)))),
        (diffusion.classifier, NoisyClassifier(UNetConfig(**architecture(diffusion.classifier, 8)))),
        (gan.network, BigGANDeepGenerator(BigGANDeepConfig(**architecture(gan.network, 8)))),
    ]
    for entry, network in networks:
        path = folder / entry.weights
        save_file(network.state_dict(), path)
        path.with_suffix(".json").write_text(json.dumps({"sha256": sha256_file(path)}))
    return folder


@pytest.mark.parametrize(
    ("name", "settings"),
    [("digits-diffusion", SamplerSettings("ddim", "ddim2", guidance=1.0)), ("digits-gan", GAN_SETTINGS)],
)
def test_a_model_loads_by_name_and_makes_images(folder: Path, name: str, settings: SamplerSettings):
    generator = load_generator(name, weights=folder)
    entry = MODELS[name]
    assert (generator.name, generator.family) == (name, entry.family)
    assert (generator.image_size, generator.num_classes) == (entry.image_size, entry.num_classes)
    assert list(generator.weights_sha256) == [entry.weights[0]]  # a classifier is loaded once it is asked for
    images = generator.generate(0, INDICES, INDICES, settings).images
    assert generator.weights_sha256 == {file: sha256_file(folder / file) for file in entry.weights}
    assert images.dtype == np.uint8
    assert images.shape == (4, 8, 8, 3)


def test_the_parameters_are_those_of_the_generating_network_alone(folder: Path):
    entry = MODELS["digits-diffusion"]
    network = UNet(UNetConfig(**architecture(entry.network, 8)))
    generator = load_generator("digits-diffusion", weights=folder)
    assert generator.num_parameters == count_parameters([network])


def test_the_loaded_weights_decide_the_images(folder: Path, tmp_path: Path):
    before = load_generator("digits-gan", weights=folder).generate(0, INDICES, INDICES, GAN_SETTINGS).images
    gan = MODELS["digits-gan"]
    network = BigGANDeepGenerator(BigGANDeepConfig(**architecture(gan.network, 8)))
    path = tmp_path / gan.network.weights
    save_file({name: tensor + 0.01 for name, tensor in network.state_dict().items()}, path)
    path.with_suffix(".json").write_text(json.dumps({"sha256": sha256_file(path)}))
    after = load_generator("digits-gan", weights=tmp_path).generate(0, INDICES, INDICES, GAN_SETTINGS).images
    assert not np.array_equal(before, after)


def test_an_unknown_model_is_refused():
    with pytest.raises(InputError, match="no model named 'digit-gan'; did you mean digits-gan"):
        load_generator("digit-gan")


def test_missing_weights_are_refused_by_file(tmp_path: Path):
    with pytest.raises(InputError, match=r"has no digits_gan\.safetensors, the weights of digits-gan"):
        load_generator("digits-gan", weights=tmp_path)


@pytest.mark.parametrize("model", ["digits-diffusion", "digits-gan"])
def test_loading_and_sampling_load_no_compiler(model: str):
    """Each process of a run would take seconds more to start."""
    code = (
        "import sys, numpy as np; from beatgans.generators import SamplerSettings, load_generator\n"
        f"generator = load_generator({model!r})\n"
        "settings = SamplerSettings('ddim', 'ddim2', guidance=1.0) if generator.family == 'diffusion' "
        "else SamplerSettings(None, None, truncation=0.5)\n"
        "generator.generate(0, np.arange(2), np.arange(2), settings)\n"
        "print([name for name in ('torch._dynamo', 'sympy') if name in sys.modules])"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert ended.stdout == "[]\n"
