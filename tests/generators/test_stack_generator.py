from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from beatgans.generators import SamplerSettings, find_entry, find_model, labels_of, load_generator
from beatgans.generators.computation import Computation
from beatgans.generators.diffusion.entries import DenoisingEntry
from beatgans.generators.images import from_uint8, truncate_to_uint8
from beatgans.generators.loading import build_classifier, build_denoiser
from beatgans.reference_batches import Batch, InputError, write_batch

BASE = {"image_size": 16, "num_channels": 32, "num_res_blocks": 1, "channel_mult": "1,1", "class_cond": True}
UPSAMPLER = {"large_size": 64, "small_size": 16, "num_channels": 32, "num_res_blocks": 1, "class_cond": True}
TWO_STEPS = SamplerSettings("ddim", "ddim2")
SETTINGS = SamplerSettings("ddpm", "3", upsampler=TWO_STEPS)
INDICES, LABELS = np.array([0, 5, 9]), np.array([1, 2, 3])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base, an upsampler and a stack of them, with random weights."""
    folder = tmp_path_factory.mktemp("stack")
    classifier = {"weights": "c.pt", "architecture": CLASSIFIER}
    files = {
        "base.yaml": {
            "weights": "b.pt",
            "flags": {**BASE, "learn_sigma": True},
            "num_classes": 10,
            "classifier": classifier,
        },
        "up.yaml": {"family": "upsampler", "weights": "u.pt", "flags": UPSAMPLER, "num_classes": 10},
        "stack.yaml": {"family": "stack", "base": "base.yaml", "upsampler": "up.yaml"},
    }
    for name, fields in files.items():
        (folder / name).write_text(yaml.safe_dump(fields))
    torch.manual_seed(0)
    for name in ("base.yaml", "up.yaml"):
        entry = find_entry(str(folder / name))
        assert isinstance(entry, DenoisingEntry)
        save_random(folder / Path(entry.network.weights).name, build_denoiser(entry))
        if entry.classifier is not None:
            save_random(folder / "c.pt", build_classifier(entry.classifier, entry.image_size))
    return folder


CLASSIFIER = {
    "in_channels": 3,
    "out_channels": 10,
    "model_channels": 32,
    "num_res_blocks": 1,
    "attention_resolutions": [8],
    "channel_mult": [1, 1],
    "num_head_channels": 32,
}


def save_random(path: Path, network: torch.nn.Module) -> None:
    torch.save({name: 0.05 * torch.randn(tensor.shape) for name, tensor in network.state_dict().items()}, path)


def test_a_stack_is_its_base_through_its_upsampler(folder: Path):
    stack = load_generator(str(folder / "stack.yaml"))
    base, upsampler = load_generator(str(folder / "base.yaml")), stack.upsampler
    small = base.generate(4, INDICES, LABELS, SamplerSettings("ddpm", "3"))
    large = upsampler.enlarge(4, INDICES, LABELS, small.images, TWO_STEPS)
    made = stack.generate(4, INDICES, LABELS, SETTINGS)
    assert made.images.shape == (3, 64, 64, 3)
    assert np.array_equal(made.images, large.images)
    assert (made.network_evaluations, made.classifier_evaluations) == (3 + 2, 0)
    assert stack.num_parameters == base.num_parameters + upsampler.num_parameters
    assert set(stack.weights_sha256) == {"b.pt", "u.pt"}


def test_only_the_base_is_guided(folder: Path):
    entry = find_model(str(folder / "stack.yaml"))
    settings = SamplerSettings("ddpm", "3", guidance=1.0, upsampler=TWO_STEPS)
    assert entry.evaluations(settings) == (5, 3)
    made = load_generator(str(folder / "stack.yaml")).generate(0, INDICES, LABELS, settings)
    assert (made.network_evaluations, made.classifier_evaluations) == (5, 3)
    guided_upsampler = SamplerSettings("ddpm", "3", upsampler=SamplerSettings("ddim", "ddim2", guidance=1.0))
    with pytest.raises(InputError, match="up has no classifier to guide it"):
        entry.check(guided_upsampler)


def test_both_stages_see_the_label_and_the_seed(folder: Path):
    stack = load_generator(str(folder / "stack.yaml"))
    made = stack.generate(4, INDICES, LABELS, SETTINGS).images
    small = np.zeros((3, 16, 16, 3), np.uint8)
    enlarged = stack.upsampler.enlarge(4, INDICES, LABELS, small, TWO_STEPS).images
    assert not np.array_equal(made, stack.generate(5, INDICES, LABELS, SETTINGS).images)
    assert not np.array_equal(enlarged, stack.upsampler.enlarge(5, INDICES, LABELS, small, TWO_STEPS).images)
    assert not np.array_equal(enlarged, stack.upsampler.enlarge(4, INDICES, LABELS + 1, small, TWO_STEPS).images)


def test_a_sample_does_not_depend_on_its_batch(folder: Path):
    stack = load_generator(str(folder / "stack.yaml"))
    together = stack.generate(4, INDICES, LABELS, SETTINGS).images.astype(int)
    alone = stack.generate(4, INDICES[1:2], LABELS[1:2], SETTINGS).images
    assert np.abs(alone[0] - together[1]).max() <= 1


def test_the_second_stage_has_noise_of_its_own(folder: Path):
    """With the base's noise, the first numbers of the large image's would be those of the small one's."""
    stack = load_generator(str(folder / "stack.yaml"))
    seen = {}

    def recorder(name):
        def record(module, inputs):
            seen.setdefault(name, inputs[0][:, :3].flatten(1))

        return record

    stack.base.network.register_forward_pre_hook(recorder("base"))
    stack.upsampler.network.register_forward_pre_hook(recorder("upsampler"))
    stack.generate(4, INDICES, LABELS, SETTINGS)
    shared = seen["base"].shape[1]
    correlation = torch.corrcoef(torch.stack([seen["base"].flatten(), seen["upsampler"][:, :shared].flatten()]))[0, 1]
    assert abs(correlation) < 0.1


def test_a_batch_file_is_a_base_with_its_labels(folder: Path, tmp_path: Path):
    base = load_generator(str(folder / "base.yaml")).generate(4, INDICES, LABELS, SamplerSettings("ddpm", "3"))
    write_batch(tmp_path / "small.npz", Batch(base.images, LABELS))
    stack = load_generator(f"{tmp_path / 'small.npz'}+{folder / 'up.yaml'}")
    labels = labels_of(stack, "balanced", 4, np.arange(3))
    assert labels.tolist() == LABELS.tolist()
    settings = SamplerSettings(None, None, upsampler=TWO_STEPS)
    made = stack.generate(4, np.arange(3), labels, settings)
    assert made.network_evaluations == 2
    expected = stack.upsampler.enlarge(4, np.arange(3), LABELS, base.images, TWO_STEPS).images
    assert np.array_equal(made.images, expected)
    with pytest.raises(InputError, match=r"small\+up holds 3 images, and sample 3 is asked for"):
        labels_of(stack, "balanced", 4, np.arange(4))
    write_batch(tmp_path / "plain.npz", Batch(base.images))
    with pytest.raises(InputError, match="up is told the class of every image, and plain has none"):
        find_model(f"{tmp_path / 'plain.npz'}+{folder / 'up.yaml'}")


FUNCTIONS = """
import numpy as np

def flipped(seeds, labels):
    images = [np.random.default_rng(int(seed)).integers(0, 256, (16, 16, 3), np.uint8) for seed in seeds]
    return np.stack(images)[:, :, ::-1]

def without_classes(seeds, labels):
    return flipped(seeds, labels)

without_classes.num_classes = 0
"""


@pytest.fixture
def functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A module in the current folder, under a name of its own."""
    name = f"stacked_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(FUNCTIONS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return name


def test_a_function_that_gives_out_a_flipped_view_can_be_the_base(functions: str, folder: Path):
    stack = load_generator(f"{functions}:flipped+{folder / 'up.yaml'}")
    made = stack.generate(3, INDICES, LABELS, SamplerSettings(None, None, upsampler=TWO_STEPS))
    assert made.images.shape == (3, 64, 64, 3)


def test_a_function_that_says_it_has_no_classes_is_no_base_for_an_upsampler_that_is_told_them(
    functions: str, folder: Path
):
    with pytest.raises(InputError, match=r"up is told the class of every image, and .*\.without_classes has none"):
        load_generator(f"{functions}:without_classes+{folder / 'up.yaml'}")


def test_images_of_another_size_are_refused(folder: Path):
    upsampler = load_generator(str(folder / "stack.yaml")).upsampler
    with pytest.raises(InputError, match="the base images are 8x8 pixels, and up takes 16x16"):
        upsampler.enlarge(4, INDICES, LABELS, np.zeros((3, 8, 8, 3), np.uint8), TWO_STEPS)


def test_the_second_stage_needs_settings_of_its_own(folder: Path):
    entry = find_model(str(folder / "stack.yaml"))
    with pytest.raises(InputError, match="stack needs the sampler and the steps of its second stage too"):
        entry.check(SamplerSettings("ddpm", "3"))
    with pytest.raises(InputError, match="upsampler is for stacks of two models, and base is one"):
        find_model(str(folder / "base.yaml")).check(SETTINGS)


def test_the_record_names_both_stages_with_what_each_costs(folder: Path):
    entry = find_model(str(folder / "stack.yaml"))
    assert entry.details(SETTINGS) == {
        "base": "base",
        "base_evaluations": 3,
        "upsampler": "up",
        "upsampler_sampler": "ddim",
        "upsampler_respacing": "ddim2",
        "upsampler_eta": 0.0,
        "upsampler_evaluations": 2,
    }
    assert entry.steps(SETTINGS) == 3


def test_both_stages_can_be_computed_in_another_dtype(folder: Path):
    plain = load_generator(str(folder / "stack.yaml")).generate(4, INDICES, LABELS, SETTINGS).images.astype(int)
    half = load_generator(str(folder / "stack.yaml"), computation=Computation(dtype="bfloat16"))
    images = half.generate(4, INDICES, LABELS, SETTINGS).images
    assert half.upsampler.network.middle_block[0].in_layers[2].weight.dtype == torch.bfloat16
    assert 0 < np.abs(images - plain).mean() < 3


def test_pixels_survive_the_way_to_a_network_and_back():
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, axis=3)
    assert np.abs(truncate_to_uint8(from_uint8(levels)).astype(int) - levels).max() <= 1
    assert from_uint8(levels).min() == -1
    assert from_uint8(levels).max() == 1
