"""The Inception network of 2015 in PyTorch: the features of FID, sFID, the Inception Score, precision and recall.

C. Szegedy et al., "Rethinking the Inception architecture for computer vision", arXiv 1512.00567, as TensorFlow released
it in ``classify_image_graph_def.pb``, with that file's peculiarities: the resize of TensorFlow 1, average pools that
leave the padding out of the count, and a maximum in place of the average in the last block.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from .features import Features
from .inception_download import inception_file
from .inception_weights import Convolution, InceptionWeights, Layer, layers, read_weights

IMAGE_SIZE = 299
SPATIAL_CHANNELS = 7  # of mixed_6/conv, 17 x 17 positions each: 2,023 features (2105.05233, section 2.2)
BLOCKS = ("mixed", *(f"mixed_{number}" for number in range(1, 11)))
REDUCTIONS = ("mixed_3", "mixed_8")
MAXIMUM = "mixed_10"  # its pool is a maximum where all other blocks' is an average
CPU_PIECE = 16  # images at once on a CPU: the maps of more do not stay in its caches, and take half as long again
SETTINGS = {"resize": "tensorflow1-bilinear to 299x299"}


class InceptionNetwork(nn.Module):
    """The graph from pixels to features."""

    classifier: Tensor

    def __init__(self, weights: InceptionWeights) -> None:
        super().__init__()
        table = {layer.scope: layer for layer in layers()}
        folded = weights.convolutions
        self.stem = nn.ModuleDict(
            {
                scope: Convolve([table[scope]], [folded[scope]])
                for scope in ("conv", "conv_1", "conv_2", "conv_3", "conv_4")
            }
        )
        self.blocks = nn.ModuleDict(
            {
                block: Mixed(
                    block, {scope: (layer, folded[scope]) for scope, layer in table.items() if _block(scope) == block}
                )
                for block in BLOCKS
            }
        )
        self.register_buffer("classifier", weights.classifier.clone())

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Images uint8 [N, H, W, 3] to the pooled [N, 2048], the spatial [N, 2023] and the logits [N, 1008]."""
        kept = {name: output for name, output in self.stages(images) if name in {"pool_3", "mixed_6/conv", "logits"}}
        # Channels last, as the statistics files of ADM have them.
        spatial = kept["mixed_6/conv"][:, :SPATIAL_CHANNELS].permute(0, 2, 3, 1).flatten(1)
        return kept["pool_3"], spatial, kept["logits"]

    def stages(self, images: Tensor) -> Iterator[tuple[str, Tensor]]:
        """The output [N, C, H, W] of each stage, under its name in the graph, one after the other."""
        x = (resize(images) - 128) * 0.0078125
        yield "Mul", x
        x = x.to(self.classifier.dtype)
        for scope, convolve in self.stem.items():
            x = convolve(x).relu_()
            yield scope, x
            if scope in {"conv_2", "conv_4"}:
                x = F.max_pool2d(x, 3, 2)
                yield {"conv_2": "pool", "conv_4": "pool_1"}[scope], x
        for scope, block in self.blocks.items():
            x = block(x)
            if scope == "mixed_6":
                yield "mixed_6/conv", x[:, : layers_width("mixed_6/conv")]
            yield f"{scope}/join", x
        # Not the mean, which adds in another order: later, in float16, the last bit can decide between two neighbours.
        pool = F.avg_pool2d(x, x.shape[2:]).flatten(1)
        yield "pool_3", pool
        yield "logits", pool @ self.classifier


class Convolve(nn.Module):
    """One convolution, or several of one input side by side."""

    weight: Tensor
    bias: Tensor

    def __init__(self, members: Sequence[Layer], folded: Sequence[Convolution]) -> None:
        super().__init__()
        self.stride, self.padding = members[0].stride, members[0].padding
        self.register_buffer("weight", torch.cat([part.weight for part in folded]))
        self.register_buffer("bias", torch.cat([part.bias for part in folded]))

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, W] to the sums, before the ReLU."""
        return F.conv2d(x, self.weight, self.bias, self.stride, self.padding)


class Mixed(nn.Module):
    """A block of parallel towers whose outputs are joined.

    Two rearrangements make it faster and change nothing but rounding. The 1x1 convolutions that all see the block's
    input are one. And where the pool is an average, the convolution behind it comes before it, on fewer channels: both
    are linear and one acts on channels, the other on positions.
    """

    pooled_bias: Tensor

    def __init__(self, block: str, members: dict[str, tuple[Layer, Convolution]]) -> None:
        super().__init__()
        self.kind = "reduction" if block in REDUCTIONS else "maximum" if block == MAXIMUM else "average"
        self.towers = _towers(block, list(members))
        heads = [tower[0] for tower in self.towers]
        self.pooled = f"{block}/tower_2/conv"
        self.merged = [head for head in heads if members[head][0].kernel == (1, 1)]
        if self.kind == "average":
            self.merged.append(self.pooled)
        self.widths = [members[scope][0].out_channels for scope in self.merged]
        self.entry = Convolve(*zip(*(members[scope] for scope in self.merged), strict=True))
        if self.kind == "average":
            self.register_buffer("pooled_bias", members[self.pooled][1].bias.clone())
            self.entry.bias[-self.widths[-1] :] = 0  # it is added behind the pool
        self.rest = nn.ModuleDict(
            {scope: Convolve([layer], [part]) for scope, (layer, part) in members.items() if scope not in self.merged}
        )

    def forward(self, x: Tensor) -> Tensor:
        """[N, C, H, W] to the joined outputs of the towers, rectified."""
        entered = dict(zip(self.merged, self.entry(x).split(self.widths, dim=1), strict=True))
        outputs = [output for tower in self.towers for output in self._climb(tower, x, entered)]
        return torch.cat([*outputs, self._pool(x, entered)], dim=1).relu_()

    def _climb(self, tower: Sequence[str], x: Tensor, entered: dict[str, Tensor]) -> list[Tensor]:
        """A tower's outputs before their ReLU: two where it ends in a fork."""
        head, *others = tower
        y = entered[head] if head in entered else self.rest[head](x)
        for scope in (scope for scope in others if "/mixed/" not in scope):
            y = self.rest[scope](y.relu())
        fork = [scope for scope in others if "/mixed/" in scope]
        if not fork:
            return [y]
        y = y.relu()
        return [self.rest[scope](y) for scope in fork]

    def _pool(self, x: Tensor, entered: dict[str, Tensor]) -> Tensor:
        """The output of the tower that pools, before its ReLU."""
        if self.kind == "reduction":
            return F.max_pool2d(x, 3, 2)
        if self.kind == "maximum":
            convolved: Tensor = self.rest[self.pooled](F.max_pool2d(x, 3, 1, padding=1))
            return convolved
        averaged = F.avg_pool2d(entered[self.pooled], 3, 1, padding=1, count_include_pad=False)
        return averaged + self.pooled_bias[:, None, None]


def _block(scope: str) -> str:
    return scope.partition("/")[0] if "/" in scope else ""


def _towers(block: str, scopes: Sequence[str]) -> list[list[str]]:
    """The scopes of each tower, without the one that pools: a lone ``conv`` first, then ``tower``, ``tower_1``."""

    def tower(scope: str) -> str:
        return scope.removeprefix(f"{block}/").partition("/")[0]

    return [list(members) for name, members in groupby(scopes, tower) if name != "tower_2"]


def layers_width(scope: str) -> int:
    """The channels of a convolution's output."""
    return next(layer.out_channels for layer in layers() if layer.scope == scope)


def resize(images: Tensor) -> Tensor:
    """uint8 [N, H, W, 3] to float32 [N, 3, 299, 299] in 0..255, as TensorFlow 1's ``resize_bilinear`` does.

    Corners are not aligned and pixels have no centres: output pixel i lies at i * H / 299. Every operation is in
    float32 and in TensorFlow's order, so on a CPU the result is the same to the last bit.
    """
    x = images.permute(0, 3, 1, 2).float()
    x = _interpolate(x, 3)
    return _interpolate(x, 2).contiguous(memory_format=torch.channels_last)


def _interpolate(x: Tensor, dim: int) -> Tensor:
    """Linear interpolation to 299 positions along one dimension."""
    size = x.shape[dim]
    if size == IMAGE_SIZE:
        return x
    scale = np.float32(size) / np.float32(IMAGE_SIZE)
    position = np.arange(IMAGE_SIZE, dtype=np.float32) * scale
    lower = np.floor(position).astype(np.int64)
    upper = np.minimum(lower + 1, size - 1)
    share = torch.from_numpy(position - lower.astype(np.float32)).to(x.device)
    share = share.view([-1 if axis == dim else 1 for axis in range(x.ndim)])
    near, far = (x.index_select(dim, torch.from_numpy(index).to(x.device)) for index in (lower, upper))
    return far.sub_(near).mul_(share).add_(near)


class InceptionExtractor:
    """Features of RGB images of any size: 2,048 pooled, 2,023 spatial, 1,008 logits."""

    name = "inception"

    def __init__(self, weights: InceptionWeights, device: str = "cpu", dtype: str = "float32") -> None:
        self.weights_sha256 = weights.sha256
        self.settings: Mapping[str, str] = {**SETTINGS, "extractor_dtype": dtype}
        self.device = device
        network = InceptionNetwork(weights).eval().to(device=device, dtype=getattr(torch, dtype))
        self.network = network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        # TF32 would round the factors of each product to 10 bits, and move FID in the third digit.
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cuda.matmul.allow_tf32 = False

    @torch.inference_mode()
    def __call__(self, images: NDArray[np.uint8]) -> Features:
        """The features of uint8 images [N, H, W, 3]."""
        pixels = torch.from_numpy(np.ascontiguousarray(images))
        pieces = torch.split(pixels, CPU_PIECE if self.device == "cpu" else len(pixels))
        parts = [self.network(piece.to(self.device)) for piece in pieces]
        return Features(*(torch.cat(part).float().cpu().numpy() for part in zip(*parts, strict=True)))


def load(weights: Path | str | None, device: str, dtype: str = "float32") -> InceptionExtractor:
    """Loads the extractor with the weights of a file; without one, of the file that is fetched from OpenAI once.

    Raises:
        InputError: the file is missing, damaged or of another network, or cannot be fetched.
    """
    return InceptionExtractor(read_weights(weights or inception_file()), device, dtype)
