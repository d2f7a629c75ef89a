"""Steps of a recipe beside a plain loop over the same network, as one would write it by hand.

Both train the digits' diffusion model, in turns and in one thread of one process, so that what else the machine does
falls on both. The plain loop has all images in memory, PyTorch's own random numbers, the same loss and average.
"""

from __future__ import annotations

import copy
import time

import numpy as np
import pytest
import torch

from beatgans.generators.training.batches import batches
from beatgans.generators.training.images import open_training_images
from beatgans.generators.training.losses import frozen_mean, simple_loss, vlb_loss
from beatgans.generators.training.model import trained_entry
from beatgans.generators.training.trainer import Trainer
from beatgans.harness.recipes import load_recipe

WARM_UP = 3
SLOWEST = 0.98  # of the plain loop's images a second, as two equal loops differ by a hundredth


@pytest.fixture(scope="module", autouse=True)
def in_one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


class PlainLoop:
    """What the recipe is measured against."""

    def __init__(self, trainer, pixels, labels) -> None:
        recipe = trainer.recipe
        self.recipe = recipe
        self.diffusion = trainer.objective.diffusion
        self.network = copy.deepcopy(trainer.networks["model"]).train()
        self.average = copy.deepcopy(self.network)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), recipe.learning_rate, weight_decay=recipe.weight_decay
        )
        self.images = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 127.5 - 1
        self.labels = torch.from_numpy(labels)

    def step(self) -> None:
        chosen = torch.randint(len(self.images), (self.recipe.batch_size,))
        x0, labels = self.images[chosen], self.labels[chosen]
        step, noise = torch.randint(len(self.diffusion), (len(x0),)), torch.randn_like(x0)
        x = self.diffusion.q_sample(x0, step, noise)
        output = self.network(x, self.diffusion.timesteps[step], labels)
        bound = vlb_loss(self.diffusion, frozen_mean(output, 3), x0, x, step)
        loss = (simple_loss(self.diffusion, output, x0, noise) + 0.001 * bound).mean()
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimizer.step()
        with torch.no_grad():
            for average, parameter in zip(self.average.parameters(), self.network.parameters(), strict=True):
                average.lerp_(parameter, 0.001)


@pytest.mark.benchmark(group="steps of the digits' diffusion model")
def test_a_recipe_is_as_fast_as_a_plain_loop(benchmark, full_scale):
    recipe = load_recipe("digits-diffusion", [] if full_scale else ["batch_size=4"])
    entry = trained_entry(recipe)
    images = open_training_images("digits", recipe.data.options(entry.image_size, takes_labels=True))
    trainer = Trainer(recipe, entry, "cpu")
    plain = PlainLoop(trainer, np.stack([images[place].image for place in range(len(images))]), images.labels)
    source = batches(images, recipe.batch_size, recipe.seed)
    steps, seconds = WARM_UP + (40 if full_scale else 1), {"recipe": [], "plain": []}

    def both():
        for step in range(steps):
            start = time.perf_counter()
            trainer.step(step, next(source))
            between = time.perf_counter()
            plain.step()
            end = time.perf_counter()
            if step >= WARM_UP:
                seconds["recipe"].append(between - start)
                seconds["plain"].append(end - between)

    benchmark.pedantic(both, rounds=1)
    medians = {name: sorted(values)[len(values) // 2] for name, values in seconds.items()}
    ratio = medians["plain"] / medians["recipe"]
    benchmark.extra_info["images a second"] = {
        name: round(recipe.batch_size / value) for name, value in medians.items()
    }
    benchmark.extra_info["times as fast as the plain loop"] = round(ratio, 3)
    if full_scale:
        assert ratio > SLOWEST
