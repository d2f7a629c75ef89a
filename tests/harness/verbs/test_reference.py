from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from beatgans.harness.cli import main
from beatgans.harness.verbs import reference as verb
from beatgans.reference_batches import DownloadError, catalog, digits_heldout, open_reference, write_batch

HEAVY = ("torch", "pandas", "matplotlib", "sklearn", "scipy", "seaborn", "requests")
WATCH = f"""
import sys
from beatgans.harness.cli import main
code = main(sys.argv[1:])
print('HEAVY', *(module for module in {HEAVY} if module in sys.modules))
sys.exit(code)
"""


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BEATGANS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.mark.parametrize("arguments", [["--help"], ["build", "--help"], ["list"], ["show", "imagenet256"]])
def test_what_computes_nothing_starts_without_what_computes(arguments):
    finished = subprocess.run(
        [sys.executable, "-c", WATCH, "reference", *arguments], capture_output=True, text=True, check=True
    )
    assert finished.stdout.splitlines()[-1] == "HEAVY"


def test_the_list_has_every_name_and_the_traps(capsys):
    assert main(["reference", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {"digits", *catalog()} <= {line.split(" ")[0] for line in lines}
    assert sum("  ! " in line for line in lines) == 2
    assert "statistics of the whole data set" in lines[-1]


def test_the_list_and_a_reference_come_as_json(capsys):
    assert main(["reference", "list", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 36
    assert main(["reference", "show", "imagenet512", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["images"] == 1_000


def test_a_reference_is_shown(capsys):
    assert main(["reference", "show", "digits"]) == 0
    out = capsys.readouterr().out
    assert "images: 1297\n" in out
    assert "classes: 10" in out


@pytest.fixture
def network(monkeypatch):
    """A network on which the released files are a few bytes long; the pieces that arrive are reported."""
    import beatgans.reference_batches as room

    asked = []

    def fetch(url, file_name, folder, progress=None):
        asked.append(url)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / file_name).write_bytes(b"content")
        if progress is not None:
            progress(3, 7)
            progress(7, 7)
        return folder / file_name

    monkeypatch.setattr(room, "fetch", fetch)
    monkeypatch.setattr(room, "remote_size", lambda _: 1_230_000_000)
    return asked


def test_files_are_fetched_into_the_cache_with_size_and_trap_told_first(network, cache, capsys):
    assert main(["reference", "fetch", "imagenet512", "imagenet64-iddpm"]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines() == [f"{name}: {catalog()[name].path}" for name in ("imagenet512", "imagenet64-iddpm")]
    assert catalog()["imagenet512"].path.is_relative_to(cache)
    assert "imagenet512: holds 1,000 images" in err
    assert "imagenet512: fetching 1.23 GB from https://openaipublic" in err
    assert network == [catalog()[name].url for name in ("imagenet512", "imagenet64-iddpm")]


def test_files_are_fetched_into_another_folder(network, tmp_path, capsys):
    assert main(["reference", "fetch", "imagenet64", "-o", str(tmp_path / "here")]) == 0
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["VIRTUAL_imagenet64_labeled.npz"]
    assert str(tmp_path / "here") in capsys.readouterr().out


def test_what_is_there_is_not_asked_for_again_and_held_to_its_hash(cache, monkeypatch, capsys):
    import beatgans.reference_batches as room

    monkeypatch.setattr(room, "remote_size", lambda _: pytest.fail("the network was asked"))
    path = catalog()["imagenet64"].path
    path.parent.mkdir(parents=True)
    path.write_bytes(b"content")
    assert main(["reference", "fetch", "imagenet64"]) == 0
    path.write_bytes(b"other")
    assert main(["reference", "fetch", "imagenet64"]) == 2
    assert hashlib.sha256(b"content").hexdigest() in capsys.readouterr().err


def test_no_network_is_one_sentence_and_code_2(monkeypatch, capsys):
    import beatgans.reference_batches as room

    def fail(url):
        raise DownloadError(f"{url} cannot be reached")

    monkeypatch.setattr(room, "remote_size", fail)
    assert main(["reference", "fetch", "imagenet64-iddpm"]) == 2
    assert capsys.readouterr().err == f"beatgans: {catalog()['imagenet64-iddpm'].url} cannot be reached\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["fetch", "imagenet63"], "did you mean imagenet64"),
        (["fetch", "digits"], "digits is built in"),
        (["show", "imagenet63"], "did you mean imagenet64"),
        (["show", "none.npz"], "none.npz does not exist"),
        (["build", "digits"], "--output"),
        (["build", "digits", "-o", "a.zip"], "-o a.zip: a reference file ends in .npz"),
        (["build", "none.npz", "-o", "a.npz"], "none.npz does not exist"),
        (["build", "imagenet64", "-o", "a.npz"], "beatgans reference fetch imagenet64"),
        (["build", "digits", "-o", "a.npz", "--extractor", "digit"], "'digit'"),
        (["build", "digits", "-o", "a.npz", "--keep", "nothing"], "--keep nothing"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2(tmp_path, monkeypatch, capsys, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert main(["reference", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert message in err
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_reference_is_built(tmp_path, capsys):
    write_batch(tmp_path / "few.npz", type(digits_heldout())(digits_heldout().images[:100]))
    path = tmp_path / "new" / "r.npz"
    arguments = ["--keep", "features", "--limit-images", "30", "--protocol", "exact", "--extractor", "digits"]
    assert main(["reference", "build", str(tmp_path / "few.npz"), "-o", str(path), *arguments]) == 0
    out, err = capsys.readouterr()
    assert out == f"{path}: statistics of 100 images (64 pooled and 112 spatial dimensions), features of 30\n"
    assert "100 images are no more than the 112 dimensions" in err
    reference = open_reference(path)
    assert reference.pool.shape == (30, 64)
    assert reference.statistics.mean.dtype == np.float64


def test_the_bar_moves_by_what_has_arrived(network, monkeypatch, tmp_path):
    from beatgans.harness.progress import Progress

    moved = []
    monkeypatch.setattr(Progress, "bar", lambda *_: _Bar(moved))
    entry = replace(catalog()["imagenet64-iddpm"])
    verb._fetch(entry, tmp_path, Progress())
    assert np.allclose(moved, [3e-6, 4e-6])


class _Bar:
    def __init__(self, moved):
        self.moved = moved

    def __enter__(self):
        return self.moved.append

    def __exit__(self, *_):
        return None
