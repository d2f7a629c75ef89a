"""Training of BigGAN-deep: hinge loss, spectral norm in both networks, differentiable augmentation, averaged generator.

Brock et al., arXiv 1809.11096; hinge loss of arXiv 1705.02894; augmentation after arXiv 2006.10738, which is what makes
a GAN of a thousand training images a fair baseline.

The latent is the truncated normal that images are sampled from, where BigGAN trains on an uncut one. So truncation 1 is
the model as it was trained, and a sweep over truncations has its full variety at its end.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm
from torch.nn.utils.parametrize import is_parametrized

from ..gan.biggan_deep import BigGANDeepDiscriminator, BigGANDeepGenerator
from ..gan.blocks import EPSILON, TruncatedBatchNorm
from ..gan.entry import LATENT_BOUND, GanEntry
from ..noise import Stream
from .draws import Draws
from .layout import Network, channels_last
from .model import gan_config
from .objective import Losses, Phase, Piece
from .recipe import GanRecipe


class GanObjective:
    """A generator and a discriminator, each moved once a step: the discriminator first, on the images of both."""

    def __init__(self, recipe: GanRecipe, entry: GanEntry, device: torch.device) -> None:
        config = gan_config(entry)
        self.recipe = recipe
        self.config = config
        self.generator = channels_last(with_spectral_norm(orthogonal(BigGANDeepGenerator(config))), device)
        self.discriminator = channels_last(with_spectral_norm(orthogonal(BigGANDeepDiscriminator(config))), device)
        self.networks: Mapping[str, nn.Module] = {"model": self.generator, "discriminator": self.discriminator}
        self.phases: Sequence[Phase] = [
            Phase("discriminator", self.discriminator_losses), Phase("model", self.generator_losses)
        ]  # fmt: skip
        self._made: Tensor | None = None

    def optimizers(self) -> Mapping[str, torch.optim.Optimizer]:
        """See :class:`~.objective.Objective`."""
        rates = {"model": self.recipe.generator_learning_rate, "discriminator": self.recipe.discriminator_learning_rate}
        return {
            name: torch.optim.Adam(network.parameters(), rates[name], self.recipe.adam_betas, fused=True)
            for name, network in self.networks.items()
        }

    def discriminator_losses(self, piece: Piece) -> Losses:
        """The hinge loss of real images and of those that are made for the same places of the batch."""
        assert piece.labels is not None, "a GAN is trained with classes"
        made = self._make(piece)
        self._made = made if piece.is_whole else None
        classes = self._classes(piece)
        real = self._augment(piece.images, piece, 0)
        shown = torch.cat([real, self._augment(made.detach(), piece, 1)])
        score = self.discriminator(shown, torch.cat([piece.labels, classes]))
        real_score, made_score = score.split(len(piece.images))
        loss = F.relu(1 - real_score) + F.relu(1 + made_score)
        return Losses(
            loss,
            {"loss": loss.detach(), "real_score": real_score.detach(), "made_score": made_score.detach()},
        )

    def generator_losses(self, piece: Piece) -> Losses:
        """What the discriminator, now moved, thinks of the same images.

        They are made again where a step is computed in pieces, as keeping them would take the memory that pieces save.
        """
        made = self._make(piece) if self._made is None else self._made
        self._made = None
        self.discriminator.requires_grad_(False)  # the generator's step needs the gradient of the images alone
        score = self.discriminator(self._augment(made, piece, 2), self._classes(piece))
        self.discriminator.requires_grad_(True)
        return Losses(-score, {"generator_loss": -score.detach()})

    def end_step(self) -> None:
        """Nothing is left to do."""

    def state(self) -> dict[str, Tensor]:
        """Nothing else goes from a step to the next."""
        return {}

    def load(self, state: dict[str, Tensor]) -> None:
        """Takes nothing."""

    def finished(self, average: nn.Module) -> nn.Module:
        """The averaged generator, ready to sample from."""
        assert isinstance(average, BigGANDeepGenerator)
        recipe = self.recipe
        return finish_generator(average, recipe.seed, recipe.statistics_batches, recipe.statistics_batch_size)

    def _classes(self, piece: Piece) -> Tensor:
        """Of the images that are made: int64 [n]."""
        return piece.draws.integers(Stream.TRAINING_LABEL, self.config.num_classes).to(piece.images.device)

    def _make(self, piece: Piece) -> Tensor:
        latents = piece.draws.truncated_normal(Stream.TRAINING_LATENT, self.config.latent_width, LATENT_BOUND)
        made: Tensor = self.generator(latents.to(piece.images.device), self._classes(piece))
        return made

    def _augment(self, images: Tensor, piece: Piece, turn: int) -> Tensor:
        """Shifts images at random; each of a step's three turns has its own shifts."""
        limit = self.recipe.augmentation_shift
        if limit == 0:
            return images
        shifts = piece.draws.integers(Stream.SHIFT, 2 * limit + 1, 3, 2)[:, turn]
        return augment(images, shifts.to(images.device), limit)


def augment(images: Tensor, shifts: Tensor, limit: int) -> Tensor:
    """Shifts each image, differentiably, so that the discriminator does not learn a few images by heart.

    Real and made images go through the same distribution of shifts. What moves in is -1, the background.

    Args:
        images: [N, C, H, W].
        shifts: int64 [N, 2], rows and columns from 0 to ``2 * limit``, of which ``limit`` leaves the image in place.
        limit: the largest shift, in pixels.
    """
    n, _, height, width = images.shape
    device = images.device
    padded = F.pad(images, [limit] * 4, value=-1.0)
    rows = shifts[:, :1] + torch.arange(height, device=device)
    columns = shifts[:, 1:] + torch.arange(width, device=device)
    samples = torch.arange(n, device=device)[:, None, None]
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


def finish_generator(
    generator: BigGANDeepGenerator, seed: int, num_batches: int, batch_size: int
) -> BigGANDeepGenerator:
    """A copy with the spectral norm in the weights and the batch-norm statistics of every truncation."""
    finished = without_spectral_norm(generator)
    collect_statistics(finished, seed, num_batches, batch_size)
    return finished.eval()


@torch.no_grad()
def without_spectral_norm(generator: BigGANDeepGenerator) -> BigGANDeepGenerator:
    """A copy whose weights are those that the norm makes of the original's.

    A new network, as PyTorch takes a parametrization from all copies of a module when it takes it from one.
    """
    was_training = generator.training
    generator.eval()  # or else every look at a weight is a step of power iteration
    weights = {name: tensor for name, tensor in generator.state_dict().items() if ".parametrizations." not in name}
    for name, module in generator.named_modules():
        if is_parametrized(module):
            assert isinstance(module.weight, Tensor)
            weights[f"{name}.weight"] = module.weight
    generator.train(was_training)
    copied = BigGANDeepGenerator(generator.config).to(next(generator.parameters()).device)
    copied.load_state_dict(weights)
    return copied.requires_grad_(False)


@torch.no_grad()
def collect_statistics(generator: BigGANDeepGenerator, seed: int, num_batches: int, batch_size: int) -> None:
    """Fills each row of batch-norm statistics with the average over batches of latents at that row's truncation."""
    generator.train()
    device = next(generator.parameters()).device
    norms = [module for module in generator.modules() if isinstance(module, TruncatedBatchNorm)]
    rows, config = generator.config.num_truncations, generator.config
    for row in range(rows):
        truncation = row / (rows - 1)
        sums: dict[nn.Module, list[Tensor]] = {
            norm: [torch.zeros_like(norm.running_means[0]), torch.zeros_like(norm.running_vars[0])] for norm in norms
        }

        def add(norm: nn.Module, inputs: tuple[Tensor, ...], sums: dict[nn.Module, list[Tensor]] = sums) -> None:
            variance, mean = torch.var_mean(inputs[0], dim=(0, 2, 3), correction=0)
            sums[norm][0] += mean / num_batches
            sums[norm][1] += variance / num_batches

        hooks = [norm.register_forward_pre_hook(add) for norm in norms]
        for batch in range(num_batches):
            draws = Draws(seed, row * num_batches + batch, np.arange(batch_size))
            latents = truncation * draws.truncated_normal(Stream.STATISTICS, config.latent_width, LATENT_BOUND)
            classes = torch.arange(batch_size) % config.num_classes
            generator(latents.to(device), classes.to(device), truncation)
        for hook in hooks:
            hook.remove()
        for norm in norms:
            norm.running_means[row], norm.running_vars[row] = sums[norm]
