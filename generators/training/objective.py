"""What a kind of training is made of: its networks, and how each of them is moved within a step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn

from .draws import Draws


@dataclass(frozen=True)
class Piece:
    """Images of a step that are computed at once.

    Attributes:
        images: float [n, 3, S, S] in [-1, 1].
        labels: int64 [n], where the training takes some.
        draws: their random numbers.
        is_whole: whether it is all of this process's share of the step.
    """

    images: Tensor
    labels: Tensor | None
    draws: Draws
    is_whole: bool


class Losses(NamedTuple):
    """What a piece came to."""

    total: Tensor
    """float [n]: the mean over all images of the step is minimized."""
    parts: Mapping[str, Tensor]
    """What is logged: float [n] each, without gradients."""


@dataclass(frozen=True)
class Phase:
    """One update of one network. A step has one phase, and that of a GAN two.

    Attributes:
        network: its name among the objective's.
        losses: of a piece.
    """

    network: str
    losses: Callable[[Piece], Losses]


class Objective(Protocol):
    """A kind of training.

    Attributes:
        networks: by name; ``model`` is what comes out, and what is averaged.
        phases: of a step, in turn.
    """

    networks: Mapping[str, nn.Module]
    phases: Sequence[Phase]

    def optimizers(self) -> Mapping[str, torch.optim.Optimizer]:
        """One for each network, at the recipe's full rates."""
        ...

    def end_step(self) -> None:
        """Called when all phases of a step are done."""
        ...

    def state(self) -> dict[str, Tensor]:
        """What else goes from a step to the next."""
        ...

    def load(self, state: dict[str, Tensor]) -> None:
        """Takes what :meth:`state` gave."""
        ...

    def finished(self, average: nn.Module) -> nn.Module:
        """The model that comes out, made of the average of ``model``."""
        ...
