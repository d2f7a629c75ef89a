"""Images that other programs make, through the interface of all generators."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from beatgans.generators import SamplerSettings, find_model, labels_of, load_generator
from beatgans.generators.adapters.callable import seeds_of
from beatgans.reference_batches import Batch, InputError, write_batch

NOTHING = SamplerSettings(None, None)
INDICES, LABELS = np.arange(6), np.array([0, 1, 2, 0, 1, 2])

FUNCTIONS = """
import numpy as np
import torch

def make(seeds, labels):
    images = [np.random.default_rng(int(seed)).integers(0, 200, (8, 8, 3)) for seed in seeds]
    return (np.stack(images) + labels[:, None, None, None]).astype(np.uint8)

def tensors(seeds, labels):
    return torch.from_numpy(make(seeds, labels))

make_floats = lambda seeds, labels: make(seeds, labels) / 255
too_few = lambda seeds, labels: make(seeds, labels)[1:]
number = 3

class Models:
    num_classes = 3
    def __call__(self, seeds, labels):
        return make(seeds, labels)

few_classes = Models()
"""


@pytest.fixture
def functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A module in the current folder, under a name of its own."""
    name = f"functions_{tmp_path.name}"
    (tmp_path / f"{name}.py").write_text(FUNCTIONS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return name


def test_a_function_is_given_seeds_and_labels_and_its_images_are_taken(functions: str):
    generator = load_generator(f"{functions}:make")
    made = generator.generate(7, INDICES, LABELS, NOTHING)
    assert made.images.shape == (6, 8, 8, 3)
    assert (made.network_evaluations, made.classifier_evaluations) == (None, None)
    again = generator.generate(7, INDICES[4:5], LABELS[4:5], NOTHING)
    assert np.array_equal(again.images[0], made.images[4])
    assert np.array_equal(
        load_generator(f"{functions}:tensors").generate(7, INDICES, LABELS, NOTHING).images, made.images
    )
    assert not np.array_equal(generator.generate(8, INDICES, LABELS, NOTHING).images, made.images)


def test_no_two_images_of_a_run_have_one_seed_and_all_libraries_take_it():
    seeds = seeds_of(3, np.arange(100_000))
    assert len(set(seeds.tolist())) == 100_000
    assert seeds.min() >= 0
    assert seeds.max() < 2**32
    assert np.array_equal(seeds[500:510], seeds_of(3, np.arange(500, 510)))
    np.random.RandomState(int(seeds[0]))
    torch.Generator().manual_seed(int(seeds[0]))
    assert not set(seeds.tolist()) & set(seeds_of(4, np.arange(100_000)).tolist())


def test_a_function_can_say_how_many_classes_it_has(functions: str):
    generator = load_generator(f"{functions}:few_classes")
    assert generator.num_classes == 3
    assert labels_of(generator, "balanced", 0, np.arange(4)).tolist() == [0, 1, 2, 0]
    with pytest.raises(InputError, match="label 3 is out of range; the model has classes 0 to 2"):
        generator.generate(0, INDICES[:1], np.array([3]), NOTHING)


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("make_floats", r"returned float64 \[6, 8, 8, 3\] for 6 seeds; it must return uint8"),
        ("too_few", r"returned uint8 \[5, 8, 8, 3\] for 6 seeds"),
        ("number", "is of type int; name a function"),
        ("nothing", "has no nothing for the model"),
    ],
)
def test_what_is_no_such_function_is_refused(functions: str, function: str, message: str):
    with pytest.raises(InputError, match=message):
        load_generator(f"{functions}:{function}").generate(0, INDICES, LABELS, NOTHING)


def test_a_module_that_is_missing_or_broken_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    (tmp_path / "broken_module.py").write_text("1 / 0")
    (tmp_path / "needy_module.py").write_text("import no_such_library")
    with pytest.raises(InputError, match="there is no module absent_module for the model absent_module:f; install it"):
        load_generator("absent_module:f")
    with pytest.raises(InputError, match=r"broken_module of broken_module:f cannot be imported \(ZeroDivisionError"):
        load_generator("broken_module:f")
    with pytest.raises(InputError, match="module needy_module of needy_module:f needs no_such_library, which is"):
        load_generator("needy_module:f")


def test_settings_are_nothing_for_what_takes_none(functions: str, tmp_path: Path):
    with pytest.raises(InputError, match=r"truncation is 0\.5, and .* takes seeds and labels alone; leave"):
        find_model(f"{functions}:make").check(SamplerSettings(None, None, truncation=0.5))
    write_batch(tmp_path / "a.npz", Batch(np.zeros((2, 8, 8, 3), np.uint8)))
    with pytest.raises(InputError, match="guidance is 1, and a exists already and is not sampled"):
        find_model(str(tmp_path / "a.npz")).check(SamplerSettings(None, None, guidance=1))


@pytest.mark.parametrize("kind", ["batch", "folder"])
def test_images_made_elsewhere_are_given_out_by_their_places(tmp_path: Path, kind: str):
    pixels = np.random.default_rng(0).integers(0, 256, (6, 8, 8, 3), np.uint8)
    path = tmp_path / ("made.npz" if kind == "batch" else "made")
    if kind == "batch":
        write_batch(path, Batch(pixels, LABELS))
    else:
        path.mkdir()
        for number, image in enumerate(pixels):
            Image.fromarray(image).save(path / f"{number}.png")
    generator = load_generator(str(path))
    order = np.array([4, 1, 1, 5])
    made = generator.generate(99, order, LABELS[order], NOTHING)
    assert np.array_equal(made.images, pixels[order])
    assert (made.network_evaluations, made.classifier_evaluations) == (0, 0)
    assert labels_of(generator, "uniform", 0, order).tolist() == (
        LABELS[order].tolist() if kind == "batch" else [0] * 4
    )
    assert generator.num_classes == (3 if kind == "batch" else 0)
    with pytest.raises(InputError, match="made holds 6 images, and sample 6 is asked for"):
        generator.generate(0, np.array([6]), np.array([0]), NOTHING)
