"""Makes the weights of the digits extractor again, from a seed."""

from __future__ import annotations

import json
import platform
import time
from collections.abc import Callable
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save
from torch import Tensor

from ..reference_batches import Batch, atomic_write, digits_heldout, digits_reference, sha256_file
from .digits import WEIGHTS, DigitsNetwork, to_input

STEPS = 1500
BATCH_SIZE = 128
LEARNING_RATE = 2e-3
WEIGHT_DECAY = 0.05


def train_digits_extractor(out: Path, seed: int, device: str, progress: Callable[[int], None]) -> None:
    """Trains the classifier on the reference digits and writes ``digits.safetensors`` with its record, ``digits.json``.

    AdamW, the rate falling by a cosine to zero; the images are shifted, turned and tinted at random, so that a feature
    tells where a stroke is and what colour it has. ``progress`` is called with 1 after every step.
    """
    torch.manual_seed(seed)
    random = torch.Generator().manual_seed(seed)
    start = time.perf_counter()
    reference = digits_reference()
    images, labels = to_input(reference.images).to(device), torch.as_tensor(reference.labels).to(device)
    network = DigitsNetwork().to(device)
    optimizer = torch.optim.AdamW(network.parameters(), LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=STEPS)
    for _ in range(STEPS):
        chosen = torch.randint(len(images), (BATCH_SIZE,), generator=random).to(device)
        _, _, logits = network(augment(images[chosen], random))
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(F.cross_entropy(logits, labels[chosen], label_smoothing=0.05))
        optimizer.step()
        schedule.step()
        progress(1)
    with atomic_write(out / WEIGHTS.name) as file:
        file.write(save(network.state_dict()))
    record = {
        "weights": WEIGHTS.name,
        "sha256": sha256_file(out / WEIGHTS.name),
        "made_by": f"beatgans train digits --seed {seed}",
        "trained_on": f"digits, {len(images)} images",
        "heldout_accuracy": accuracy(network, digits_heldout()),
        "recipe": {
            "steps": STEPS,
            "batch_size": BATCH_SIZE,
            "learning_rate": LEARNING_RATE,
            "weight_decay": WEIGHT_DECAY,
        },
        "seed": seed,
        "device": torch.cuda.get_device_name() if device == "cuda" else f"CPU, {torch.get_num_threads()} threads",
        "machine": platform.machine(),
        "torch": torch.__version__,
        "seconds": round(time.perf_counter() - start),
    }
    with atomic_write((out / WEIGHTS.name).with_suffix(".json")) as file:
        file.write(json.dumps(record, indent=2).encode() + b"\n")


def augment(images: Tensor, random: torch.Generator) -> Tensor:
    """Turns, scales, shifts and tints each image at random, and adds noise: [N, 3, 8, 8] in [-1, 1] -> the same."""
    n = len(images)

    def uniform(limit: float, *shape: int) -> Tensor:
        return ((torch.rand(n, *shape, generator=random) * 2 - 1) * limit).to(images.device)

    angle, scale = uniform(0.2), 1 + uniform(0.1)
    rows = torch.stack([angle.cos() * scale, -angle.sin() * scale, angle.sin() * scale, angle.cos() * scale], dim=1)
    affine = torch.cat([rows.view(n, 2, 2), uniform(0.15, 2, 1)], dim=2)  # the shift is in half image widths
    grid = F.affine_grid(affine, list(images.shape), align_corners=False)
    moved = F.grid_sample(images + 1, grid, align_corners=False) - 1  # what moves in is -1, the background
    noise = 0.05 * torch.randn(images.shape, generator=random).to(images.device)
    return (moved + 1) * (1 + uniform(0.15, 3, 1, 1)) - 1 + uniform(0.03, 3, 1, 1) + noise


@torch.inference_mode()
def accuracy(network: DigitsNetwork, batch: Batch) -> float:
    """The share of a labelled batch that the network, then in evaluation mode, names rightly."""
    device = next(network.parameters()).device
    _, _, logits = network.eval()(to_input(batch.images).to(device))
    return float((logits.argmax(dim=1).cpu() == torch.as_tensor(batch.labels)).float().mean())
