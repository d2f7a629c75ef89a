from __future__ import annotations

import json
import os
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from beatgans.generators.checkpoint import fill, load_weights
from beatgans.generators.weight_files import WeightFile
from beatgans.reference_batches import InputError, sha256_file


@pytest.fixture
def network() -> torch.nn.Module:
    return torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 1))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tiny.safetensors"


def write(path: Path, tensors: dict[str, torch.Tensor]) -> None:
    save_file(tensors, path)
    path.with_suffix(".json").write_text(json.dumps({"sha256": sha256_file(path)}))


def test_weights_come_back_with_the_hash_of_their_file(network: torch.nn.Module, path: Path):
    wanted = {name: torch.randn_like(tensor) for name, tensor in network.state_dict().items()}
    write(path, wanted)
    assert load_weights(network, path) == sha256_file(path)
    assert all(torch.equal(tensor, wanted[name]) for name, tensor in network.state_dict().items())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"1.bias": None}, "it has no tensor 1.bias"),
        ({"0.weight": torch.zeros(3, 4)}, r"its tensor 0.weight has the shape \[3, 4\] instead of \[3, 2\]"),
        ({"2.bias": torch.zeros(1)}, "it has a tensor 2.bias, which the network has not"),
    ],
)
def test_weights_of_another_architecture_are_refused_by_the_first_difference(
    network: torch.nn.Module, path: Path, change: dict[str, torch.Tensor | None], message: str
):
    tensors = network.state_dict() | change
    write(path, {name: tensor for name, tensor in tensors.items() if tensor is not None})
    with pytest.raises(InputError, match=f"tiny.safetensors does not fit the model: {message}"):
        load_weights(network, path)


def test_a_flipped_bit_is_noticed(network: torch.nn.Module, path: Path):
    write(path, network.state_dict())
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 1
    path.write_bytes(damaged)
    with pytest.raises(InputError, match=r"tiny.safetensors is damaged: its SHA-256 is not that of tiny.json"):
        load_weights(network, path)


def test_a_file_that_is_no_safetensors_file_is_refused(network: torch.nn.Module, path: Path):
    path.write_bytes(b"PK\x03\x04 a pickle, perhaps")
    path.with_suffix(".json").write_text(json.dumps({"sha256": sha256_file(path)}))
    with pytest.raises(InputError, match=r"tiny.safetensors is no safetensors file"):
        load_weights(network, path)


@pytest.mark.parametrize("suffix", [".safetensors", ".json"])
def test_a_missing_file_is_named(network: torch.nn.Module, path: Path, suffix: str):
    write(path, network.state_dict())
    path.with_suffix(suffix).unlink()
    with pytest.raises(InputError, match=rf"tiny\{suffix} cannot be read \(No such file or directory\); reinstall"):
        load_weights(network, path)


@pytest.mark.parametrize("record", ["{", "[]", "{}"])
def test_a_damaged_record_is_named(network: torch.nn.Module, path: Path, record: str):
    write(path, network.state_dict())
    path.with_suffix(".json").write_text(record)
    with pytest.raises(InputError, match=r"the record .*tiny.json is damaged"):
        load_weights(network, path)


class Payload:
    """What a malicious checkpoint holds: a call that unpickling would make."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("old_format", [False, True])
def test_pickled_code_is_refused_and_never_executed(network: torch.nn.Module, tmp_path: Path, old_format: bool):
    path, trace = tmp_path / "evil.pt", tmp_path / "trace"
    tensors = {**network.state_dict(), "surplus": Payload(trace)}
    torch.save(tensors, path, _use_new_zipfile_serialization=not old_format)
    with pytest.raises(InputError, match=r"evil\.pt has pickled code in it \(posix\.mkdir\), which is never executed"):
        fill(network, WeightFile(path, "own"))
    assert not trace.exists()
    pickle.loads(pickle.dumps(Payload(trace)))  # the payload would have worked
    assert trace.exists()


@pytest.mark.parametrize("old_format", [False, True])
def test_a_state_dict_of_pytorch_comes_back_in_float32(network: torch.nn.Module, tmp_path: Path, old_format: bool):
    path = tmp_path / "half.pt"
    wanted = {name: torch.randn_like(tensor).half() for name, tensor in network.state_dict().items()}
    torch.save(wanted, path, _use_new_zipfile_serialization=not old_format)
    with torch.device("meta"):
        empty = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 1))
    assert fill(empty, WeightFile(path, "own")) == sha256_file(path)
    path.write_bytes(bytes(path.stat().st_size))  # what was read is not mapped from the file
    for name, tensor in empty.state_dict().items():
        assert tensor.dtype == torch.float32
        assert torch.equal(tensor, wanted[name].float())


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            {"state_dict": {"0.weight": torch.zeros(3, 2)}, "epoch": 3},
            r"holds 'state_dict' \(dict\) beside or in place",
        ),
        ([torch.zeros(1)], "holds a list in place of a state_dict"),
        ({}, "holds a dict in place of a state_dict"),
        (
            {"module.0.weight": torch.zeros(3, 2)},
            r"its names begin with 'module\.', so save the state_dict of the network",
        ),
    ],
)
def test_a_checkpoint_of_something_else_is_refused_by_what_it_holds(
    network: torch.nn.Module, tmp_path: Path, content: object, message: str
):
    torch.save(content, tmp_path / "other.pt")
    with pytest.raises(InputError, match=message):
        fill(network, WeightFile(tmp_path / "other.pt", "own"))


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 torn"])
def test_a_file_that_is_no_checkpoint_is_refused(network: torch.nn.Module, tmp_path: Path, content: bytes):
    (tmp_path / "torn.pt").write_bytes(content)
    with pytest.raises(InputError, match=r"torn\.pt is no checkpoint that PyTorch can read"):
        fill(network, WeightFile(tmp_path / "torn.pt", "own"))
