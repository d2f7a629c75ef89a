"""Training of BigGAN-deep: hinge loss, spectral norm in both networks, differentiable augmentation, averaged generator.

Brock et al., arXiv 1809.11096; hinge loss of arXiv 1705.02894; augmentation after arXiv 2006.10738, which is what makes
a GAN of a thousand training images a fair baseline.

The latent is the truncated normal that images are sampled from, where BigGAN trains on an uncut one. So truncation 1 is
the model as it was trained, and a sweep over truncations has its full variety at its end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.nn.utils.parametrize import is_parametrized, remove_parametrizations

from ..gan.biggan_deep import BigGANDeepConfig, BigGANDeepDiscriminator, BigGANDeepGenerator
from ..gan.blocks import EPSILON, TruncatedBatchNorm
from .data import shuffled_batches
from .ema import ExponentialMovingAverage
from .layout import channels_last

STATISTICS_BATCHES = 4
STATISTICS_BATCH_SIZE = 500

Network = TypeVar("Network", bound=nn.Module)


@dataclass(frozen=True)
class GanRecipe:
    """Hyperparameters of one training, under the names of the BigGAN paper."""

    steps: int
    batch_size: int
    generator_learning_rate: float
    discriminator_learning_rate: float
    ema_decay: float
    augmentation_shift: int
    """The largest shift, in pixels, of the images that the discriminator sees."""


def train_gan(
    config: BigGANDeepConfig,
    recipe: GanRecipe,
    images: Tensor,
    labels: Tensor,
    seed: int,
    progress: Callable[[int], None],
) -> BigGANDeepGenerator:
    """Trains a generator on images [N, 3, S, S] in [-1, 1] and returns its average, ready to sample from.

    The learning rates fall linearly to zero over the second half. ``progress`` is called with 1 after every step.
    """
    device = images.device
    torch.manual_seed(seed)
    random = torch.Generator().manual_seed(seed)
    generator = channels_last(with_spectral_norm(orthogonal(BigGANDeepGenerator(config))), device)
    discriminator = channels_last(with_spectral_norm(orthogonal(BigGANDeepDiscriminator(config))), device)
    average = ExponentialMovingAverage(generator, recipe.ema_decay)
    generator_optimizer = torch.optim.Adam(generator.parameters(), recipe.generator_learning_rate, betas=(0.0, 0.99))
    discriminator_optimizer = torch.optim.Adam(
        discriminator.parameters(), recipe.discriminator_learning_rate, betas=(0.0, 0.99)
    )
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, 2 * (1 - step / recipe.steps)))
        for optimizer in (generator_optimizer, discriminator_optimizer)
    ]
    batches = shuffled_batches(images, labels, recipe.batch_size, random)

    for _ in range(recipe.steps):
        classes = torch.randint(config.num_classes, (recipe.batch_size,), generator=random).to(device)
        latents = truncated_normal(recipe.batch_size, config.latent_width, random).to(device)
        made = generator(latents, classes)

        real, real_classes = next(batches)
        shown = augment(torch.cat([real, made.detach()]), recipe, random)
        real_score, made_score = discriminator(shown, torch.cat([real_classes, classes])).split(recipe.batch_size)
        discriminator_optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(F.relu(1 - real_score).mean() + F.relu(1 + made_score).mean())
        discriminator_optimizer.step()

        discriminator.requires_grad_(False)  # the generator's step needs the gradient of the images alone
        score = discriminator(augment(made, recipe, random), classes)
        generator_optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(-score.mean())
        generator_optimizer.step()
        discriminator.requires_grad_(True)

        average.update(generator)
        for schedule in schedules:
            schedule.step()
        progress(1)
    return finish_generator(average.model, seed)


def augment(images: Tensor, recipe: GanRecipe, random: torch.Generator) -> Tensor:
    """Shifts each image at random, differentiably, so that the discriminator does not learn a few images by heart.

    Real and made images go through the same distribution of shifts. What moves in is -1, the background.
    """
    shift = recipe.augmentation_shift
    n, _, height, width = images.shape
    padded = F.pad(images, [shift] * 4, value=-1.0)
    rows = torch.randint(2 * shift + 1, (n,), generator=random)[:, None] + torch.arange(height)
    columns = torch.randint(2 * shift + 1, (n,), generator=random)[:, None] + torch.arange(width)
    samples = torch.arange(n)[:, None, None]
    return padded.permute(0, 2, 3, 1)[samples, rows[:, :, None], columns[:, None, :]].permute(0, 3, 1, 2)


def orthogonal(model: Network) -> Network:
    """Initializes all convolutions, projections and embeddings as BigGAN does."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear | nn.Embedding):
            nn.init.orthogonal_(module.weight)
            if isinstance(bias := getattr(module, "bias", None), Tensor):
                nn.init.zeros_(bias)
    return model


def with_spectral_norm(model: Network) -> Network:
    """Divides the weights of all convolutions, projections and embeddings by their largest singular value.

    The generator's class embedding is left free, as in BigGAN: at norm one the latent would drown it.
    """
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.Conv2d | nn.Linear | nn.Embedding) and not (
            isinstance(model, BigGANDeepGenerator) and name == "embeddings"
        ):
            spectral_norm(module, eps=EPSILON)
    return model


def finish_generator(generator: BigGANDeepGenerator, seed: int) -> BigGANDeepGenerator:
    """Folds the spectral norm into the weights and collects the batch-norm statistics of every truncation."""
    for module in list(generator.modules()):
        if is_parametrized(module):
            remove_parametrizations(module, "weight", leave_parametrized=True)
    collect_statistics(generator, seed)
    return generator.eval()


@torch.no_grad()
def collect_statistics(generator: BigGANDeepGenerator, seed: int) -> None:
    """Fills each row of batch-norm statistics with the average over batches of latents at that row's truncation."""
    generator.train()
    random = torch.Generator().manual_seed(seed)
    device = next(generator.parameters()).device
    norms = [module for module in generator.modules() if isinstance(module, TruncatedBatchNorm)]
    rows = generator.config.num_truncations
    for row in range(rows):
        truncation = row / (rows - 1)
        sums: dict[nn.Module, list[Tensor]] = {
            norm: [torch.zeros_like(norm.running_means[0]), torch.zeros_like(norm.running_vars[0])] for norm in norms
        }

        def add(norm: nn.Module, inputs: tuple[Tensor, ...], sums: dict[nn.Module, list[Tensor]] = sums) -> None:
            variance, mean = torch.var_mean(inputs[0], dim=(0, 2, 3), correction=0)
            sums[norm][0] += mean / STATISTICS_BATCHES
            sums[norm][1] += variance / STATISTICS_BATCHES

        hooks = [norm.register_forward_pre_hook(add) for norm in norms]
        for _ in range(STATISTICS_BATCHES):
            latents = truncation * truncated_normal(STATISTICS_BATCH_SIZE, generator.config.latent_width, random)
            classes = torch.arange(STATISTICS_BATCH_SIZE) % generator.config.num_classes
            generator(latents.to(device), classes.to(device), truncation)
        for hook in hooks:
            hook.remove()
        for norm in norms:
            norm.running_means[row], norm.running_vars[row] = sums[norm]


def truncated_normal(n: int, width: int, random: torch.Generator) -> Tensor:
    """A standard normal cut at plus and minus 2: [n, width]."""
    return nn.init.trunc_normal_(torch.empty(n, width), a=-2.0, b=2.0, generator=random)
