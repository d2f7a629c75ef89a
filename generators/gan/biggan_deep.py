"""BigGAN-deep: the GAN that the paper measures diffusion models against (arXiv 1809.11096, appendix B, figure 16).

Module names follow the common PyTorch port of DeepMind's weights with the spectral norm folded into the weights.
Latents are [N, latent_width] float, labels [N] int64, images [N, 3, S, S] in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .blocks import EPSILON, AffineBatchNorm, DiscriminatorBlock, GeneratorBlock, SelfAttention
from .huggingface import BASE_SIZE


@dataclass(frozen=True)
class BigGANDeepConfig:
    """The architecture of a generator and of the discriminator that trains it.

    Attributes:
        image_size: height and width of the images, in pixels.
        num_classes: number of classes.
        latent_width: width of the latent; the class embedding has the width ``embedding_width``.
        embedding_width: width of the class embedding.
        generator_widths: input width of each residual block, and the output width of the last.
        generator_up: whether each block doubles the size.
        attention_before: the residual block, counted from 0, that self-attention comes before; None for none.
        discriminator_widths: input width of each discriminator block, and the output width of the last; empty where the
            discriminator is not known, as that of DeepMind's.
        discriminator_down: whether each discriminator block halves the size.
        num_truncations: rows of batch-norm statistics, evenly from truncation 0 to 1.
        epsilon: of every batch norm.
    """

    image_size: int
    num_classes: int
    latent_width: int
    embedding_width: int
    generator_widths: tuple[int, ...]
    generator_up: tuple[bool, ...]
    attention_before: int | None
    discriminator_widths: tuple[int, ...] = ()
    discriminator_down: tuple[bool, ...] = ()
    num_truncations: int = 51
    epsilon: float = EPSILON

    def __post_init__(self) -> None:
        """Refuses blocks that do not fit each other or the images.

        Raises:
            ValueError: says which.
        """
        check_blocks("generator", self.generator_widths, self.generator_up)
        if self.discriminator_widths or self.discriminator_down:
            check_blocks("discriminator", self.discriminator_widths, self.discriminator_down)
        size = BASE_SIZE * 2 ** sum(self.generator_up)
        if size != self.image_size:
            raise ValueError(f"generator_up makes images of {size} pixels, and image_size is {self.image_size}")
        if self.image_size % 2 ** sum(self.discriminator_down):
            raise ValueError(f"discriminator_down halves images of {self.image_size} pixels too often")
        if self.attention_before is not None and not 0 <= self.attention_before < len(self.generator_up):
            blocks = len(self.generator_up)
            raise ValueError(f"attention_before is {self.attention_before}, and the blocks are 0 to {blocks - 1}")

    @property
    def condition_width(self) -> int:
        """Width of the latent and the class embedding together."""
        return self.latent_width + self.embedding_width


def check_blocks(name: str, widths: Sequence[int], resampling: Sequence[bool]) -> None:
    """Refuses a network that does not have one width more than it has blocks.

    Raises:
        ValueError: names the network's fields.
    """
    if len(widths) != len(resampling) + 1:
        raise ValueError(
            f"the {name} has {len(resampling)} blocks, which take {len(resampling) + 1} widths, not {len(widths)}"
        )


class SynthesisNetwork(nn.Module):
    """From the condition vector to the image."""

    def __init__(self, config: BigGANDeepConfig) -> None:
        super().__init__()
        self.config = config
        self.gen_z = nn.Linear(config.condition_width, BASE_SIZE**2 * config.generator_widths[0])
        self.layers = nn.ModuleList()
        blocks = zip(pairwise(config.generator_widths), config.generator_up, strict=True)
        for number, ((width, next_width), up) in enumerate(blocks):
            if number == config.attention_before:
                self.layers.append(SelfAttention(width))
            self.layers.append(
                GeneratorBlock(width, next_width, up, config.num_truncations, config.condition_width, config.epsilon)
            )
        self.bn = AffineBatchNorm(config.generator_widths[-1], config.num_truncations, config.epsilon)
        self.conv_to_rgb = nn.Conv2d(config.generator_widths[-1], 3, 3, padding=1)

    def forward(self, condition: Tensor, truncation: float) -> Tensor:
        """Conditions [N, condition_width] -> images [N, 3, S, S]."""
        # The projection is laid out as height, width, channels in DeepMind's weights.
        h = self.gen_z(condition).view(-1, BASE_SIZE, BASE_SIZE, self.config.generator_widths[0]).permute(0, 3, 1, 2)
        for layer in self.layers:
            h = layer(h, truncation, condition) if isinstance(layer, GeneratorBlock) else layer(h)
        return torch.tanh(self.conv_to_rgb(F.relu(self.bn(h, truncation))))


class BigGANDeepGenerator(nn.Module):
    """Makes an image of a latent and a class."""

    def __init__(self, config: BigGANDeepConfig) -> None:
        super().__init__()
        self.config = config
        self.embeddings = nn.Linear(config.num_classes, config.embedding_width, bias=False)
        self.generator = SynthesisNetwork(config)

    def forward(self, latents: Tensor, labels: Tensor, truncation: float = 1.0) -> Tensor:
        """Images of latents that are already scaled by ``truncation``, which here picks the batch-norm statistics."""
        classes = F.one_hot(labels, self.config.num_classes).to(latents.dtype)
        images: Tensor = self.generator(torch.cat([latents, self.embeddings(classes)], dim=1), truncation)
        return images


class BigGANDeepDiscriminator(nn.Module):
    """Scores images of a class as real or made, by projection (arXiv 1802.05637): [N, 3, S, S], [N] -> [N]."""

    def __init__(self, config: BigGANDeepConfig) -> None:
        super().__init__()
        widths = config.discriminator_widths
        self.conv_from_rgb = nn.Conv2d(3, widths[0], 3, padding=1)
        self.layers = nn.Sequential(
            *(
                DiscriminatorBlock(width, next_width, down)
                for (width, next_width), down in zip(pairwise(widths), config.discriminator_down, strict=True)
            )
        )
        self.linear = nn.Linear(widths[-1], 1)
        self.embeddings = nn.Embedding(config.num_classes, widths[-1])

    def forward(self, images: Tensor, labels: Tensor) -> Tensor:
        """Images [N, 3, S, S] and labels [N] -> scores [N]."""
        features = F.relu(self.layers(self.conv_from_rgb(images))).sum(dim=(2, 3))
        by_class = (self.embeddings(labels) * features).sum(dim=1)
        score: Tensor = self.linear(features)[:, 0] + by_class
        return score
