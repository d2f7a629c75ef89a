"""Makes the weights of the digits' three networks again, from a seed."""

from __future__ import annotations

import json
import multiprocessing
import platform
import queue
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from importlib import resources
from pathlib import Path
from typing import Any, cast

import torch
import yaml
from safetensors.torch import save
from torch import nn

from ...reference_batches import atomic_write, digits_reference, end_with_parent, sha256_file
from ..catalog import MODELS, DiffusionEntry, GanEntry, NetworkEntry
from ..diffusion.unet import UNetConfig, count_parameters
from ..gan.biggan_deep import BigGANDeepConfig
from ..loading import architecture
from .data import to_tensors
from .diffusion import DiffusionRecipe, train_classifier, train_diffusion
from .gan import GanRecipe, train_gan

RECIPES: dict[str, dict[str, Any]] = yaml.safe_load(
    resources.files(__package__).joinpath("digits.yaml").read_text(encoding="utf-8")
)

Progress = Callable[[str, int], None]
"""Called with a network's name and the number of steps that are newly done."""


def network_entries() -> Mapping[str, NetworkEntry]:
    """The catalog's entries of the three networks, by the names of their recipes."""
    diffusion = cast(DiffusionEntry, MODELS["digits-diffusion"])
    return {
        "digits_diffusion": diffusion.network,
        "digits_classifier": cast(NetworkEntry, diffusion.classifier),
        "digits_gan": cast(GanEntry, MODELS["digits-gan"]).network,
    }


def train_digits(out: Path, seed: int, device: str, progress: Progress) -> None:
    """Trains the diffusion model, its classifier and the GAN, and writes each with a record of how it was made.

    On a CPU two processes of one thread each share the work: on so small networks a second thread gains little, and a
    fixed number of threads keeps the result the same on every machine of a kind.

    Args:
        out: folder for ``digits_*.safetensors`` and ``digits_*.json``.
        seed: of the initial weights, the batches and the noise.
        device: ``"cpu"`` or ``"cuda"``.
        progress: told of the steps that are done.
    """
    context = multiprocessing.get_context("spawn")
    with (
        context.Manager() as manager,
        ProcessPoolExecutor(2 if device == "cpu" else 1, context, initializer=end_with_parent) as pool,
    ):
        steps_done = manager.Queue()
        jobs = [pool.submit(_train_in_process, name, out, seed, device, steps_done) for name in RECIPES]
        while True:
            running = not all(job.done() for job in jobs)
            try:
                while True:
                    progress(*steps_done.get(timeout=0.2))
            except queue.Empty:
                if not running:
                    break
        for job in jobs:
            job.result()


def _train_in_process(name: str, out: Path, seed: int, device: str, steps_done: queue.Queue[tuple[str, int]]) -> None:
    torch.set_num_threads(1)
    train_network(name, out, seed, device, lambda network, steps: steps_done.put((network, steps)))


def train_network(name: str, out: Path, seed: int, device: str, progress: Progress) -> None:
    """Trains one of the three networks and writes its weights and its record."""
    images, labels = to_tensors(digits_reference(), device)
    entry = network_entries()[name]
    config = architecture(entry, images.shape[-1])
    recipe = RECIPES[name]

    def step(steps: int) -> None:
        progress(name, steps)

    start = time.perf_counter()
    network: nn.Module
    if name == "digits_gan":
        network = train_gan(BigGANDeepConfig(**config), GanRecipe(**recipe), images, labels, seed, step)
    else:
        train = train_classifier if name == "digits_classifier" else train_diffusion
        schedule = cast(DiffusionEntry, MODELS["digits-diffusion"]).schedule.respaced("")
        network = train(UNetConfig(**config), DiffusionRecipe(**recipe), schedule, images, labels, seed, step)
    weights = {key: tensor.contiguous() for key, tensor in network.state_dict().items()}
    with atomic_write(out / entry.weights) as file:
        file.write(save(weights))
    record = {
        "weights": entry.weights,
        "sha256": sha256_file(out / entry.weights),
        "made_by": f"beatgans train digits --seed {seed}",
        "trained_on": f"digits, {len(images)} images",
        "parameters": count_parameters([network]),
        "architecture": entry.architecture,
        "recipe": recipe,
        "seed": seed,
        "device": torch.cuda.get_device_name() if device == "cuda" else f"CPU, {torch.get_num_threads()} thread",
        "machine": platform.machine(),
        "torch": torch.__version__,
        "seconds": round(time.perf_counter() - start),
    }
    with atomic_write((out / entry.weights).with_suffix(".json")) as file:
        file.write(json.dumps(record, indent=2).encode() + b"\n")
