"""How noisy the gradient of a training is: the simple noise scale of 1812.06162, which 2102.09672 compares losses by.

B = tr(S) / |G|^2, where G is the gradient over all images, timesteps and noise, and S the covariance of that of a
single image (1812.06162, equation 2.9): about the batch size from which on larger batches gain little.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ..noise import Stream, random_bits
from .batches import TrainingBatch
from .images import TrainingImages
from .trainer import Trainer


@dataclass(frozen=True)
class GradientNoise:
    """An estimate of the noise scale, from batches of gradients.

    Attributes:
        scale: B, in images; None where the estimate of ``squared_norm`` is not over zero.
        variance: tr(S), of the gradient of one image.
        squared_norm: |G|^2.
        num_batches: that were looked at.
        batch_size: images of each.
    """

    scale: float | None
    variance: float
    squared_norm: float
    num_batches: int
    batch_size: int


def gradient_noise(trainer: Trainer, images: TrainingImages, num_batches: int) -> GradientNoise:
    """Measures the noise at the weights that a training has come to, which stay as they are.

    The images are drawn with replacement, and their timesteps, noise and dropout as in the steps after the last one, so
    nothing that was trained on is seen again; a distribution of timesteps that learns goes on learning.

    Args:
        trainer: of a diffusion model, filled with its checkpoint, in one process.
        images: what it is trained on.
        num_batches: how many of the recipe's batches, at least 2.
    """
    batch_size = trainer.recipe.batch_size
    total: Tensor | None = None
    squares = 0.0
    for number in range(num_batches):
        step = trainer.recipe.steps + number
        gradient = _gradient(trainer, step, _batch(images, trainer.recipe.seed, step, batch_size))
        squares += float(gradient.square().sum())
        total = gradient if total is None else total + gradient
    assert total is not None
    return estimate(squares, float(total.square().sum()), num_batches, batch_size)


def estimate(squares: float, squared_total: float, num_batches: int, batch_size: int) -> GradientNoise:
    """The noise scale from the gradients g_1 to g_M of M batches of b images, as in 1812.06162, appendix A.1.

    tr(S) / b is the variance of the g_i around their mean, and |G|^2 the square of that mean, less what the variance
    adds to it; both are free of bias. Their ratio is so in the limit of many batches.

    Args:
        squares: the sum of the |g_i|^2.
        squared_total: |g_1 + ... + g_M|^2.
        num_batches: M, at least 2.
        batch_size: b.
    """
    squared_mean = squared_total / num_batches**2
    variance = (squares - num_batches * squared_mean) / (num_batches - 1)
    squared_norm = squared_mean - variance / num_batches
    scale = batch_size * variance / squared_norm if squared_norm > 0 else None
    return GradientNoise(scale, batch_size * variance, squared_norm, num_batches, batch_size)


def _batch(images: TrainingImages, seed: int, step: int, batch_size: int) -> TrainingBatch:
    """Images drawn with replacement, so that those of one batch say nothing about those of another."""
    bits = random_bits(seed, np.arange(batch_size), Stream.SUBSET, step, (1,))[:, 0]
    indices = (bits % np.uint64(len(images))).astype(np.int64)
    pixels = np.stack([images.example(seed, step, int(index)).image for index in indices])
    labels = None if images.labels is None else torch.from_numpy(images.labels[indices])
    return TrainingBatch(torch.from_numpy(pixels), labels)


def _gradient(trainer: Trainer, step: int, batch: TrainingBatch) -> Tensor:
    """The gradient of a batch's mean loss, as one float64 vector."""
    (phase,) = trainer.objective.phases
    parameters = [each for each in trainer.networks[phase.network].parameters() if each.requires_grad]
    total: Tensor | None = None
    for piece in trainer.pieces(step, batch):
        piece.draws.seed_torch()
        loss = phase.losses(piece).total.sum() / len(batch.images)
        gradients = torch.autograd.grad(loss, parameters, allow_unused=True, materialize_grads=True)
        flat = torch.cat([gradient.flatten().double() for gradient in gradients])
        total = flat if total is None else total + flat
    trainer.objective.end_step()
    assert total is not None
    return total
