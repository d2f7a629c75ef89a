"""What every test has: a cache of its own, and the Inception graph of random weights where one asks for it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stand_ins.inception_graph import write_graph


@pytest.fixture(autouse=True)
def _cache_of_its_own(tmp_path_factory, monkeypatch):
    """No test reads or writes the user's cache, and none finds what another has left."""
    monkeypatch.setenv("BEATGANS_CACHE", str(tmp_path_factory.mktemp("cache", numbered=True)))
    monkeypatch.delenv("BEATGANS_MIRROR", raising=False)


@pytest.fixture(scope="session")
def tf():
    """TensorFlow, on the CPU; it takes seconds to import."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    return pytest.importorskip("tensorflow")


@pytest.fixture(scope="session")
def inception_graph(tf, tmp_path_factory):
    """The path of a random-weight graph file, 96 MB."""
    path = tmp_path_factory.mktemp("graph") / "classify_image_graph_def.pb"
    path.write_bytes(write_graph(tf, seed=0).SerializeToString())
    return path


TINY_RECIPES = sorted((Path(__file__).parent / "recipes").glob("*.yaml"))
"""Recipes of networks that train in a second, one of each family."""


@pytest.fixture(params=TINY_RECIPES, ids=lambda path: path.stem)
def tiny_recipe(request):
    """The path of each of them in turn."""
    return request.param


@pytest.fixture
def tiny_recipes():
    """The paths of all of them, by the family."""
    return {path.stem: path for path in TINY_RECIPES}


@pytest.fixture
def one_thread():
    """PyTorch in one thread, as sums that are divided among threads round differently for each number of them."""
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
