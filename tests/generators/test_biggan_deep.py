"""BigGAN-deep against the published sizes and the definition of its parts."""

from dataclasses import replace

import pytest
import torch

from beatgans.generators.gan.biggan_deep import BigGANDeepConfig, BigGANDeepDiscriminator, BigGANDeepGenerator
from beatgans.generators.gan.blocks import ConditionalBatchNorm, GeneratorBlock, at_truncation

TINY = BigGANDeepConfig(
    image_size=8,
    num_classes=10,
    latent_width=16,
    embedding_width=8,
    generator_widths=(32, 32, 16),
    generator_up=(False, True),
    attention_before=1,
    discriminator_widths=(16, 32, 32),
    discriminator_down=(True, False),
    num_truncations=11,
)

# DeepMind's generator of 128x128 images: 128 channels times 16, 16, 16, 16, 8, 8, 4, 4, 2, 2, 1.
IMAGENET_128 = BigGANDeepConfig(
    image_size=128,
    num_classes=1000,
    latent_width=128,
    embedding_width=128,
    generator_widths=(2048, 2048, 2048, 2048, 1024, 1024, 512, 512, 256, 256, 128),
    generator_up=(False, True, False, True, False, True, False, True, False, True),
    attention_before=8,
    discriminator_widths=(128, 256),
    discriminator_down=(True,),
)


def test_the_imagenet_generator_puts_attention_where_the_common_file_has_it():
    with torch.device("meta"):
        names = BigGANDeepGenerator(IMAGENET_128).state_dict()
    assert names["generator.layers.8.snconv1x1_g.weight"].shape == (128, 256, 1, 1)
    assert names["generator.layers.0.bn_0.running_means"].shape == (51, 2048)
    assert len({name.split(".")[2] for name in names if name.startswith("generator.layers.")}) == 11


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image_size": 128}, "makes images of 8 pixels, and image_size is 128"),
        ({"generator_up": (False, True, False)}, "the generator has 3 blocks, which take 4 widths, not 3"),
        ({"discriminator_down": (True,)}, "the discriminator has 1 blocks, which take 2 widths, not 3"),
        ({"attention_before": 2}, "attention_before is 2, and the blocks are 0 to 1"),
        ({"discriminator_widths": (16,) * 6, "discriminator_down": (True,) * 5}, "too often"),
    ],
)
def test_blocks_that_do_not_fit_the_images_or_each_other_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        replace(TINY, **change)


def test_images_are_within_the_range_and_depend_on_latent_and_class():
    torch.manual_seed(0)
    generator = BigGANDeepGenerator(TINY).eval()
    latents, labels = torch.randn(2, 16), torch.tensor([1, 2])
    images = generator(latents, labels)
    assert images.shape == (2, 3, 8, 8)
    assert images.abs().max() <= 1
    assert not torch.allclose(images, generator(latents, labels.flip(0)))
    assert not torch.allclose(images, generator(latents.flip(0), labels))


def test_truncation_picks_its_own_row_of_statistics():
    rows = torch.arange(51.0)[:, None].expand(51, 3)
    for truncation in (0.02, 0.14, 0.28, 0.56, 0.58, 0.94):  # where a division in floating point falls below the row
        assert torch.equal(at_truncation(rows, truncation), torch.full((3,), round(truncation * 50.0)))
    assert torch.allclose(at_truncation(rows, 0.51), torch.tensor(25.5))
    assert torch.equal(at_truncation(rows, 1.0), torch.full((3,), 50.0))
    assert torch.equal(at_truncation(rows, 0.0), torch.zeros(3))


@pytest.mark.parametrize("training", [True, False])
def test_conditional_batch_norm_has_a_gain_around_one(training):
    torch.manual_seed(0)
    norm = ConditionalBatchNorm(4, 11, 6).train(training)
    norm.running_means[:] = 0.5
    norm.running_vars[:] = 4.0
    x, condition = torch.randn(8, 4, 3, 3), torch.randn(8, 6)
    if training:
        mean, variance = x.mean(dim=(0, 2, 3), keepdim=True), x.var(dim=(0, 2, 3), keepdim=True, correction=0)
    else:
        mean, variance = torch.tensor(0.5), torch.tensor(4.0)
    gain, bias = 1 + condition @ norm.scale.weight.T, condition @ norm.offset.weight.T
    expected = (x - mean) / (variance + 1e-4).sqrt() * gain[:, :, None, None] + bias[:, :, None, None]
    assert torch.allclose(norm(x, 0.3, condition), expected, atol=1e-5)


def test_the_skip_of_a_generator_block_drops_channels_and_repeats_pixels():
    block = GeneratorBlock(8, 4, up=True, num_truncations=11, condition_width=6).eval()
    torch.nn.init.zeros_(block.conv_3.weight)
    torch.nn.init.zeros_(block.conv_3.bias)
    x = torch.randn(2, 8, 3, 3)
    expected = x[:, :4].repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    assert torch.equal(block(x, 1.0, torch.zeros(2, 6)), expected)


def test_the_discriminator_gives_one_score_for_each_image_and_class():
    torch.manual_seed(0)
    discriminator = BigGANDeepDiscriminator(TINY)
    images = torch.randn(3, 3, 8, 8)
    scores = discriminator(images, torch.tensor([0, 1, 2]))
    assert scores.shape == (3,)
    assert not torch.allclose(scores, discriminator(images, torch.tensor([1, 2, 0])))
