from __future__ import annotations

import json
from pathlib import Path

import pytest

from beatgans.generators import MODELS, find_model
from beatgans.generators.entry import NetworkEntry
from beatgans.generators.hashes import weights_sha256
from beatgans.generators.weight_files import cached_path, weight_file
from beatgans.reference_batches import InputError, cache_folder, sha256_file

NOWHERE = NetworkEntry(weights="far.pt", url="http://127.0.0.1:1/far.pt", architecture={})
"""A file of a server that nobody runs."""


@pytest.fixture
def cached() -> Path:
    path = cached_path(NOWHERE)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"weights")
    return path


def test_shipped_weights_lie_in_the_package_and_are_held_to_their_record():
    file = weight_file(MODELS["digits-gan"].network)
    assert file.kind == "shipped"
    assert file.sha256() == json.loads(file.path.with_suffix(".json").read_text())["sha256"]


def test_without_a_network_a_sentence_says_what_else_can_be_done(monkeypatch: pytest.MonkeyPatch):
    for variable in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(variable, raising=False)
    with pytest.raises(InputError, match=r"far\.pt cannot be reached .*name it, or its folder, with --weights"):
        weight_file(NOWHERE)


def test_what_is_in_the_cache_is_held_to_its_first_hash(cached: Path):
    assert cached.parent == cache_folder() / "models"
    file = weight_file(NOWHERE)
    assert (file.path, file.kind) == (cached, "fetched")
    assert file.sha256() == sha256_file(cached)
    cached.write_bytes(b"other weights")
    with pytest.raises(InputError, match=r"far\.pt has the SHA-256 .* and should have"):
        file.sha256()


def test_a_file_is_fetched_to_the_cache_with_its_name(monkeypatch: pytest.MonkeyPatch):
    told = []

    def fetch(url: str, name: str, folder: Path, progress, otherwise: str) -> Path:
        progress(3, 7)
        folder.mkdir(parents=True)
        (folder / name).write_bytes(b"weights")
        return folder / name

    monkeypatch.setattr("beatgans.generators.weight_files.fetch", fetch)
    file = weight_file(NOWHERE, lambda *facts: told.append(facts))
    assert file.path.read_bytes() == b"weights"
    assert told == [("far.pt", 3, 7)]


def test_a_file_that_the_user_names_must_exist():
    own = NOWHERE.model_copy(update={"weights": "/nowhere/far.pt"})
    with pytest.raises(InputError, match=r"the weights file /nowhere/far\.pt does not exist"):
        weight_file(own)


def test_the_hashes_of_a_model_have_its_classifier_where_it_is_guided():
    entry = find_model("digits-diffusion")
    assert set(weights_sha256(entry, guided=False)) == {"digits_diffusion.safetensors"}
    assert set(weights_sha256(entry, guided=True)) == {"digits_diffusion.safetensors", "digits_classifier.safetensors"}


def test_a_function_is_known_by_its_modules_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "hashed_function.py").write_text("def make(seeds, labels): ...\n")
    monkeypatch.chdir(tmp_path)
    hashes = weights_sha256(find_model("hashed_function:make"), guided=False)
    assert hashes == {"hashed_function.py": sha256_file(tmp_path / "hashed_function.py")}
    with pytest.raises(InputError, match="there is no module no_such_module"):
        weights_sha256(find_model("no_such_module:make"), guided=False)


def test_files_of_one_name_in_two_folders_count_each_by_itself(tmp_path: Path):
    """A stack of which both stages are called ema.pt."""
    flags = "--class_cond True"
    for stage, fields in {"base": f"{flags}", "up": f"{flags} --large_size 256 --small_size 64"}.items():
        (tmp_path / stage).mkdir()
        (tmp_path / stage / "ema.pt").write_text(stage)
        family = "diffusion" if stage == "base" else "upsampler"
        (tmp_path / f"{stage}.yaml").write_text(f"family: {family}\nweights: {stage}/ema.pt\nflags: {fields}\n")
    stack = find_model(f"{tmp_path / 'base.yaml'}+{tmp_path / 'up.yaml'}")
    hashes = weights_sha256(stack, guided=False)
    assert hashes == {
        "ema.pt": sha256_file(tmp_path / "base" / "ema.pt"),
        "ema.pt (2)": sha256_file(tmp_path / "up" / "ema.pt"),
    }
