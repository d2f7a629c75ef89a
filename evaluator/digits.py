"""The digits extractor: a small convolutional classifier whose insides serve as features of 8x8 RGB images."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from ..reference_batches import InputError, sha256_file
from .features import Features

WEIGHTS = Path(__file__).parent / "weights" / "digits.safetensors"
IMAGE_SIZE = 8
SPATIAL_CHANNELS = (
    7  # of the second map, as sFID takes the first 7 channels of an Inception map (2105.05233, section 2.2)
)


class DigitsNetwork(nn.Module):
    """Convolutions at 8x8 and 4x4, a mean over positions, and a linear classifier of ten digits."""

    def __init__(self) -> None:
        super().__init__()
        self.fine = nn.Sequential(*_layer(3, 32), *_layer(32, 32))
        self.coarse = nn.Sequential(*_layer(32, 64, stride=2), *_layer(64, 64))
        self.pooled = nn.Sequential(*_layer(64, 64))
        self.dropout = nn.Dropout(0.2)
        self.classifier = nn.Linear(64, 10)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Images [N, 3, 8, 8] in [-1, 1] to the pooled [N, 64], the map [N, 64, 4, 4] and the logits [N, 10]."""
        coarse = self.coarse(self.fine(x))
        pool = self.pooled(coarse).mean(dim=(2, 3))
        return pool, coarse, self.classifier(self.dropout(pool))


def _layer(channels: int, out_channels: int, stride: int = 1) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(channels, out_channels, 3, stride, padding=1, bias=False),
        nn.BatchNorm2d(out_channels),
        nn.SiLU(),  # smooth: no atoms at zero that would tie the distances of precision and recall
    )


class DigitsExtractor:
    """Features of 8x8 images by a :class:`DigitsNetwork`: 64 pooled, 4 x 4 x 7 spatial, 10 logits."""

    name = "digits"
    settings: ClassVar[Mapping[str, str]] = {"resize": "none", "extractor_dtype": "float32"}

    def __init__(self, network: DigitsNetwork, weights_sha256: str, device: str = "cpu") -> None:
        self.network = network.eval().to(device)
        self.weights_sha256 = weights_sha256
        self.device = device

    @torch.inference_mode()
    def __call__(self, images: NDArray[np.uint8]) -> Features:
        """The features of uint8 images [N, 8, 8, 3].

        Raises:
            InputError: the images have another size.
        """
        if images.shape[1:] != (IMAGE_SIZE, IMAGE_SIZE, 3):
            size = "x".join(str(length) for length in images.shape[1:3])
            raise InputError(
                f"the digits extractor takes images of 8x8 pixels, not {size}; choose another extractor for these"
            )
        pool, coarse, logits = self.network(to_input(images).to(self.device))
        spatial = coarse[:, :SPATIAL_CHANNELS].permute(0, 2, 3, 1).flatten(1)
        return Features(*(part.float().cpu().numpy() for part in (pool, spatial, logits)))


def to_input(images: NDArray[np.uint8]) -> Tensor:
    """The network's input: uint8 [N, 8, 8, 3] -> float32 [N, 3, 8, 8] in [-1, 1]."""
    return torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 127.5 - 1


def check_own_weights() -> None:
    """Compares the weights that ship with the package with their record, as a flipped bit changes every score.

    Raises:
        InputError: one of the two files is missing or damaged.
    """
    try:
        recorded = json.loads(WEIGHTS.with_suffix(".json").read_text(encoding="utf-8"))["sha256"]
        sha256 = sha256_file(WEIGHTS)
    except FileNotFoundError as error:
        raise InputError(
            f"the extractor's weights {error.filename} do not exist; reinstall beatgans, or name a file with --weights"
        ) from None
    except (OSError, ValueError, LookupError, TypeError):
        raise InputError(f"the record of the extractor's weights {WEIGHTS} is damaged; reinstall beatgans") from None
    if sha256 != recorded:
        raise InputError(f"the extractor's weights {WEIGHTS} are damaged: their SHA-256 is not that of their record")


def load(weights: Path | str | None, device: str) -> DigitsExtractor:
    """Loads the extractor with the weights of a safetensors file, by default those that ship with the package.

    Raises:
        InputError: the file is missing or damaged, or its tensors are not those of the network.
    """
    path = WEIGHTS if weights is None else Path(weights)
    if weights is None:
        check_own_weights()
    network = DigitsNetwork()
    try:
        network.load_state_dict(load_file(path))
    except FileNotFoundError:
        raise InputError(
            f"the extractor's weights {path} do not exist; name a file that does, or leave the option out"
        ) from None
    except (SafetensorError, OSError) as error:
        raise InputError(f"the extractor's weights {path} are damaged ({error}); reinstall beatgans") from None
    except RuntimeError as error:
        reason = str(error).splitlines()[1].strip()
        raise InputError(f"{path} does not hold the weights of the digits extractor: {reason}") from None
    return DigitsExtractor(network, sha256_file(path), device)
