from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from beatgans.generators import find_entry, find_model
from beatgans.generators.stack import StackEntry
from beatgans.reference_batches import Batch, InputError, write_batch


def images(path: Path, size: int, labels: list[int] | None = None) -> Path:
    number = 4 if labels is None else len(labels)
    pixels = np.zeros((number, size, size, 3), np.uint8)
    write_batch(path, Batch(pixels, None if labels is None else np.array(labels)))
    return path


def test_a_released_file_is_a_name_of_its_model():
    assert find_entry("64x64_diffusion") is find_entry("64x64_diffusion.pt") is find_entry("adm-imagenet64")
    assert find_entry("512x512_classifier").family == "classifier"


def test_a_batch_file_is_a_model_of_its_images(tmp_path: Path):
    entry = find_model(str(images(tmp_path / "made.npz", 8, [0, 3, 3])))
    assert (entry.name, entry.family, entry.image_size, entry.num_classes) == ("made", "images", 8, 4)
    unlabelled = find_model(str(images(tmp_path / "plain.npz", 8)))
    assert unlabelled.num_classes == 0


def test_a_function_is_named_by_its_module():
    entry = find_model("my_package.models:make")
    assert (entry.family, entry.name, entry.num_classes) == ("callable", "my_package.models.make", 1000)


def test_a_pipeline_is_named_by_its_folder_or_by_its_place_on_the_hub(tmp_path: Path):
    (tmp_path / "ddpm").mkdir()
    (tmp_path / "ddpm" / "model_index.json").write_text("{}")
    assert find_model(str(tmp_path / "ddpm")).family == "pipeline"
    assert find_model("diffusers:google/ddpm-cifar10-32").pipeline == "google/ddpm-cifar10-32"


def test_a_stack_is_two_names_joined(tmp_path: Path):
    stack = find_model("adm-imagenet64+adm-imagenet64-to-256")
    assert (stack.image_size, stack.num_classes) == (256, 1000)
    assert stack.weights == ("64x64_diffusion.pt", "64x64_classifier.pt", "64_256_upsampler.pt")
    on_images = find_model(f"{images(tmp_path / '64_samples.npz', 64, [7, 8])}+64_256_upsampler")
    assert on_images.weights == ("64_256_upsampler.pt",)


def test_a_pipeline_of_the_hub_can_be_the_base_of_a_stack(tmp_path: Path):
    upsampler = {"family": "upsampler", "weights": "u.pt", "flags": {"large_size": 64, "small_size": 32}}
    (tmp_path / "up.yaml").write_text(yaml.safe_dump(upsampler))
    stack = find_model(f"diffusers:google/ddpm-cifar10-32+{tmp_path / 'up.yaml'}")
    assert isinstance(stack, StackEntry)
    assert (stack.stages[0].pipeline, stack.image_size) == ("google/ddpm-cifar10-32", 64)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("adm-imagenet65", "no model named 'adm-imagenet65'; did you mean adm-imagenet6?"),
        ("", "the model's name is empty"),
        ("gone.npz", r"the model gone\.npz does not exist"),
        ("somewhere/else", "the model somewhere/else does not exist"),
        ("64x64_finetuned.pt", "does not say how its network is built; write its flags into a model file"),
        ("adm-imagenet64+adm-imagenet128", "adm-imagenet128 is no upsampler"),
        ("adm-imagenet64-to-256", "enlarges images of 64x64 pixels and makes none of its own"),
        (
            "adm-imagenet128+adm-imagenet64-to-256",
            "has images of 128x128 pixels, and adm-imagenet64-to-256 takes 64x64",
        ),
        ("adm-imagenet64-classifier+adm-imagenet64-to-256", "cannot be the base of a stack: .* classifies images"),
    ],
)
def test_what_is_no_model_is_refused_with_what_would_be(name: str, message: str):
    with pytest.raises(InputError, match=message):
        find_model(name)


def test_a_base_batch_of_the_wrong_size_is_refused_by_both_sizes(tmp_path: Path):
    base = images(tmp_path / "small.npz", 32, [0])
    with pytest.raises(InputError, match=r"small has images of 32x32 pixels, and adm-imagenet64-to-256 takes 64x64"):
        find_model(f"{base}+adm-imagenet64-to-256")


def test_weights_can_be_named_for_a_model_of_the_catalog_and_for_no_other(tmp_path: Path):
    (tmp_path / "w.pt").touch()
    assert find_model("adm-lsun-cat", tmp_path / "w.pt").weights == (str(tmp_path / "w.pt"),)
    with pytest.raises(InputError, match="has no weights of its own"):
        find_model("module:function", tmp_path / "w.pt")
    with pytest.raises(InputError, match=r"has no 64x64_diffusion\.pt, the weights of adm-imagenet64"):
        find_model("adm-imagenet64", tmp_path)
    with pytest.raises(InputError, match=r"gone\.pt of adm-imagenet64 do not exist"):
        find_model("adm-imagenet64", tmp_path / "gone.pt")
