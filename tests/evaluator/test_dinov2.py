from __future__ import annotations

import json
import math
import sys

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

from beatgans.evaluator.dinov2 import fit_positions, load, to_input
from beatgans.reference_batches import InputError, sha256_file

transformers = pytest.importorskip("transformers", reason="the extra beatgans[dinov2] is not installed")


def save_model(folder, image_size):
    config = transformers.Dinov2Config(
        hidden_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=image_size, patch_size=14
    )
    torch.manual_seed(0)
    model = transformers.Dinov2Model(config).eval()
    with torch.no_grad():  # random weights hardly depend on positions
        model.embeddings.position_embeddings.mul_(50)
    model.save_pretrained(folder)
    return model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A small model of images of 518 pixels, as the real one, whose position embeddings have to be interpolated."""
    folder = tmp_path_factory.mktemp("dinov2")
    save_model(folder, 518)
    return folder


@pytest.fixture
def copy(folder, tmp_path):
    """A copy to be damaged."""
    for name in ("config.json", "model.safetensors"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    return tmp_path


def draw(n, height=32, width=32):
    """Smooth images, whose resizing hardly overshoots."""
    coarse = np.random.default_rng(0).integers(0, 256, size=(n, 4, 4, 3))
    x = torch.from_numpy(coarse).permute(0, 3, 1, 2).float()
    return F.interpolate(x, size=(height, width), mode="bilinear").round().byte().permute(0, 2, 3, 1).numpy()


def test_features_are_the_class_tokens_and_nothing_else(folder):
    extractor = load(folder, "cpu")
    features = extractor(draw(3))
    assert (features.pool.shape, features.spatial.shape, features.logits.shape) == ((3, 16), (3, 0), (3, 0))
    assert all(part.dtype == np.float32 for part in (features.pool, features.spatial, features.logits))
    assert extractor.name == "dinov2"
    assert extractor.weights_sha256 == sha256_file(folder / "model.safetensors")
    np.testing.assert_allclose(features.pool.mean(axis=1), 0, atol=1e-6)  # behind the last normalization
    np.testing.assert_allclose(features.pool.std(axis=1), 1, atol=1e-3)


def test_images_do_not_depend_on_their_batch(folder):
    extractor, images = load(str(folder), "cpu"), draw(5)
    each = np.concatenate([extractor(images[i : i + 1]).pool for i in range(5)])
    np.testing.assert_allclose(extractor(images).pool, each, atol=1e-5)
    assert np.abs(each[0] - each[1]).max() > 1e-3


def test_a_model_of_224_pixels_gives_what_transformers_gives(tmp_path):
    model = save_model(tmp_path, 224)
    images = draw(2, 224, 224)
    mean, spread = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    x = torch.from_numpy(((images / 255 - mean) / spread).transpose(0, 3, 1, 2)).float()
    with torch.inference_mode():
        expected = model(x).last_hidden_state[:, 0].numpy()
    np.testing.assert_allclose(load(tmp_path, "cpu")(images).pool, expected, atol=1e-5)


def test_positions_are_those_of_metas_code_and_not_of_transformers(folder):
    """Keys' cubic kernel with a = -0.75, sampled at a distance of n / (side + 0.1)."""
    n, side, a = 37, 16, -0.75
    positions = torch.randn(1, 1 + n * n, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    def cubic(t):
        t = abs(t)
        if t <= 1:
            return (a + 2) * t**3 - (a + 3) * t**2 + 1
        return a * t**3 - 5 * a * t**2 + 8 * a * t - 4 * a if t < 2 else 0

    weights = np.zeros((side, n))
    for i in range(side):
        centre = (i + 0.5) * n / (side + 0.1) - 0.5
        for j in range(math.floor(centre) - 1, math.floor(centre) + 3):
            weights[i, min(max(j, 0), n - 1)] += cubic(centre - j)
    square = positions[0, 1:].reshape(n, n, 3).numpy()
    expected = np.einsum("ia,jb,abd->ijd", weights, weights, square).reshape(-1, 3)
    fitted = fit_positions(positions, side)
    assert fitted.shape == (1, 1 + side * side, 3)
    np.testing.assert_array_equal(fitted[:, 0], positions[:, 0])
    np.testing.assert_allclose(fitted[0, 1:], expected, atol=1e-6)

    model, images = transformers.Dinov2Model.from_pretrained(folder), draw(2)
    with torch.inference_mode():
        theirs = model(to_input(images)).pooler_output.numpy()
    assert 1e-4 < np.abs(load(folder, "cpu")(images).pool - theirs).max() < 0.5


def test_positions_that_fit_are_left_alone():
    positions = torch.randn(1, 1 + 16 * 16, 3)
    assert fit_positions(positions, 16) is positions


def test_grey_images_are_normalized_by_hand():
    x = to_input(np.full((1, 10, 20, 3), 51, dtype=np.uint8))  # 0.2
    assert x.shape == (1, 3, 224, 224)
    for channel, value in enumerate([(0.2 - 0.485) / 0.229, (0.2 - 0.456) / 0.224, (0.2 - 0.406) / 0.225]):
        np.testing.assert_allclose(x[0, channel], value, rtol=1e-5)


@pytest.mark.parametrize("size", [(32, 32), (300, 300), (256, 320)])
def test_resizing_is_antialiased_bicubic_rounded_to_a_grey_level(size):
    images = draw(2, *size)
    spread, mean = (torch.tensor(x)[:, None, None] for x in ([0.229, 0.224, 0.225], [0.485, 0.456, 0.406]))
    levels = (to_input(images) * spread + mean) * 255
    torch.testing.assert_close(levels, levels.round(), atol=1e-3, rtol=0)
    x = torch.from_numpy(images).permute(0, 3, 1, 2).float()
    expected = F.interpolate(x, size=(224, 224), mode="bicubic", antialias=True).clamp(0, 255)
    assert (levels - expected).abs().max() < 1.6  # Pillow rounds after each of its two passes


def test_only_safetensors_are_read(copy):
    torch.save(load_file(copy / "model.safetensors"), copy / "pytorch_model.bin")
    (copy / "model.safetensors").unlink()
    with pytest.raises(InputError, match=r"holds no model\.safetensors; name a folder that holds the config\.json and"):
        load(copy, "cpu")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere holds no config\.json; .*--weights"):
        load(tmp_path / "nowhere", "cpu")


def test_damaged_weights_are_named(copy):
    (copy / "model.safetensors").write_bytes(b"x" * 100)
    with pytest.raises(InputError, match=r"model\.safetensors are damaged"):
        load(copy, "cpu")


def test_missing_weights_are_not_made_up(copy, capfd):
    weights = load_file(copy / "model.safetensors")
    del weights["layernorm.weight"]
    save_file(weights, copy / "model.safetensors")
    with pytest.raises(InputError, match=r"does not hold the weights of the extractor dinov2: layernorm\.weight is"):
        load(copy, "cpu")
    assert capfd.readouterr() == ("", "")  # the error says it all


def test_weights_of_another_size_are_refused(copy):
    weights = load_file(copy / "model.safetensors")
    weights["layernorm.weight"] = torch.ones(7)
    save_file(weights, copy / "model.safetensors")
    with pytest.raises(InputError, match=r"does not hold the weights of the model in its config\.json"):
        load(copy, "cpu")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (json.dumps({"model_type": "bert"}), "holds a model of type bert, not dinov2"),
        ("{}", "is no model's configuration"),
        ("not json", "is no model's configuration"),
        ("[]", "is no model's configuration"),
    ],
)
def test_another_models_folder_is_refused(copy, text, complaint):
    (copy / "config.json").write_text(text)
    with pytest.raises(InputError, match=complaint):
        load(copy, "cpu")


def test_without_transformers_the_extra_is_named(monkeypatch, folder):
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(InputError, match=r'pip install "beatgans\[dinov2\]"'):
        load(folder, "cpu")


def test_without_the_hub_a_folder_is_asked_for(monkeypatch):
    import huggingface_hub

    def unreachable(*args, **keywords):
        raise huggingface_hub.errors.LocalEntryNotFoundError("no network\nand more")

    monkeypatch.setattr(huggingface_hub, "snapshot_download", unreachable)
    with pytest.raises(
        InputError, match=r"dinov2-large cannot be had from .* \(no network\); name a folder .* --weights"
    ):
        load(None, "cpu")


def test_the_hubs_folder_is_loaded_as_any_other(monkeypatch, folder):
    import huggingface_hub

    asked = {}

    def snapshot(name, **keywords):
        asked.update(name=name, **keywords)
        return str(folder)

    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot)
    assert load(None, "cpu").weights_sha256 == sha256_file(folder / "model.safetensors")
    assert asked == {"name": "facebook/dinov2-large", "allow_patterns": ["config.json", "model.safetensors"]}
