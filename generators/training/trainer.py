"""One training: its networks, optimizers and averages, and a step of it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from torch import Tensor

from ..diffusion.entries import ClassifierEntry, DiffusionEntry, UpsamplerEntry
from ..gan.entry import GanEntry
from .batches import TrainingBatch
from .classifier import ClassifierObjective
from .diffusion import DiffusionObjective
from .draws import Draws, seed_torch
from .ema import ExponentialMovingAverage
from .gan import GanObjective
from .gradients import add_up_over_processes, gradients_of, multiply, norm_of
from .model import TrainedEntry
from .objective import Objective, Piece
from .precision import LossScale
from .rates import rate_factor
from .recipe import AdamWRecipe, ClassifierRecipe, DiffusionRecipe, GanRecipe, Recipe, UpsamplerRecipe
from .upsampler import UpsamplerObjective


@dataclass(frozen=True)
class StepReport:
    """What a step came to.

    Attributes:
        parts: means over this process's images, scalars on the device, by their names in the log.
        gradient_norms: before any clipping, by the network's name.
        learning_rates: likewise.
        was_taken: False where float16 overflowed.
    """

    parts: Mapping[str, Tensor]
    gradient_norms: Mapping[str, float]
    learning_rates: Mapping[str, float]
    was_taken: bool


class Trainer:
    """Everything that goes from one step of a training to the next."""

    def __init__(self, recipe: Recipe, entry: TrainedEntry, device: str) -> None:
        """Begins with the random weights of the recipe's seed."""
        self.recipe = recipe
        self.device = torch.device(device)
        self.rank = dist.get_rank() if dist.is_initialized() else 0
        self.world_size = dist.get_world_size() if dist.is_initialized() else 1
        seed_torch(recipe.seed, 0, 0)
        self.objective = make_objective(recipe, entry, self.device)
        self.networks = self.objective.networks
        for network in self.networks.values():
            network.train()
        self.optimizers = self.objective.optimizers()
        self._full_rates = {name: optimizer.param_groups[0]["lr"] for name, optimizer in self.optimizers.items()}
        model = self.networks["model"]
        self.averages = {rate: ExponentialMovingAverage(model, rate, recipe.ema_warm_up) for rate in recipe.ema_rates}
        if isinstance(recipe, AdamWRecipe):
            scale = LossScale(recipe.precision, recipe.initial_log2_loss_scale, recipe.loss_scale_growth)
        else:
            scale = LossScale("float32", 0, 0)
        self.loss_scale = scale

    @property
    def share(self) -> int:
        """Images of a step that this process computes."""
        return self.recipe.batch_size // self.world_size

    def step(self, step: int, batch: TrainingBatch) -> StepReport:
        """Takes a step, counted from 0, on this process's share of its images.

        Raises:
            FloatingPointError: a gradient is not finite.
        """
        parts: dict[str, Tensor] = {}
        norms: dict[str, float] = {}
        rates: dict[str, float] = {}
        was_taken = True
        pieces = list(self.pieces(step, batch))
        for phase in self.objective.phases:
            network, optimizer = self.networks[phase.network], self.optimizers[phase.network]
            optimizer.zero_grad(set_to_none=True)
            for piece in pieces:
                piece.draws.seed_torch()
                losses = phase.losses(piece)
                mean = losses.total.sum() / self.recipe.batch_size
                torch.autograd.backward(mean * self.loss_scale.scale if self.loss_scale.is_used else mean)
                for name, part in losses.parts.items():
                    parts[name] = parts.get(name, torch.zeros((), device=self.device)) + part.sum() / self.share
            gradients = gradients_of(network)
            add_up_over_processes(gradients)
            scale = self.loss_scale.scale
            multiply(gradients, 1 / scale)
            norm = float(norm_of(gradients))
            norms[phase.network], rates[phase.network] = norm, self._set_rate(phase.network, step)
            if not self.loss_scale.accepts(math.isfinite(norm), step):
                was_taken = False
                continue
            clip = self.recipe.gradient_clip if isinstance(self.recipe, AdamWRecipe) else None
            if clip is not None and norm > clip:
                multiply(gradients, clip / norm)
            optimizer.step()
        self.objective.end_step()
        if was_taken:
            for average in self.averages.values():
                average.update(self.networks["model"])
        return StepReport(parts, norms, rates, was_taken)

    def pieces(self, step: int, batch: TrainingBatch) -> Iterator[Piece]:
        """The images of a step in the pieces that are computed at once."""
        number = len(batch.images)
        size = min(self.recipe.microbatch or number, number)
        first = self.rank * number
        for start in range(0, number, size):
            images = batch.images[start : start + size].to(self.device, non_blocking=True)
            labels = None if batch.labels is None else batch.labels[start : start + size].to(self.device)
            places = np.arange(first + start, first + start + len(images), dtype=np.int64)
            yield Piece(
                images.permute(0, 3, 1, 2).float() / 127.5 - 1,  # its channels stay innermost
                labels,
                Draws(self.recipe.seed, step, places),
                is_whole=size == number,
            )

    def _set_rate(self, network: str, step: int) -> float:
        recipe = self.recipe
        warm_up = recipe.warm_up if isinstance(recipe, AdamWRecipe) else 0
        rate: float = self._full_rates[network] * rate_factor(step, recipe.steps, warm_up, recipe.anneal_from)
        for group in self.optimizers[network].param_groups:
            group["lr"] = rate
        return rate

    def state(self) -> dict[str, Any]:
        """What goes on beside networks, averages and optimizers: plain numbers and tensors."""
        return {
            "log2_loss_scale": self.loss_scale.log2,
            "skipped_steps": self.loss_scale.skipped,
            "ema_steps": {str(rate): average.steps for rate, average in self.averages.items()},
            "objective": self.objective.state(),
        }

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Takes what :meth:`state` gave."""
        self.loss_scale.log2 = state["log2_loss_scale"]
        self.loss_scale.skipped = state["skipped_steps"]
        for rate, average in self.averages.items():
            average.steps = state["ema_steps"][str(rate)]
        self.objective.load(state["objective"])

    def finished(self) -> torch.nn.Module:
        """The model that comes out: made of the first of the averages."""
        return self.objective.finished(self.averages[self.recipe.ema_rates[0]].model).eval()


def make_objective(recipe: Recipe, entry: TrainedEntry, device: torch.device) -> Objective:
    """The networks and losses of a recipe."""
    match recipe, entry:
        case DiffusionRecipe(), DiffusionEntry():
            return DiffusionObjective(recipe, entry, device)
        case UpsamplerRecipe(), UpsamplerEntry():
            return UpsamplerObjective(recipe, entry, device)
        case ClassifierRecipe(), ClassifierEntry():
            return ClassifierObjective(recipe, entry, device)
        case GanRecipe(), GanEntry():
            return GanObjective(recipe, entry, device)
    raise TypeError(f"a {recipe.family} recipe trains no {entry.family} model")
