"""The common PyTorch files of BigGAN-deep (``pytorch-pretrained-BigGAN``), brought to this package's network."""

from __future__ import annotations

import torch
from torch import Tensor

from ...reference_batches import InputError

COLOURS = 3
LAST = "generator.conv_to_rgb."
"""The last convolution. In the files it has as many outputs as inputs, of which the first three are the image."""


def translate(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Folds the spectral norm into the weights and drops the outputs that nobody looks at.

    Files without spectral norm come through as they are, so that what has been translated can be stored and read again.

    Raises:
        InputError: the vectors of a weight's spectral norm are missing.
    """
    return {
        name: tensor[:COLOURS] if name.startswith(LAST) else tensor
        for name, tensor in fold_spectral_norm(tensors).items()
    }


def fold_spectral_norm(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Replaces each ``weight_orig``, ``weight_u`` and ``weight_v`` by the weight that they stand for.

    A weight W [out, ...], as a matrix [out, in], is divided by u^T W v, its largest singular value as training has
    estimated it (arXiv 1802.05957, algorithm 1). Sampling leaves u and v alone, so that once is enough.

    Raises:
        InputError: a weight has no u or no v.
    """
    folded = {name: tensor for name, tensor in tensors.items() if not _is_of_spectral_norm(name)}
    for name, weight in tensors.items():
        if name.endswith("weight_orig"):
            stem = name.removesuffix("_orig")
            for vector in (f"{stem}_u", f"{stem}_v"):
                if vector not in tensors:
                    raise InputError(f"the weights have {name} without {vector}, so that its spectral norm is unknown")
            u, v = tensors[f"{stem}_u"], tensors[f"{stem}_v"]
            matrix = weight.flatten(1)
            if (len(u), len(v)) != matrix.shape:
                raise InputError(f"{stem}_u and {stem}_v do not have the lengths {list(matrix.shape)} of {name}")
            folded[stem] = weight / torch.dot(u, torch.mv(matrix, v))
    return folded


def _is_of_spectral_norm(name: str) -> bool:
    return name.endswith(("weight_orig", "weight_u", "weight_v"))
