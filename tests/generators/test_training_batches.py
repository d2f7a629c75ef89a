from __future__ import annotations

from itertools import islice

import numpy as np
import pytest
import torch
from PIL import Image

from beatgans.generators.training.batches import batches, order_of, places_of
from beatgans.generators.training.images import ImageOptions, open_training_images
from beatgans.reference_batches import InputError

NUMBER = 10
SIZE = 8
BATCH = 4

pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")  # of a process with threads


@pytest.fixture
def folder(tmp_path):
    random = np.random.default_rng(0)
    for number in range(NUMBER):
        path = tmp_path / "photos" / str(number % 3) / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(random.integers(0, 256, (20, 12, 3), np.uint8)).save(path)
    return tmp_path / "photos"


@pytest.fixture(params=[False, True], ids=["cached", "random crops"])
def images(folder, request):
    return open_training_images(str(folder), ImageOptions(SIZE, request.param, random_flip=True, labels="given"))


def first(count, *arguments, **options):
    with batches(*arguments, **options) as source:
        return list(islice(source, count))


def equal(one, other):
    return all(
        torch.equal(a.images, b.images) and torch.equal(a.labels, b.labels) for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("workers", [0, 2])
def test_a_resumed_training_sees_the_batches_that_it_would_have_seen(images, workers):
    undisturbed = first(10, images, BATCH, seed=3)
    assert equal(first(3, images, BATCH, seed=3, first_step=7, workers=workers), undisturbed[7:])
    assert undisturbed[0].images.shape == (BATCH, SIZE, SIZE, 3)
    assert undisturbed[0].images.dtype == torch.uint8
    assert not equal(first(3, images, BATCH, seed=4), undisturbed[:3])


def test_ranks_share_out_the_larger_batches_of_one_process(images):
    alone = first(3, images, 2 * BATCH, seed=0, first_step=5)
    ranks = [first(3, images, BATCH, seed=0, first_step=2 * 5 + rank, stride=2) for rank in range(2)]
    for step, batch in enumerate(alone):
        assert torch.equal(batch.images, torch.cat([rank[step].images for rank in ranks]))


def test_every_image_is_there_once_an_epoch_in_an_order_of_its_own():
    places = [places_of(step, BATCH, NUMBER, seed=1) for step in range(2 * NUMBER)]
    epochs, indices = (np.concatenate(part) for part in zip(*places, strict=True))
    orders = indices.reshape(-1, NUMBER)
    assert np.array_equal(epochs, np.repeat(np.arange(8), NUMBER))
    assert np.array_equal(np.sort(orders, axis=1), np.tile(np.arange(NUMBER), (8, 1)))
    assert len({tuple(order) for order in orders}) == 8


def test_a_batch_may_be_larger_than_the_set():
    epochs, indices = places_of(1, 7, 3, seed=0)
    assert epochs.tolist() == [2, 2, 3, 3, 3, 4, 4]
    assert sorted(indices[2:5]) == [0, 1, 2]


def test_no_place_of_an_order_is_likelier_than_another():
    first_places = [order_of(seed, 0, 5)[0] for seed in range(2_000)]
    assert np.abs(np.bincount(first_places) - 400).max() < 80


def test_the_trainings_own_random_numbers_are_left_alone(images):
    torch.manual_seed(0)
    before = torch.get_rng_state()
    first(2, images, BATCH, seed=0)
    assert torch.equal(torch.get_rng_state(), before)


def test_batches_without_labels_have_none(folder):
    images = open_training_images(str(folder), ImageOptions(SIZE))
    for workers in (0, 1):
        assert first(1, images, BATCH, seed=0, workers=workers)[0].labels is None


@pytest.mark.parametrize("workers", [0, 1])
def test_a_file_that_turns_bad_is_one_sentence(folder, workers):
    images = open_training_images(str(folder), ImageOptions(SIZE, random_crop=True))
    for file in folder.rglob("*.png"):
        file.write_bytes(b"no photograph")
    with batches(images, BATCH, seed=0, workers=workers) as source, pytest.raises(InputError) as refused:
        next(source)
    assert "cannot be read as an image" in str(refused.value)
    assert "\n" not in str(refused.value)


def test_the_time_that_is_waited_is_told(images, monkeypatch):
    now = iter(range(100))
    monkeypatch.setattr("beatgans.generators.training.batches.time.perf_counter", lambda: float(next(now)))
    with batches(images, BATCH, seed=0) as source:
        assert source.share_waited == 0
        next(source)  # from 0 to 1
        next(source)  # from 2 to 3
        assert source.seconds_waited == 2
        assert source.share_waited == pytest.approx(2 / 4)


def test_after_the_end_there_are_no_more(images):
    source = batches(images, BATCH, seed=0, workers=1)
    next(source)
    source.close()
    assert list(source) == []


def test_a_seed_out_of_range_is_refused(images):
    with pytest.raises(InputError, match="seed -1"):
        batches(images, BATCH, seed=-1)
