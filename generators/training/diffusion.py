"""Training of diffusion models by L_simple, L_vlb or both (2102.09672, sections 2 and 3; 2105.05233, appendix)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor, nn

from ..diffusion.entries import DenoisingEntry
from ..diffusion.process import GaussianDiffusion
from ..noise import Stream
from .layout import channels_last
from .losses import frozen_mean, simple_loss, vlb_loss
from .model import denoising_network
from .objective import Losses, Phase, Piece
from .optimizer import adamw
from .precision import autocast, keep_embeddings_and_output
from .recipe import DenoisingRecipe
from .timesteps import LossSecondMoment, TimestepSampler, UniformTimesteps, draw


class DiffusionObjective:
    """A denoising network, and the loss of its recipe."""

    def __init__(self, recipe: DenoisingRecipe, entry: DenoisingEntry, device: torch.device) -> None:
        schedule = entry.schedule
        self.recipe = recipe
        self.diffusion = GaussianDiffusion(
            schedule.respaced(""),
            device=device,
            rescale_timesteps=schedule.rescale_timesteps,
            variance=schedule.variance,
            predicts=schedule.predicts,
        )
        self.network = channels_last(denoising_network(entry), device)
        if recipe.precision != "float32":
            keep_embeddings_and_output(self.network, device)
        self.networks: Mapping[str, nn.Module] = {"model": self.network}
        self.phases: Sequence[Phase] = [Phase("model", self.losses)]
        kind = UniformTimesteps if recipe.timesteps == "uniform" else LossSecondMoment
        self.timesteps: TimestepSampler = kind(len(self.diffusion))
        self._seen: list[Tensor] = []

    def optimizers(self) -> Mapping[str, torch.optim.Optimizer]:
        """See :class:`~.objective.Objective`."""
        return {"model": adamw(self.network, self.recipe)}

    def losses(self, piece: Piece) -> Losses:
        """The losses of images at timesteps that are drawn, each multiplied by its weight of importance."""
        x0 = piece.images
        step, weights = draw(self.timesteps.probabilities(), piece.draws.uniform(Stream.TIMESTEP))
        noise = piece.draws.normal(Stream.TRAINING_NOISE, *x0.shape[1:]).to(x0.device, non_blocking=True)
        step, weights = step.to(x0.device), weights.to(x0.device)
        x = self.diffusion.q_sample(x0, step, noise)
        with autocast(self.recipe.precision, x0.device):
            output = self.predict(x, self.diffusion.timesteps[step], piece)
        loss, parts = self._parts(output, x0, x, noise, step)
        if self.recipe.timesteps != "uniform":
            self._seen.append(
                torch.stack([torch.from_numpy(piece.draws.places).to(loss), step.to(loss), loss.detach()])
            )
        parts = {"loss": loss, **parts}
        return Losses(loss * weights, {name: (part * weights).detach() for name, part in parts.items()})

    def predict(self, x: Tensor, timesteps: Tensor, piece: Piece) -> Tensor:
        """The network's output for noisy images."""
        output: Tensor = self.network(x, timesteps, piece.labels)
        return output

    def _parts(
        self, output: Tensor, x0: Tensor, x: Tensor, noise: Tensor, step: Tensor
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """The loss [N], and what it is made of."""
        simple = simple_loss(self.diffusion, output, x0, noise)
        if self.recipe.loss == "simple":
            return simple, {"mse": simple}
        if self.recipe.loss == "vlb":
            bound = vlb_loss(self.diffusion, output, x0, x, step)
            return bound, {"mse": simple, "vb": bound}
        bound = vlb_loss(self.diffusion, frozen_mean(output, x0.shape[1]), x0, x, step)
        return simple + self.recipe.vlb_weight * bound, {"mse": simple, "vb": bound}

    def end_step(self) -> None:
        """Tells the distribution of timesteps the step's losses, of all processes in the order of their places."""
        if not self._seen:
            return
        seen = torch.cat(self._seen, dim=1).double()
        self._seen = []
        if dist.is_initialized():
            of_all = [torch.empty_like(seen) for _ in range(dist.get_world_size())]
            dist.all_gather(of_all, seen)
            seen = torch.cat(of_all, dim=1)
        places, steps, losses = seen.cpu().numpy()
        order = np.argsort(places)
        order = order[np.isfinite(losses[order])]
        self.timesteps.update(steps[order].astype(np.int64), losses[order])

    def state(self) -> dict[str, Tensor]:
        """See :class:`~.objective.Objective`."""
        return self.timesteps.state()

    def load(self, state: dict[str, Tensor]) -> None:
        """See :class:`~.objective.Objective`."""
        self.timesteps.load(state)

    def finished(self, average: nn.Module) -> nn.Module:
        """The average as it is."""
        return average
