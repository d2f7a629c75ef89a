"""The UNet and the noisy classifier against the names of the released files, and the definition of their parts."""

import dataclasses

import pytest
import torch

from beatgans.generators import MODELS
from beatgans.generators.diffusion.classifier import NoisyClassifier
from beatgans.generators.diffusion.unet import (
    AttentionBlock,
    ResBlock,
    UNet,
    UNetConfig,
    drawn_normal,
    split_qkv,
    timestep_embedding,
)
from beatgans.generators.loading import build_denoiser

TINY = UNetConfig(
    image_size=8,
    in_channels=3,
    out_channels=6,
    model_channels=32,
    num_res_blocks=1,
    attention_resolutions=(4,),
    channel_mult=(1, 2),
    num_classes=10,
    num_head_channels=16,
    norm_groups=8,
)


def test_unet_names_its_tensors_as_the_released_files_do():
    names = build_denoiser(MODELS["adm-imagenet256"]).state_dict()
    expected = {
        "time_embed.2.weight": (1024, 1024),
        "label_emb.weight": (1000, 1024),
        "input_blocks.0.0.weight": (256, 3, 3, 3),
        "input_blocks.3.0.in_layers.2.weight": (256, 256, 3, 3),  # the first downsampling block
        "input_blocks.10.1.qkv.weight": (1536, 512, 1),
        "middle_block.1.proj_out.weight": (1024, 1024, 1),
        "output_blocks.2.2.out_layers.3.weight": (1024, 1024, 3, 3),  # upsampling behind residual block and attention
        "output_blocks.17.0.skip_connection.weight": (256, 512, 1, 1),
        "out.2.weight": (6, 256, 3, 3),
    }
    assert {name: tuple(names[name].shape) for name in expected} == expected


@pytest.mark.parametrize("scale_shift", [True, False])
def test_a_residual_block_that_overwrites_its_maps_gives_the_same_bits(scale_shift):
    block = ResBlock(dataclasses.replace(TINY, use_scale_shift_norm=scale_shift), 32, 32)
    for parameter in block.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    x, embedding = torch.randn(2, 32, 8, 8), torch.randn(2, 128)
    with_gradients = block(x, embedding)
    before = x.clone(), embedding.clone()
    with torch.inference_mode():
        assert torch.equal(block(x, embedding), with_gradients)
    assert torch.equal(x, before[0])
    assert torch.equal(embedding, before[1])


def test_plain_resampling_names_its_convolutions_as_improved_diffusion_does():
    names = build_denoiser(MODELS["iddpm-cifar10"]).state_dict()
    assert {"input_blocks.4.0.op.weight", "output_blocks.3.1.conv.weight", "output_blocks.7.2.conv.weight"} <= set(
        names
    )


def test_initial_weights_are_those_that_pytorch_would_draw():
    """Trainings from a seed depend on it."""
    torch.manual_seed(0)
    drawn = drawn_normal(10, 7), drawn_normal(3, 5, divisor=2.0)
    torch.manual_seed(0)
    assert torch.equal(drawn[0], torch.nn.Embedding(10, 7).weight)
    assert torch.equal(drawn[1], torch.randn(3, 5) / 2.0)


def test_a_new_network_predicts_zero():
    network = UNet(TINY)
    output = network(torch.randn(2, 3, 8, 8), torch.tensor([5.0, 900.0]), torch.tensor([3, 4]))
    assert output.shape == (2, 6, 8, 8)
    assert torch.equal(output, torch.zeros_like(output))  # its last convolution starts at zero


def test_labels_and_timesteps_change_the_prediction():
    torch.manual_seed(0)
    network = UNet(TINY).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    x = torch.randn(1, 3, 8, 8)
    base = network(x, torch.tensor([5.0]), torch.tensor([3]))
    assert not torch.allclose(base, network(x, torch.tensor([6.0]), torch.tensor([3])))
    assert not torch.allclose(base, network(x, torch.tensor([5.0]), torch.tensor([4])))


@pytest.mark.parametrize(("num_classes", "labels"), [(10, None), (None, torch.tensor([1]))])
def test_labels_must_fit_the_kind_of_model(num_classes, labels):
    network = UNet(UNetConfig(**{**TINY.__dict__, "num_classes": num_classes}))
    with pytest.raises(ValueError, match=r"^an? (un|class-)conditional UNet was called with(out)? labels"):
        network(torch.zeros(1, 3, 8, 8), torch.zeros(1), labels)


def test_timestep_embedding_is_cosines_then_sines_of_geometric_frequencies():
    embedding = timestep_embedding(torch.tensor([0.0, 7.0]), 4)
    assert torch.equal(embedding[0], torch.tensor([1.0, 1.0, 0.0, 0.0]))
    expected = torch.tensor([7.0, 0.07])  # frequencies 1 and 10,000^(-1/2)
    assert torch.allclose(embedding[1], torch.cat([expected.cos(), expected.sin()]))


def test_adaptive_group_norm_scales_and_shifts_the_normalized_map():
    torch.manual_seed(0)
    block = ResBlock(TINY, 32, 32)
    torch.nn.init.dirac_(block.out_layers[3].weight)
    embedding = torch.randn(2, 128)
    x = torch.randn(2, 32, 8, 8)
    h = block.in_layers(x)
    scale, shift = block.emb_layers(embedding)[:, :, None, None].chunk(2, dim=1)
    normalized = torch.nn.functional.group_norm(h, 8, eps=1e-5)
    expected = x + torch.nn.functional.silu(normalized * (1 + scale) + shift)
    assert torch.allclose(block(x, embedding), expected, atol=1e-5)


@pytest.mark.parametrize("new_order", [False, True])
def test_attention_is_the_softmax_of_scaled_products_in_either_channel_order(new_order):
    torch.manual_seed(0)
    block = AttentionBlock(UNetConfig(**{**TINY.__dict__, "use_new_attention_order": new_order}), 32)
    torch.nn.init.eye_(block.proj_out.weight[:, :, 0])
    x = torch.randn(2, 32, 4, 4)
    qkv = block.qkv(block.norm(x.flatten(2)))  # [2, 96, 16]
    heads = []
    for head in range(2):
        if new_order:  # all queries, then all keys, then all values
            q, k, v = (qkv[:, part * 32 + head * 16 : part * 32 + (head + 1) * 16] for part in range(3))
        else:  # head after head
            q, k, v = (qkv[:, head * 48 + part * 16 : head * 48 + (part + 1) * 16] for part in range(3))
        weights = torch.softmax(torch.einsum("nct,ncs->nts", q, k) / 16**0.5, dim=2)
        heads.append(torch.einsum("nts,ncs->nct", weights, v))
    expected = x + torch.cat(heads, dim=1).unflatten(2, (4, 4))
    assert torch.allclose(block(x), expected, atol=1e-5)


def test_the_two_channel_orders_differ():
    qkv = torch.arange(96.0).view(1, 96, 1)
    old, new = split_qkv(qkv, 2, new_order=False)[0], split_qkv(qkv, 2, new_order=True)[0]
    assert old[0, 1, 0, 0] == 48
    assert new[0, 1, 0, 0] == 16


def test_classifier_gives_a_logit_for_each_class_and_a_gradient_to_the_image():
    torch.manual_seed(0)
    network = NoisyClassifier(UNetConfig(**{**TINY.__dict__, "out_channels": 10, "num_classes": None}))
    x = torch.randn(3, 3, 8, 8, requires_grad=True)
    logits = network(x, torch.tensor([0.0, 500.0, 999.0]))
    assert logits.shape == (3, 10)
    (gradient,) = torch.autograd.grad(logits[:, 0].sum(), x)
    assert gradient.abs().amax(dim=(1, 2, 3)).min() > 0
