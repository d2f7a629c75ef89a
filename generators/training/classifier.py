"""Training of the noisy classifiers that guide diffusion models (2105.05233, section 4 and appendix H)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..diffusion.entries import ClassifierEntry
from ..diffusion.process import GaussianDiffusion
from ..noise import Stream
from .layout import channels_last
from .model import classifying_network, schedule_of
from .objective import Losses, Phase, Piece
from .optimizer import adamw
from .precision import autocast, keep_embeddings_and_output
from .recipe import ClassifierRecipe
from .timesteps import UniformTimesteps, draw


class ClassifierObjective:
    """A classifier of images at timesteps that are drawn uniformly, and its cross-entropy."""

    def __init__(self, recipe: ClassifierRecipe, entry: ClassifierEntry, device: torch.device) -> None:
        schedule = schedule_of(recipe, entry)
        self.recipe = recipe
        self.diffusion = GaussianDiffusion(
            schedule.respaced(""), device=device, rescale_timesteps=schedule.rescale_timesteps
        )
        self.network = channels_last(classifying_network(entry), device)
        if recipe.precision != "float32":
            keep_embeddings_and_output(self.network, device)
        self.networks: Mapping[str, nn.Module] = {"model": self.network}
        self.phases: Sequence[Phase] = [Phase("model", self.losses)]
        self._probabilities = UniformTimesteps(len(self.diffusion)).probabilities()

    def optimizers(self) -> Mapping[str, torch.optim.Optimizer]:
        """See :class:`~.objective.Objective`."""
        return {"model": adamw(self.network, self.recipe)}

    def losses(self, piece: Piece) -> Losses:
        """The cross-entropies, and how many classes were named rightly."""
        x0, labels = piece.images, piece.labels
        assert labels is not None, "a classifier is trained with classes"
        step = draw(self._probabilities, piece.draws.uniform(Stream.TIMESTEP))[0].to(x0.device)
        x = x0
        if not self.recipe.clean_images:
            noise = piece.draws.normal(Stream.TRAINING_NOISE, *x0.shape[1:]).to(x0.device, non_blocking=True)
            x = self.diffusion.q_sample(x0, step, noise)
        with autocast(self.recipe.precision, x0.device):
            logits = self.network(x, self.diffusion.timesteps[step])
        loss = F.cross_entropy(logits, labels, reduction="none")
        return Losses(loss, {"loss": loss.detach(), "accuracy": (logits.argmax(dim=1) == labels).float()})

    def end_step(self) -> None:
        """Nothing is left to do."""

    def state(self) -> dict[str, Tensor]:
        """Nothing else goes from a step to the next."""
        return {}

    def load(self, state: dict[str, Tensor]) -> None:
        """Takes nothing."""

    def finished(self, average: nn.Module) -> nn.Module:
        """The average as it is."""
        return average
