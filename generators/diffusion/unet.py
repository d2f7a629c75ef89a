"""The UNet of "Diffusion Models Beat GANs on Image Synthesis" (ADM, arXiv 2105.05233, section 3 and appendix A).

Module names and tensor shapes equal those of OpenAI's guided-diffusion and improved-diffusion checkpoints, so that a
released ``state_dict`` loads with ``strict=True``. The same class serves the tiny model that ships with this package.

Shapes: images are [N, C, H, W] float in [-1, 1]; timesteps are [N] float; labels are [N] int64.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


@dataclass(frozen=True)
class UNetConfig:
    """The architecture of one UNet or of one noisy-image classifier, under guided-diffusion's names.

    Attributes:
        image_size: height and width of the images, in pixels.
        in_channels: channels of the input.
        out_channels: channels of the output; for a classifier, the number of classes.
        model_channels: width of the first level.
        num_res_blocks: residual blocks per level on the way down (one more on the way up).
        attention_resolutions: feature-map sizes, in pixels, that have self-attention.
        channel_mult: width of each level as a multiple of ``model_channels``.
        num_classes: size of the class embedding; None for an unconditional model.
        dropout: dropout rate inside the residual blocks, while training.
        num_heads: attention heads per block; used where ``num_head_channels`` is None.
        num_heads_upsample: attention heads per block on the way up, where they differ; None where they do not.
        num_head_channels: width of one attention head.
        use_scale_shift_norm: AdaGN (scale and shift after the norm) rather than an added embedding.
        resblock_updown: residual blocks that resample rather than plain convolutions.
        conv_resample: whether plain resampling convolves; averages and repeated pixels alone where it is False.
        use_new_attention_order: the 3C channels of ``qkv`` are ordered [3, heads, d] rather than [heads, 3, d].
        norm_groups: groups of every GroupNorm; 32 in all of OpenAI's models.
    """

    image_size: int
    in_channels: int
    out_channels: int
    model_channels: int
    num_res_blocks: int
    attention_resolutions: tuple[int, ...]
    channel_mult: tuple[float, ...]
    num_classes: int | None = None
    dropout: float = 0.0
    num_heads: int = 1
    num_heads_upsample: int | None = None
    num_head_channels: int | None = None
    use_scale_shift_norm: bool = True
    resblock_updown: bool = True
    conv_resample: bool = True
    use_new_attention_order: bool = False
    norm_groups: int = 32

    def heads(self, channels: int, up: bool = False) -> int:
        """The number of attention heads at a width of ``channels``, on the way down or ``up``."""
        if self.num_head_channels is not None:
            return channels // self.num_head_channels
        return self.num_heads_upsample if up and self.num_heads_upsample is not None else self.num_heads


def timestep_embedding(timesteps: Tensor, dim: int, max_period: float = 10_000) -> Tensor:
    """Sinusoidal embedding of timesteps, cosines first: [N] -> [N, dim]."""
    half = dim // 2
    frequencies = torch.exp(
        -math.log(max_period) * torch.arange(half, dtype=torch.float32, device=timesteps.device) / half
    )
    angles = timesteps[:, None].float() * frequencies
    embedding = torch.cat([angles.cos(), angles.sin()], dim=1)
    return F.pad(embedding, (0, dim % 2))


class GroupNorm(nn.GroupNorm):
    """GroupNorm computed in float32 whatever the dtype of its input, as ADM's ``GroupNorm32``."""

    def forward(self, x: Tensor) -> Tensor:
        """Normalizes [N, C, ...]."""
        return super().forward(x.float()).to(x.dtype)


def drawn_normal(*shape: int, divisor: float = 1.0) -> Tensor:
    """Initial weights from N(0, 1), divided.

    On the meta device nothing is drawn: PyTorch would load its compiler for it, which takes seconds.
    """
    values = torch.empty(shape)
    return values if values.is_meta else values.normal_().div_(divisor)


def zero_init(module: nn.Module) -> nn.Module:
    """Sets all parameters to zero, so that a residual branch starts as the identity."""
    for parameter in module.parameters():
        nn.init.zeros_(parameter)
    return module


class Downsample(nn.Module):
    """Halves height and width: strided convolution, or an average where ``learned`` is False."""

    def __init__(self, channels: int, learned: bool) -> None:
        super().__init__()
        self.op = nn.Conv2d(channels, channels, 3, stride=2, padding=1) if learned else nn.AvgPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, W] -> [N, C, H/2, W/2]."""
        halved: Tensor = self.op(x)
        return halved


class Upsample(nn.Module):
    """Doubles height and width by nearest neighbour, then convolves where ``learned`` is True."""

    def __init__(self, channels: int, learned: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(channels, channels, 3, padding=1) if learned else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, W] -> [N, C, 2H, 2W]."""
        doubled: Tensor = self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))
        return doubled


class ResBlock(nn.Module):
    """Residual block conditioned on the embedding, optionally resampling by ``resample`` on both branches."""

    def __init__(self, config: UNetConfig, channels: int, out_channels: int, resample: nn.Module | None = None) -> None:
        super().__init__()
        embedding_width = 4 * config.model_channels
        self.scale_shift = config.use_scale_shift_norm
        self.resample = resample
        self.in_layers = nn.Sequential(
            GroupNorm(config.norm_groups, channels), nn.SiLU(), nn.Conv2d(channels, out_channels, 3, padding=1)
        )
        self.emb_layers = nn.Sequential(
            nn.SiLU(), nn.Linear(embedding_width, out_channels * (2 if self.scale_shift else 1))
        )
        self.out_layers = nn.Sequential(
            GroupNorm(config.norm_groups, out_channels),
            nn.SiLU(),
            nn.Dropout(config.dropout),
            zero_init(nn.Conv2d(out_channels, out_channels, 3, padding=1)),
        )
        self.skip_connection = nn.Identity() if channels == out_channels else nn.Conv2d(channels, out_channels, 1)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """A map [N, C, H, W] and an embedding [N, 4 * model_channels] -> [N, out_channels, H', W']."""
        norm, _, convolution = self.in_layers
        h = silu(norm(x))
        if self.resample is not None:
            h, x = self.resample(h), self.resample(x)
        h = convolution(h)
        condition = self.emb_layers(embedding).to(h.dtype)[:, :, None, None]
        norm, _, dropout, convolution = self.out_layers
        if self.scale_shift:
            scale, shift = condition.chunk(2, dim=1)
            h = scale_and_shift(norm(h), 1 + scale, shift)
        else:
            h = norm(h + condition)
        skip: Tensor = self.skip_connection(x)
        return add(convolution(dropout(silu(h))), skip)


# The next three overwrite their first argument where no gradient needs it again: the same bits, and a tenth of a
# network's time less on a processor, where a new map costs as much as what is computed for it.


def silu(x: Tensor) -> Tensor:
    """The product x * sigmoid(x), of a map that nothing else reads."""
    return F.silu(x, inplace=not torch.is_grad_enabled())


def scale_and_shift(x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
    """The map x * scale + shift, of an ``x`` that nothing else reads."""
    return x * scale + shift if torch.is_grad_enabled() else x.mul_(scale).add_(shift)


def add(x: Tensor, y: Tensor) -> Tensor:
    """The sum x + y, of an ``x`` that nothing else reads."""
    return x + y if torch.is_grad_enabled() else x.add_(y)


class AttentionBlock(nn.Module):
    """Multi-head self-attention over all positions of a feature map."""

    def __init__(self, config: UNetConfig, channels: int, up: bool = False) -> None:
        super().__init__()
        self.heads = config.heads(channels, up)
        self.new_order = config.use_new_attention_order
        self.norm = GroupNorm(config.norm_groups, channels)
        self.qkv = nn.Conv1d(channels, 3 * channels, 1)
        self.proj_out = nn.Conv1d(channels, channels, 1)
        zero_init(self.proj_out)

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, W] -> the same."""
        # Channels last: only so does the processor's fused kernel take queries, keys and values.
        tokens = self.norm(x).flatten(2).transpose(1, 2)  # [N, T, C]
        qkv = pointwise(self.qkv, tokens)
        q, k, v = split_qkv(qkv.transpose(1, 2), self.heads, self.new_order)
        h = F.scaled_dot_product_attention(q, k, v)  # the scale d^-1/2 on q.k equals the paper's d^-1/4 on each
        change = pointwise(self.proj_out, h.transpose(1, 2).flatten(2))
        return x + change.transpose(1, 2).reshape(x.shape)


def pointwise(convolution: nn.Conv1d, tokens: Tensor) -> Tensor:
    """A convolution of width 1 of channels that come last: [N, T, C] -> [N, T, C']."""
    return F.linear(tokens, convolution.weight[:, :, 0], convolution.bias)


def split_qkv(qkv: Tensor, heads: int, new_order: bool) -> tuple[Tensor, Tensor, Tensor]:
    """Splits [N, 3C, T] into queries, keys and values of [N, heads, T, d].

    OpenAI's files know two orders of the 3C channels: [heads, 3, d] in most, [3, heads, d] in the 64x64 model and in
    the attention pools of the classifiers. Nothing in a file tells which, and the wrong one gives noise, not an error.
    """
    n, width, positions = qkv.shape
    if new_order:
        parts = qkv.view(n, 3, heads, width // (3 * heads), positions).unbind(1)
    else:
        parts = qkv.view(n, heads, 3, width // (3 * heads), positions).unbind(2)
    q, k, v = (part.transpose(2, 3) for part in parts)
    return q, k, v


class Stage(nn.ModuleList):
    """Layers in a row; the embedding goes to those that take one."""

    def __init__(self, *layers: nn.Module) -> None:
        super().__init__(layers)

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """A map [N, C, H, W] and an embedding -> the map behind the last layer."""
        for layer in self:
            x = layer(x, embedding) if isinstance(layer, ResBlock) else layer(x)
        return x


def down_path(config: UNetConfig) -> tuple[nn.ModuleList, list[int], int]:
    """The encoder half: its stages, the width that each hands to the skip connections, and the final downsampling."""
    channels = int(config.channel_mult[0] * config.model_channels)
    stages = nn.ModuleList([Stage(nn.Conv2d(config.in_channels, channels, 3, padding=1))])
    widths = [channels]
    size = config.image_size
    for level, mult in enumerate(config.channel_mult):
        for _ in range(config.num_res_blocks):
            out_channels = int(mult * config.model_channels)
            layers: list[nn.Module] = [ResBlock(config, channels, out_channels)]
            channels = out_channels
            if size in config.attention_resolutions:
                layers.append(AttentionBlock(config, channels))
            stages.append(Stage(*layers))
            widths.append(channels)
        if level != len(config.channel_mult) - 1:
            down = Downsample(channels, learned=config.conv_resample and not config.resblock_updown)
            stages.append(
                Stage(ResBlock(config, channels, channels, resample=down) if config.resblock_updown else down)
            )
            widths.append(channels)
            size //= 2
    return stages, widths, size


def middle(config: UNetConfig, channels: int) -> Stage:
    """The bottleneck: residual block, attention, residual block."""
    return Stage(
        ResBlock(config, channels, channels), AttentionBlock(config, channels), ResBlock(config, channels, channels)
    )


class UNet(nn.Module):
    """ADM's denoising network.

    ``out_channels`` is twice the image's channels for a model that learns its variance (2102.09672, section 3.1): the
    first half predicts the noise, the second half interpolates the log-variance.
    """

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.config = config
        width = config.model_channels
        self.time_embed = nn.Sequential(nn.Linear(width, 4 * width), nn.SiLU(), nn.Linear(4 * width, 4 * width))
        if config.num_classes is not None:
            drawn = drawn_normal(config.num_classes, 4 * width)
            self.label_emb: nn.Embedding = nn.Embedding.from_pretrained(drawn, freeze=False)  # type: ignore[no-untyped-call]
        self.input_blocks, skips, size = down_path(config)
        channels = skips[-1]
        self.middle_block = middle(config, channels)
        self.output_blocks = nn.ModuleList()
        for level, mult in reversed(list(enumerate(config.channel_mult))):
            for i in range(config.num_res_blocks + 1):
                out_channels = int(mult * width)
                layers: list[nn.Module] = [ResBlock(config, channels + skips.pop(), out_channels)]
                channels = out_channels
                if size in config.attention_resolutions:
                    layers.append(AttentionBlock(config, channels, up=True))
                if level and i == config.num_res_blocks:
                    up = Upsample(channels, learned=config.conv_resample and not config.resblock_updown)
                    layers.append(ResBlock(config, channels, channels, resample=up) if config.resblock_updown else up)
                    size *= 2
                self.output_blocks.append(Stage(*layers))
        self.out = nn.Sequential(
            GroupNorm(config.norm_groups, channels),
            nn.SiLU(),
            zero_init(nn.Conv2d(channels, config.out_channels, 3, padding=1)),
        )

    def forward(self, x: Tensor, timesteps: Tensor, labels: Tensor | None = None) -> Tensor:
        """Predicts for noisy images ``x``: [N, C, H, W] -> [N, out_channels, H, W].

        Raises:
            ValueError: labels are given to an unconditional model, or missing from a conditional one.
        """
        if (labels is None) != (self.config.num_classes is None):
            kind = "an unconditional" if self.config.num_classes is None else "a class-conditional"
            raise ValueError(f"{kind} UNet was called with{'out' if labels is None else ''} labels")
        embedding = self.time_embed(timestep_embedding(timesteps, self.config.model_channels))
        if labels is not None:
            embedding = embedding + self.label_emb(labels)
        skips: list[Tensor] = []
        h = x
        for stage in self.input_blocks:
            h = stage(h, embedding)
            skips.append(h)
        h = self.middle_block(h, embedding)
        for stage in self.output_blocks:
            h = stage(torch.cat([h, skips.pop()], dim=1), embedding)
        output: Tensor = self.out(h.to(x.dtype))
        return output


def count_parameters(modules: Sequence[nn.Module]) -> int:
    """The number of parameters of all ``modules`` together."""
    return sum(parameter.numel() for module in modules for parameter in module.parameters())
