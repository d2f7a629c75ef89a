from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest

from beatgans.generators import SamplerSettings, settings_details
from beatgans.harness import Progress
from beatgans.harness import sample as sampling
from beatgans.harness.folder import RunFolder, make_folder
from beatgans.harness.sample import SampleRequest, parts_folder, record_file, sample_to_file
from beatgans.reference_batches import Batch, InputError, read_batch, write_batch

SETTINGS = SamplerSettings("ddim", "ddim2", guidance=1.0)
REQUEST = SampleRequest("digits-diffusion", SETTINGS, 100, batch_size=10, workers=1)


@pytest.fixture(scope="module")
def hundred(tmp_path_factory):
    """Seeds 0 to 99 in batches of 10 in this process."""
    path = tmp_path_factory.mktemp("samples") / "hundred.npz"
    sample_to_file(REQUEST, path, Progress())
    return path


def test_samples_are_those_of_a_run_with_the_same_seed(undisturbed, hundred):
    images, labels = read_batch(hundred)
    shards = undisturbed / "points" / "digits-diffusion_ddim2_guidance1" / "shards"
    for index in range(4):
        shard = read_batch(shards / f"{index:05d}.npz")
        chosen = slice(10 * index, 10 * index + 10)
        assert np.abs(images[chosen].astype(int) - shard.images).max() <= 1
        assert (labels[chosen] == shard.labels).all()


def test_the_file_is_the_one_that_a_whole_batch_would_make(hundred, tmp_path):
    write_batch(tmp_path / "whole.npz", read_batch(hundred))
    assert hundred.read_bytes() == (tmp_path / "whole.npz").read_bytes()
    assert not parts_folder(hundred).exists()


@pytest.mark.parametrize("batch_size", [1, 7, 100])
def test_images_are_the_same_to_a_grey_level_in_any_batch(hundred, tmp_path, batch_size: int):
    path = tmp_path / "again.npz"
    sample_to_file(replace(REQUEST, batch_size=batch_size), path, Progress())
    images, labels = read_batch(path)
    assert np.abs(images.astype(int) - read_batch(hundred).images).max() <= 1
    assert (labels == read_batch(hundred).labels).all()


def test_four_processes_make_the_same_bytes_as_one(hundred, tmp_path):
    sample_to_file(replace(REQUEST, workers=4), tmp_path / "again.npz", Progress())
    assert (tmp_path / "again.npz").read_bytes() == hundred.read_bytes()


def test_what_is_there_is_not_made_again(hundred, tmp_path, monkeypatch, capsys):
    path = tmp_path / "samples.npz"
    monkeypatch.setattr(sampling, "_join", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        sample_to_file(REQUEST, path, Progress())
    shards = sorted(parts_folder(path).rglob("0*.npz"))
    assert len(shards) == 5  # of 20 images, two batches, each
    shards[1].unlink()
    shards[2].write_bytes(b"damaged")
    monkeypatch.undo()
    made = []
    listed = sampling.Tasks
    monkeypatch.setattr(sampling, "Tasks", lambda tasks: (made.extend(tasks), listed(tasks))[1])

    sample_to_file(REQUEST, path, Progress())
    assert [task.shard.index for task in made] == [1, 2]
    assert path.read_bytes() == hundred.read_bytes()
    errors = capsys.readouterr().err
    assert "00001.npz is missing; it is made again" in errors
    assert "00002.npz is damaged; it is made again" in errors
    assert "going on: 60 of 100 images are there already" in errors


def test_a_killed_command_goes_on_to_the_same_bytes(start, hundred, tmp_path):
    path = tmp_path / "samples.npz"
    arguments = ("sample", "digits-diffusion", "-n", 100, "-o", path, "--respacing", "ddim2", "--guidance", 1,
                 "--batch-size", 10, "--workers", 1, "--device", "cpu")  # fmt: skip
    process = start(*arguments)
    journal = parts_folder(path) / "journal.jsonl"
    while not journal.exists() and process.poll() is None:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()

    again = start(*arguments)
    _, errors = again.communicate(timeout=120)
    assert again.returncode == 0, errors
    assert path.read_bytes() == hundred.read_bytes()


def test_parts_of_other_samples_are_not_mixed_in(tmp_path, monkeypatch):
    path = tmp_path / "samples.npz"
    monkeypatch.setattr(sampling, "make_shards", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        sample_to_file(REQUEST, path, Progress())
    with pytest.raises(InputError, match=r"samples.npz.parts holds parts of other samples \(seed differ\)"):
        sample_to_file(replace(REQUEST, seed=1), path, Progress())
    with pytest.raises(InputError, match=r"\(settings, shard_size, weights_sha256 differ\)"):
        sample_to_file(replace(REQUEST, settings=SamplerSettings("ddim", "ddim3"), batch_size=50), path, Progress())
    (parts_folder(path) / "request.json").write_text("{")
    with pytest.raises(InputError, match=r"request.json is damaged; delete the folder"):
        sample_to_file(REQUEST, path, Progress())


def test_labels_can_be_drawn_or_listed(tmp_path):
    for labels, expected in (("4,2", [4, 2, 4]), ("uniform", None)):
        path = tmp_path / f"{labels}.npz"
        sample_to_file(replace(REQUEST, number=3, labels=labels), path, Progress())
        found = read_batch(path).labels.tolist()
        assert found == expected if expected else all(0 <= label < 10 for label in found)


def test_an_existing_file_is_replaced_whole(tmp_path):
    path = tmp_path / "samples.npz"
    write_batch(path, Batch(np.zeros((1, 2, 2, 3), np.uint8)))
    sample_to_file(replace(REQUEST, number=2), path, Progress())
    assert len(read_batch(path).images) == 2


def test_a_record_says_how_the_images_were_made(hundred):
    record = json.loads(record_file(hundred).read_text())
    assert record["file"] == "hundred.npz"
    assert record["sha256"] == hashlib.sha256(hundred.read_bytes()).hexdigest()
    assert (record["model"], record["number"], record["seed"], record["labels"]) == (
        "digits-diffusion",
        100,
        0,
        "balanced",
    )
    assert record["settings"]["respacing"] == "ddim2"
    assert (record["network_evaluations"], record["classifier_evaluations"]) == (2, 2)
    assert record["weights_sha256"].keys() == {"digits_diffusion.safetensors", "digits_classifier.safetensors"}


def test_the_record_of_a_gan_tells_its_latents(tmp_path):
    path = tmp_path / "gan.npz"
    settings = SamplerSettings(None, None, truncation=0.5)
    sample_to_file(SampleRequest("digits-gan", settings, 3, workers=1), path, Progress())
    record = json.loads(record_file(path).read_text())
    assert record["details"] == settings_details("digits-gan", settings) != {}
    assert record["network_evaluations"] == 1


def test_no_record_of_an_earlier_file_stays_beside_a_new_one(tmp_path, monkeypatch):
    path = tmp_path / "samples.npz"
    record_file(path).write_text("{}")
    monkeypatch.setattr(sampling, "_write_record", lambda *_: None)  # killed before it
    sample_to_file(replace(REQUEST, number=2), path, Progress())
    assert path.exists()
    assert not record_file(path).exists()


def test_code_that_was_changed_meanwhile_is_told_from_that_of_the_parts(tmp_path, monkeypatch):
    path = tmp_path / "samples.npz"
    monkeypatch.setattr(sampling, "_join", fail)
    with pytest.raises(OSError, match="full"):
        sample_to_file(replace(REQUEST, number=20), path, Progress())
    monkeypatch.setattr(sampling, "code_sha256", lambda: {"generators": "other"})
    with pytest.raises(InputError, match=r"holds parts of other samples \(code_sha256 differ\)"):
        sample_to_file(replace(REQUEST, number=20), path, Progress())


def fail(*_):
    raise OSError("full")


def test_what_cannot_start_leaves_nothing(tmp_path):
    (tmp_path / "mine.yaml").write_text("weights: none.pt")
    request = SampleRequest(str(tmp_path / "mine.yaml"), SamplerSettings("ddim", "ddim2"), 2, workers=1)
    with pytest.raises(InputError, match=r"none\.pt does not exist"):
        sample_to_file(request, tmp_path / "samples.npz", Progress())
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yaml"]


def test_two_commands_do_not_make_one_file(tmp_path):
    output = tmp_path / "s.npz"
    folder = RunFolder(parts_folder(output))
    make_folder(folder.path)
    holder = "import sys, pathlib; from beatgans.harness.claims import Claims\n"
    holder += "with Claims(pathlib.Path(sys.argv[1])) as claims:\n"
    holder += "    print(claims.take('the file'), flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", holder, str(folder.claims)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "True\n"
        with pytest.raises(InputError, match=r"another command is at work on .*s\.npz; wait until it ends"):
            sample_to_file(REQUEST, output, Progress())
        assert folder.path.is_dir(), "what the other command has made is gone"
        process.kill()
    sample_to_file(REQUEST, output, Progress())
    assert read_batch(output).images.shape == (100, 8, 8, 3)


def test_a_folder_of_something_else_in_place_of_the_parts_is_left_alone(tmp_path):
    strange = parts_folder(tmp_path / "s.npz")
    strange.mkdir()
    (strange / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="holds something other than samples; move it"):
        sample_to_file(REQUEST, tmp_path / "s.npz", Progress())
    assert (strange / "notes.txt").read_text() == "mine"
