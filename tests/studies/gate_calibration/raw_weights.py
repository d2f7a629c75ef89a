"""Weights as they are in training, not averaged: what is sampled from where the average was forgotten.

They do not ship. These are the shipped average trained on by the recipe's own loss, data, batch size and optimizer at a
constant rate, without averaging: a stand-in for the weights of a training at its height, around which the average lies.
"""

from __future__ import annotations

from pathlib import Path

import torch

from beatgans.evaluator.digits import to_input
from beatgans.generators import load_generator
from beatgans.generators.diffusion.process import GaussianDiffusion
from beatgans.generators.training.data import shuffled_batches
from beatgans.generators.training.diffusion import diffuse
from beatgans.generators.training.losses import hybrid_loss
from beatgans.reference_batches import digits_reference

LEARNING_RATE = 1e-3  # the recipe's highest
WEIGHT_DECAY = 0.01
BATCH_SIZE = 128
SEED = 0


def write_raw_weights(path: Path, steps: int) -> None:
    """Trains on from the shipped weights for so many steps, and writes where that leads."""
    torch.manual_seed(SEED)
    random = torch.Generator().manual_seed(SEED)
    generator = load_generator("digits-diffusion")
    network = generator.network.requires_grad_(True).train()
    diffusion = GaussianDiffusion(generator.entry.schedule.respaced(""), generator.device)
    real = digits_reference()
    batches = shuffled_batches(to_input(real.images), torch.from_numpy(real.labels), BATCH_SIZE, random)
    optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    for _, (images, labels) in zip(range(steps), batches, strict=False):
        optimizer.zero_grad(set_to_none=True)
        x, step, noise = diffuse(diffusion, images, random)
        output = network(x, diffusion.timesteps[step], labels)
        hybrid_loss(diffusion, output, images, x, noise, step).mean().backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
    torch.save(network.state_dict(), path)
