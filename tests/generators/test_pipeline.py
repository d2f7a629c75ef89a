"""Pipelines of diffusers, small ones with random weights, saved to a folder as a user's are."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
import yaml

from beatgans.generators import SamplerSettings, find_model, load_generator
from beatgans.generators.adapters.callable import seeds_of
from beatgans.reference_batches import InputError

diffusers = pytest.importorskip("diffusers")

INDICES = np.arange(4)
ZEROS = np.zeros(4, np.int64)
FOUR_STEPS = SamplerSettings(None, "4")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An unconditional pipeline."""
    torch.manual_seed(0)
    unet = diffusers.UNet2DModel(
        sample_size=8,
        in_channels=3,
        out_channels=3,
        layers_per_block=1,
        block_out_channels=(16, 32),
        norm_num_groups=8,
        down_block_types=("DownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "UpBlock2D"),
    )
    folder = tmp_path_factory.mktemp("pipelines") / "tiny-ddim"
    diffusers.DDIMPipeline(unet, diffusers.DDIMScheduler(num_train_timesteps=100)).save_pretrained(folder)
    return folder


def test_a_pipeline_makes_the_images_that_it_makes_by_itself(folder: Path):
    generator = load_generator(str(folder))
    made = generator.generate(3, INDICES, ZEROS, FOUR_STEPS)
    pipeline = diffusers.DDIMPipeline.from_pretrained(folder)
    pipeline.set_progress_bar_config(disable=True)
    random = [torch.Generator().manual_seed(int(seed)) for seed in seeds_of(3, INDICES)]
    expected = pipeline(batch_size=4, generator=random, num_inference_steps=4, output_type="np").images
    assert np.array_equal(made.images, (expected * 255).astype(np.uint8))
    assert made.images.std() > 10
    assert (made.network_evaluations, made.classifier_evaluations) == (4, 0)
    assert generator.num_parameters == sum(p.numel() for p in pipeline.unet.parameters())


def test_an_image_depends_on_its_seed_and_index_alone(folder: Path):
    generator = load_generator(str(folder))
    together = generator.generate(3, INDICES, ZEROS, FOUR_STEPS).images.astype(int)
    alone = generator.generate(3, INDICES[2:3], ZEROS[:1], FOUR_STEPS).images
    assert np.abs(alone[0] - together[2]).max() <= 1
    assert not np.array_equal(generator.generate(4, INDICES, ZEROS, FOUR_STEPS).images, together)


def test_arguments_of_a_model_file_reach_the_pipeline(folder: Path, tmp_path: Path):
    path = tmp_path / "mine.yaml"
    fields = {"family": "pipeline", "pipeline": str(folder), "arguments": {"num_inference_steps": 3, "eta": 0.0}}
    path.write_text(yaml.safe_dump(fields))
    entry = find_model(str(path))
    assert (entry.steps(SamplerSettings(None, None)), entry.steps(FOUR_STEPS)) == (3, 4)
    assert entry.details(FOUR_STEPS)["arguments.num_inference_steps"] == 4
    made = load_generator(str(path)).generate(0, INDICES, ZEROS, SamplerSettings(None, None))
    assert made.network_evaluations == 3


def test_what_the_pipeline_does_not_take_is_refused_by_name(folder: Path):
    generator = load_generator(str(folder))
    with pytest.raises(InputError, match="tiny-ddim takes no guidance_scale; it takes batch_size, "):
        generator.generate(0, INDICES, ZEROS, SamplerSettings(None, "4", guidance=2.0))
    with pytest.raises(InputError, match="sampler is ddim, and tiny-ddim, a pipeline, brings its own sampler"):
        generator.generate(0, INDICES, ZEROS, SamplerSettings("ddim", "4"))
    with pytest.raises(InputError, match="respacing 'ddim4' is not understood by tiny-ddim"):
        generator.generate(0, INDICES, ZEROS, SamplerSettings(None, "ddim4"))
    with pytest.raises(InputError, match="label 1 is asked for, and the model has no classes"):
        generator.generate(0, INDICES, ZEROS + 1, FOUR_STEPS)


@pytest.fixture(scope="module")
def dit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline that must be told the classes."""
    torch.manual_seed(0)
    transformer = diffusers.DiTTransformer2DModel(
        sample_size=8, num_layers=1, patch_size=4, attention_head_dim=8, num_attention_heads=2, in_channels=4,
        out_channels=8, num_embeds_ada_norm=1000,
    )  # fmt: skip
    vae = diffusers.AutoencoderKL(
        block_out_channels=[8], norm_num_groups=4, latent_channels=4, down_block_types=["DownEncoderBlock2D"],
        up_block_types=["UpDecoderBlock2D"],
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("pipelines") / "dit"
    diffusers.DiTPipeline(transformer, vae, diffusers.DDIMScheduler()).save_pretrained(folder)
    return folder


def consistency_model(folder: Path, num_classes: int | None) -> Path:
    """Saves a pipeline that draws the classes of its network itself where it is not told them."""
    torch.manual_seed(0)
    unet = diffusers.UNet2DModel(
        sample_size=8, layers_per_block=1, block_out_channels=(16, 32), norm_num_groups=8, num_class_embeds=num_classes,
        down_block_types=("DownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "UpBlock2D"),
    )  # fmt: skip
    torch.nn.init.normal_(unet.conv_out.weight)
    diffusers.ConsistencyModelPipeline(unet, diffusers.CMStochasticIterativeScheduler()).save_pretrained(folder)
    return folder


def model_file(path: Path, **fields: object) -> str:
    path.write_text(yaml.safe_dump({"family": "pipeline", **fields}))
    return str(path)


def test_a_pipeline_with_classes_is_given_the_labels_and_counts_guidance_as_it_is_evaluated(dit: Path, tmp_path: Path):
    generator = load_generator(model_file(tmp_path / "mine.yaml", pipeline=str(dit), num_classes=10))
    unguided = SamplerSettings(None, "2", guidance=1.0)
    made = generator.generate(0, INDICES, np.array([1, 2, 3, 4]), unguided)
    assert made.images.shape == (4, 8, 8, 3)
    assert made.network_evaluations == 2
    assert not np.array_equal(generator.generate(0, INDICES, np.array([5, 2, 3, 4]), unguided).images, made.images)
    guided = generator.generate(0, INDICES, np.array([1, 2, 3, 4]), SamplerSettings(None, "2", guidance=4.0))
    assert guided.network_evaluations == 4


def test_a_pipeline_that_is_told_classes_is_refused_where_nothing_says_how_many(dit: Path, tmp_path: Path):
    message = r"dit is told the class of every image, .*; write a model file with pipeline: .*dit and num_classes: 1000"
    with pytest.raises(InputError, match=message):
        load_generator(str(dit))
    with pytest.raises(InputError, match="num_classes is 1001, and the network of mine has 1000 classes"):
        load_generator(model_file(tmp_path / "mine.yaml", pipeline=str(dit), num_classes=1001))
    fixed = model_file(tmp_path / "mine.yaml", pipeline=str(dit), arguments={"class_labels": [3]})
    with pytest.raises(InputError, match="class_labels of mine cannot be among its arguments"):
        load_generator(fixed)


def test_classes_that_a_pipeline_does_not_take_are_refused(folder: Path, tmp_path: Path):
    for pipeline in (folder, consistency_model(tmp_path / "without", None)):
        with pytest.raises(InputError, match="num_classes is 10, and mine takes no labels; leave it out"):
            load_generator(model_file(tmp_path / "mine.yaml", pipeline=str(pipeline), num_classes=10))


def test_a_pipeline_that_can_do_without_labels_is_told_them_if_its_network_has_classes(tmp_path: Path):
    once = SamplerSettings(None, "1")
    without = load_generator(str(consistency_model(tmp_path / "without", None)))
    assert without.generate(0, INDICES, ZEROS, once).images.shape == (4, 8, 8, 3)
    pipeline = str(consistency_model(tmp_path / "within", 5))
    with pytest.raises(InputError, match=r"within is told the class of every image, .* num_classes: 5"):
        load_generator(pipeline)
    within = load_generator(model_file(tmp_path / "mine.yaml", pipeline=pipeline, num_classes=5))
    made = within.generate(0, INDICES, np.array([0, 1, 2, 3]), once).images
    others = within.generate(0, INDICES, np.array([0, 1, 2, 4]), once).images
    assert [np.array_equal(*pair) for pair in zip(made, others, strict=True)] == [True, True, True, False]


def test_a_prompt_of_the_arguments_is_that_of_every_image(folder: Path, tmp_path: Path):
    generator = load_generator(model_file(tmp_path / "mine.yaml", pipeline=str(folder), arguments={"prompt": "a cat"}))
    called: dict[str, object] = {}

    class Pipeline:
        def __call__(self, prompt, generator, output_type):
            called["prompt"] = prompt
            return SimpleNamespace(images=np.zeros((len(prompt), 8, 8, 3)))

    generator.pipeline = Pipeline()
    generator.__dict__.pop("_accepted", None)
    generator.generate(0, INDICES, ZEROS, SamplerSettings(None, None))
    assert called["prompt"] == ["a cat"] * 4


def test_guidance_of_0_is_none_unless_the_model_file_has_a_scale(dit: Path, tmp_path: Path):
    labels = np.array([1, 2, 3, 4])
    path = model_file(tmp_path / "mine.yaml", pipeline=str(dit), num_classes=10)
    generator = load_generator(path)
    made = generator.generate(0, INDICES, labels, SamplerSettings(None, "2"))
    one = generator.generate(0, INDICES, labels, SamplerSettings(None, "2", guidance=1.0))
    assert made.network_evaluations == 2
    assert np.array_equal(made.images, one.images)
    scale = "arguments.guidance_scale"
    assert find_model(path).details(SamplerSettings(None, "2"))[scale] == "1, if it takes one"
    assert find_model(path).details(SamplerSettings(None, "2", guidance=3.0))[scale] == 3
    path = model_file(tmp_path / "own.yaml", pipeline=str(dit), num_classes=10, arguments={"guidance_scale": 2.5})
    assert load_generator(path).generate(0, INDICES, labels, SamplerSettings(None, "2")).network_evaluations == 4
    assert find_model(path).details(SamplerSettings(None, "2"))[scale] == 2.5


def test_a_folder_that_holds_no_pipeline_is_refused(tmp_path: Path):
    (tmp_path / "model_index.json").write_text("{}")
    with pytest.raises(InputError, match=r"the pipeline .* cannot be loaded"):
        load_generator(str(tmp_path))
