"""Training of the diffusion model and of the noisy classifier that guides it (arXiv 2105.05233, 2102.09672)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..diffusion.classifier import NoisyClassifier
from ..diffusion.process import GaussianDiffusion
from ..diffusion.schedule import Schedule
from ..diffusion.unet import UNet, UNetConfig
from .data import shuffled_batches
from .ema import ExponentialMovingAverage
from .layout import Network, channels_last
from .losses import hybrid_loss


@dataclass(frozen=True)
class DiffusionRecipe:
    """Hyperparameters of one training of a UNet or of a noisy classifier."""

    steps: int
    batch_size: int
    learning_rate: float
    weight_decay: float
    ema_decay: float
    warmup_steps: int


def train_diffusion(
    config: UNetConfig,
    recipe: DiffusionRecipe,
    schedule: Schedule,
    images: Tensor,
    labels: Tensor,
    seed: int,
    progress: Callable[[int], None],
) -> UNet:
    """Trains a class-conditional UNet with learned variance by the hybrid loss; returns its average.

    Images are [N, C, S, S] in [-1, 1], labels int64 [N]. ``progress`` is called with 1 after every step.
    """
    torch.manual_seed(seed)
    random = torch.Generator().manual_seed(seed)
    diffusion = GaussianDiffusion(schedule, device=images.device)
    network = channels_last(UNet(config), images.device)

    def loss(x0: Tensor, classes: Tensor) -> Tensor:
        x, step, noise = diffuse(diffusion, x0, random)
        output = network(x, diffusion.timesteps[step], classes)
        return hybrid_loss(diffusion, output, x0, x, noise, step).mean()

    return optimize(network, loss, shuffled_batches(images, labels, recipe.batch_size, random), recipe, progress)


def train_classifier(
    config: UNetConfig,
    recipe: DiffusionRecipe,
    schedule: Schedule,
    images: Tensor,
    labels: Tensor,
    seed: int,
    progress: Callable[[int], None],
) -> NoisyClassifier:
    """Trains a classifier of images at uniformly drawn timesteps (2105.05233, appendix H); returns its average."""
    torch.manual_seed(seed)
    random = torch.Generator().manual_seed(seed)
    diffusion = GaussianDiffusion(schedule, device=images.device)
    network = channels_last(NoisyClassifier(config), images.device)

    def loss(x0: Tensor, classes: Tensor) -> Tensor:
        x, step, _ = diffuse(diffusion, x0, random)
        return F.cross_entropy(network(x, diffusion.timesteps[step]), classes)

    return optimize(network, loss, shuffled_batches(images, labels, recipe.batch_size, random), recipe, progress)


def diffuse(diffusion: GaussianDiffusion, x0: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Noises each image to a uniformly drawn step: (x_t, step int64 [N], the noise)."""
    step = torch.randint(len(diffusion), (len(x0),), generator=random).to(x0.device)
    noise = torch.randn(x0.shape, generator=random).to(x0)
    return diffusion.q_sample(x0, step, noise), step, noise


def optimize(
    network: Network,
    loss: Callable[[Tensor, Tensor], Tensor],
    batches: Iterator[tuple[Tensor, Tensor]],
    recipe: DiffusionRecipe,
    progress: Callable[[int], None],
) -> Network:
    """Minimizes the loss with AdamW, the rate rising over the warm-up, then falling to 0; returns the average."""
    average = ExponentialMovingAverage(network, recipe.ema_decay)
    optimizer = torch.optim.AdamW(network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / recipe.warmup_steps, 1 - step / recipe.steps)
    )
    network.train()
    for _, (images, labels) in zip(range(recipe.steps), batches, strict=False):
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(loss(images, labels))
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        average.update(network)
        progress(1)
    return average.model.eval()
