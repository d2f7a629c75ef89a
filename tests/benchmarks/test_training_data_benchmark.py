"""Batches of 64x64 photographs beside the smallest network that one would train on them: who waits for whom.

Each has one core.
"""

from __future__ import annotations

import time
from itertools import islice

import numpy as np
import pytest
import torch
from PIL import Image

from beatgans.generators.diffusion.process import GaussianDiffusion
from beatgans.generators.diffusion.schedule import Schedule
from beatgans.generators.diffusion.unet import UNet, UNetConfig
from beatgans.generators.training.batches import batches
from beatgans.generators.training.images import ImageOptions, open_training_images
from beatgans.generators.training.losses import frozen_mean, simple_loss, vlb_loss

SIZE = 64
STEPS = 20
MARGIN = 5  # how many times as fast as training the batches must come

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # of a process with threads


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def batch_size(full_scale):
    return 32 if full_scale else 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory, full_scale):
    """JPEG files of 64x64 pixels, as smooth as photographs: random numbers that were enlarged."""
    path = tmp_path_factory.mktemp("photos")
    random = np.random.default_rng(0)
    for number in range(2_000 if full_scale else 40):
        coarse = Image.fromarray(random.integers(0, 256, (16, 16, 3), np.uint8))
        coarse.resize((SIZE, SIZE), Image.Resampling.BICUBIC).save(path / f"{number}.jpg", quality=90)
    return path


class Training:
    """Steps of a UNet of 32 channels, three resolutions and one block at each."""

    def __init__(self) -> None:
        torch.manual_seed(0)
        self.network = UNet(
            UNetConfig(
                image_size=SIZE,
                in_channels=3,
                out_channels=6,
                model_channels=32,
                num_res_blocks=1,
                attention_resolutions=(),
                channel_mult=(1, 2, 2),
                num_classes=None,
                num_head_channels=32,
            )
        )
        self.diffusion = GaussianDiffusion(Schedule.make("cosine", 1000))
        self.optimizer = torch.optim.AdamW(self.network.parameters())

    def step(self, images: torch.Tensor) -> None:
        x0 = images.permute(0, 3, 1, 2).float() / 127.5 - 1
        step, noise = torch.randint(1000, (len(x0),)), torch.randn(x0.shape)
        x = self.diffusion.q_sample(x0, step, noise)
        output = self.network(x, self.diffusion.timesteps[step], None)
        self.optimizer.zero_grad(set_to_none=True)
        bound = vlb_loss(self.diffusion, frozen_mean(output, 3), x0, x, step)
        (simple_loss(self.diffusion, output, x0, noise) + 0.001 * bound).mean().backward()
        self.optimizer.step()


@pytest.fixture(scope="module")
def seconds_of_training(full_scale, batch_size):
    """For one step."""
    training = Training()
    images = torch.randint(0, 256, (batch_size, SIZE, SIZE, 3), dtype=torch.uint8)
    seconds = []
    for _ in range(5 if full_scale else 1):
        start = time.perf_counter()
        training.step(images)
        seconds.append(time.perf_counter() - start)
    return min(seconds)


@pytest.mark.benchmark(group=f"{STEPS} batches of 32 photographs of 64x64 pixels")
@pytest.mark.parametrize("random_crop", [False, True], ids=["cached", "random crops, decoded anew"])
def test_one_process_makes_batches_faster_than_a_small_network_trains(
    benchmark, full_scale, folder, batch_size, seconds_of_training, random_crop
):
    images = open_training_images(str(folder), ImageOptions(SIZE, random_crop, random_flip=True))

    def take():
        with batches(images, batch_size, seed=0) as source:
            return list(islice(source, STEPS if full_scale else 2))

    taken = benchmark.pedantic(take, rounds=5 if full_scale else 1, warmup_rounds=1 if full_scale else 0)
    assert taken[0].images.shape == (batch_size, SIZE, SIZE, 3)
    if full_scale:
        seconds = benchmark.stats.stats.min / STEPS
        benchmark.extra_info["images a second"] = round(batch_size / seconds)
        benchmark.extra_info["images a second in training"] = round(batch_size / seconds_of_training)
        assert seconds < seconds_of_training / (1 if random_crop else MARGIN)


@pytest.mark.benchmark(group="the first time that photographs are decoded")
def test_decoding(benchmark, full_scale, folder, monkeypatch, tmp_path_factory):
    """All of them, into the cache, in one process."""

    def decode():
        monkeypatch.setenv("BEATGANS_CACHE", str(tmp_path_factory.mktemp("cache")))
        return open_training_images(str(folder), ImageOptions(SIZE))

    images = benchmark.pedantic(decode, rounds=3 if full_scale else 1)
    if full_scale:
        benchmark.extra_info["images a second"] = round(len(images) / benchmark.stats.stats.min)


@pytest.mark.benchmark(group="a small network's training")
def test_training_waits_little_for_its_data(benchmark, full_scale, folder, batch_size):
    images = open_training_images(str(folder), ImageOptions(SIZE, random_flip=True))
    training = Training()

    def train():
        with batches(images, batch_size, seed=0) as source:
            for batch in islice(source, 5 if full_scale else 1):
                training.step(batch.images)
            return source.share_waited

    share = benchmark.pedantic(train, rounds=3 if full_scale else 1)
    benchmark.extra_info["share of the time waiting for data"] = f"{share:.2%}"
    if full_scale:
        assert share < 0.05
