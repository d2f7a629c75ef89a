"""BigGAN-deep from the common PyTorch files, against a plain account of what the port of these files computes."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
import yaml

from beatgans.generators import SamplerSettings, find_model, load_generator, load_network
from beatgans.generators.noise import Stream, truncated_normal
from beatgans.reference_batches import InputError
from stand_ins.biggan_deep import common_file

CONFIG = {
    "attention_layer_position": 2,
    "channel_width": 8,
    "class_embed_dim": 128,
    "eps": 0.0001,
    "layers": [[False, 16, 16], [True, 16, 8], [False, 8, 8], [True, 8, 4], [False, 4, 4], [True, 4, 2], [True, 2, 1]],
    "n_stats": 51,
    "num_classes": 12,
    "output_dim": 64,
    "z_dim": 16,
}


def account(tensors, z, labels, row, config=CONFIG):
    """The images of the port, with row ``row`` of the statistics; weights are divided anew wherever they are used."""

    def weight(name):
        original, u, v = (tensors[f"{name}.weight_{part}"] for part in ("orig", "u", "v"))
        return original / (u @ original.flatten(1) @ v)

    def conv(name, x):
        w = weight(name)
        return F.conv2d(x, w, tensors.get(f"{name}.bias"), padding=w.shape[-1] // 2)

    def statistics(name):
        below = int(row)
        parts = []
        for kind in ("running_means", "running_vars"):
            rows = tensors[f"{name}.{kind}"]
            above = rows[min(below + 1, len(rows) - 1)]
            parts.append(((1 - (row - below)) * rows[below] + (row - below) * above)[None, :, None, None])
        return parts

    def norm(name, x):
        mean, variance = statistics(name)
        x = (x - mean) / torch.sqrt(variance + config["eps"])
        if f"{name}.weight" in tensors:
            gain, offset = tensors[f"{name}.weight"][None], tensors[f"{name}.bias"][None]
        else:
            gain, offset = 1 + condition @ weight(f"{name}.scale").T, condition @ weight(f"{name}.offset").T
        return F.relu(x * gain[:, :, None, None] + offset[:, :, None, None])

    def double(x):
        return x.repeat_interleave(2, 2).repeat_interleave(2, 3)

    condition = torch.cat([z, tensors["embeddings.weight"].T[labels]], dim=1)
    h = condition @ weight("generator.gen_z").T + tensors["generator.gen_z.bias"]
    h = h.view(len(z), 4, 4, -1).permute(0, 3, 1, 2)
    place = 0
    for number, (up, width, out) in enumerate(config["layers"]):
        if number == config["attention_layer_position"]:
            name = f"generator.layers.{place}"
            theta = conv(f"{name}.snconv1x1_theta", h).flatten(2)
            phi = F.max_pool2d(conv(f"{name}.snconv1x1_phi", h), 2).flatten(2)
            g = F.max_pool2d(conv(f"{name}.snconv1x1_g", h), 2).flatten(2)
            attention = torch.softmax(torch.einsum("nci,ncj->nij", theta, phi), dim=-1)
            mixed = torch.einsum("ncj,nij->nci", g, attention).unflatten(2, h.shape[2:])
            h = h + tensors[f"{name}.gamma"] * conv(f"{name}.snconv1x1_o_conv", mixed)
            place += 1
        name = f"generator.layers.{place}"
        r = conv(f"{name}.conv_0", norm(f"{name}.bn_0", h))
        r = norm(f"{name}.bn_1", r)
        r = conv(f"{name}.conv_1", double(r) if up else r)
        r = conv(f"{name}.conv_2", norm(f"{name}.bn_2", r))
        r = conv(f"{name}.conv_3", norm(f"{name}.bn_3", r))
        skip = h[:, : h.shape[1] // 2] if width != out else h
        h = r + (double(skip) if up else skip)
        place += 1
    return torch.tanh(conv("generator.conv_to_rgb", norm("generator.bn", h))[:, :3])


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model file with its weights and the port's config.json beside it."""
    torch.save(common_file(CONFIG), tmp_path / "pytorch_model.bin")
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({"family": "gan", "weights": "pytorch_model.bin", "config": "config.json"}))
    return path


# Among them those at which the port divides to a hair below its own row: 0.14, 0.28, 0.56, 0.58 and 0.94.
@pytest.mark.parametrize("truncation", [0.02, 0.14, 0.28, 0.4, 0.56, 0.58, 0.94, 1.0, 0.55])
def test_the_common_file_computes_what_the_port_means(model: Path, truncation: float):
    torch.manual_seed(0)
    z, labels = truncation * torch.randn(2, 16), torch.tensor([3, 11])
    expected = account(common_file(CONFIG), z, labels, row=round(50 * truncation, 6))
    assert 0.1 < expected.abs().mean() < 0.95
    with torch.no_grad():
        images = load_network(str(model))(z, labels, truncation)
    torch.testing.assert_close(images, expected, atol=1e-4, rtol=0)


def test_the_folded_weights_divide_by_what_the_port_divides_by():
    """The port's own module, PyTorch's spectral norm in evaluation, as the oracle of the fold."""
    from beatgans.generators.gan.common_weights import fold_spectral_norm

    torch.manual_seed(0)
    layer = torch.nn.utils.spectral_norm(torch.nn.Conv2d(4, 6, 3), eps=1e-4)
    layer(torch.randn(1, 4, 5, 5))  # one power iteration
    layer.eval()
    layer(torch.randn(1, 4, 5, 5))
    folded = fold_spectral_norm(dict(layer.state_dict()))
    assert set(folded) == {"weight", "bias"}
    torch.testing.assert_close(folded["weight"], layer.weight.detach(), atol=1e-7, rtol=1e-6)


def test_it_is_sampled_through_the_same_interface_as_all_others(model: Path):
    generator = load_generator(str(model))
    settings = SamplerSettings(None, None, truncation=0.5)
    indices, labels = np.arange(3), np.array([0, 5, 11])
    made = generator.generate(4, indices, labels, settings)
    assert (made.network_evaluations, made.classifier_evaluations) == (1, 0)
    z = 0.5 * torch.from_numpy(truncated_normal(4, indices, Stream.LATENT, 0, (16,), 2.0))
    expected = account(common_file(CONFIG), z, torch.from_numpy(labels), row=25)
    levels = ((expected + 1) * 127.5).permute(0, 2, 3, 1).numpy()
    assert np.abs(made.images - levels).max() < 1.01


def test_the_record_says_how_the_latent_was_drawn_and_which_row_was_taken(model: Path):
    entry = find_model(str(model))
    details = entry.details(SamplerSettings(None, None, truncation=0.58))
    assert details == {
        "latent": "normal, cut at -2 and 2, then scaled by the truncation",
        "latent_width": 16,
        "truncation": 0.58,
        "batch_norm_row": 29,
        "batch_norm_rows": 51,
    }
    assert entry.details(SamplerSettings(None, None, truncation=0.55))["batch_norm_row"] == 27.5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"generator.bn.weight": None}, r"it has no tensor generator\.bn\.weight"),
        ({"generator.gen_z.weight_u": None}, r"generator\.gen_z\.weight_orig without generator\.gen_z\.weight_u"),
        ({"generator.gen_z.weight_v": torch.ones(3)}, r"do not have the lengths \[2048, 32\]"),
        (
            {"embeddings.weight": torch.ones(16, 1000)},
            r"embeddings\.weight has the shape \[16, 1000\] instead of \[16, 12\]",
        ),
    ],
)
def test_a_file_of_another_network_is_refused_by_the_first_difference(model: Path, change: dict, message: str):
    tensors = {name: tensor for name, tensor in {**common_file(CONFIG), **change}.items() if tensor is not None}
    torch.save(tensors, model.parent / "pytorch_model.bin")
    with pytest.raises(InputError, match=message):
        load_network(str(model))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"layer": []}, r"config\.json: there is no field 'layer' here; did you mean layers"),
        ({"output_dim": 32}, "the layers make images of 64 pixels, and output_dim is 32"),
        ({"layers": [[True, 16, 4]]}, "must lead from a width of 16 to one of 1"),
        ({"layers": [[True, 16, 8], [True, 4, 1]]}, "a layer of width 8 is followed by one that takes 4"),
        ({"n_stats": 1}, "n_stats"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(model: Path, change: dict, message: str):
    (model.parent / "config.json").write_text(json.dumps({**CONFIG, **change}))
    with pytest.raises(InputError, match=message):
        find_model(str(model))
