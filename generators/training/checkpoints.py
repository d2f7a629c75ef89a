"""Checkpoints of a training: files under OpenAI's names, of which the last two are kept.

``model{step:06d}.pt``, ``ema_{rate}_{step:06d}.pt`` and ``opt{step:06d}.pt`` are state_dicts as improved-diffusion and
guided-diffusion write them. ``state{step:06d}.pt`` has what these have no place for, and is written last: a checkpoint
is there once it is. A GAN's discriminator has ``discriminator{step:06d}.pt`` and ``discriminator_opt{step:06d}.pt``.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...reference_batches import InputError, atomic_write
from .trainer import Trainer

KEPT = 2
STATE = re.compile(r"state(\d{6,})\.pt")
OF_A_STEP = re.compile(r"(?:model|opt|discriminator|discriminator_opt|ema_[0-9.e-]+_|state)(\d{6,})\.pt")


def checkpoint_steps(folder: Path) -> list[int]:
    """The steps after which there is a whole checkpoint, ascending."""
    return sorted(int(match[1]) for path in folder.iterdir() if (match := STATE.fullmatch(path.name)))


def save_checkpoint(folder: Path, step: int, trainer: Trainer, facts: dict[str, Any]) -> None:
    """Writes a checkpoint, and removes those before the last two.

    Args:
        folder: of the training.
        step: the number of steps that are done.
        trainer: what to write.
        facts: of the training as a whole, plain values.

    Raises:
        OSError: a file cannot be written.
    """
    for name, network in trainer.networks.items():
        _save(folder / f"{name}{step:06d}.pt", _contiguous(network))
    for rate, average in trainer.averages.items():
        _save(folder / f"ema_{rate}_{step:06d}.pt", _contiguous(average.model))
    for name, optimizer in trainer.optimizers.items():
        _save(folder / f"{_optimizer_file(name)}{step:06d}.pt", optimizer.state_dict())
    _save(folder / f"state{step:06d}.pt", {"step": step, "trainer": trainer.state(), "facts": facts})
    remove_all_but(folder, checkpoint_steps(folder)[-KEPT:])


def load_checkpoint(folder: Path, step: int, trainer: Trainer) -> dict[str, Any]:
    """Fills a trainer with the checkpoint after ``step`` steps, and returns its facts.

    Raises:
        InputError: a file is missing, damaged, or of another recipe.
    """
    for name, network in trainer.networks.items():
        _fill(network, folder / f"{name}{step:06d}.pt")
    for rate, average in trainer.averages.items():
        _fill(average.model, folder / f"ema_{rate}_{step:06d}.pt")
    for name, optimizer in trainer.optimizers.items():
        path = folder / f"{_optimizer_file(name)}{step:06d}.pt"
        with _naming(path):
            optimizer.load_state_dict(_load(path))
    path = folder / f"state{step:06d}.pt"
    with _naming(path):
        state = _load(path)
        trainer.load_state(state["trainer"])
        facts: dict[str, Any] = dict(state["facts"])
    return facts


def remove_all_but(folder: Path, kept: list[int]) -> None:
    """Removes the files of all checkpoints but those after ``kept``, whole or not; first what makes them whole."""
    names = sorted((path.name for path in folder.iterdir()), key=lambda name: not STATE.fullmatch(name))
    for name in names:
        match = OF_A_STEP.fullmatch(name)
        if match and int(match[1]) not in kept:
            (folder / name).unlink()


def _optimizer_file(network: str) -> str:
    return "opt" if network == "model" else f"{network}_opt"


def _contiguous(network: nn.Module) -> dict[str, Tensor]:
    """A state_dict in the ordinary memory format."""
    return {name: tensor.contiguous() for name, tensor in network.state_dict().items()}


def _save(path: Path, content: object) -> None:
    with atomic_write(path) as file:
        try:
            torch.save(content, file)
        except RuntimeError as error:
            if isinstance(error.__context__, OSError):
                raise error.__context__ from error  # a full disk: PyTorch raises its own complaint on top
            raise


def _load(path: Path) -> Any:
    return torch.load(path, map_location="cpu", weights_only=True)


def _fill(network: nn.Module, path: Path) -> None:
    """Copies a file's tensors into a network, whose own keep their memory format."""
    with _naming(path):
        network.load_state_dict(_load(path))


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Says which file is to blame.

    Raises:
        InputError: in place of whatever was raised: a damaged file can make PyTorch raise anything.
    """
    try:
        yield
    except Exception as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise InputError(
            f"the checkpoint {path} cannot be used ({reason}); delete those of its step to go on from the one before"
        ) from error
