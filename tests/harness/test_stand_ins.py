"""The whole chain on small files of the real formats, fetched from a server on the loopback interface."""

from __future__ import annotations

import json

import pytest
import torch
import yaml

from beatgans.generators import MODELS, find_entry
from beatgans.generators.loading import build_denoiser
from beatgans.harness.cli import main
from beatgans.reference_batches import catalog, download, sha256_file
from beatgans.reports import read_record
from beatgans.reports.published import published_beside
from stand_ins.checkpoints import random_weights
from stand_ins.mirror import Mirror
from stand_ins.small_models import small_models

ADM = ("fid", "sfid", "inception_score", "precision", "recall")
NUM_IMAGES = 4  # the fewest that have a precision


@pytest.fixture(scope="module")
def files(inception_graph, tmp_path_factory):
    """The folder that is served; tests add the files that they need."""
    mirror = Mirror(tmp_path_factory.mktemp("mirror"), small_models(), NUM_IMAGES)
    mirror.add_graph(inception_graph)
    return mirror


@pytest.fixture
def server(files, monkeypatch):
    """The server, asked by way of BEATGANS_MIRROR; the models of the catalog have small networks."""
    with files.served(monkeypatch) as server:
        yield server


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Runs a suite in a folder of its own; gives the exit code, the folder and what was said."""
    monkeypatch.chdir(tmp_path)

    def run(suite, *arguments):
        options = ["--set", f"num_images={NUM_IMAGES}", "--workers", "1", "-o", "run"]
        return main(["run", str(suite), *options, *arguments])

    run.record = lambda: read_record("run/results.json")
    return run


def write_suite(path, **changes):
    """A suite of the reference imagenet64, as a file."""
    tree = {"name": "mine", "reference": "imagenet64", "extractor": "inception", "num_images": NUM_IMAGES, **changes}
    path.write_text(yaml.safe_dump(tree))
    return path


def whole_pieces(number):
    """What is kept of so many bytes when a connection breaks off."""
    return number // download.CHUNK_BYTES * download.CHUNK_BYTES


def assert_scored(point):
    """All of ADM's scores are there, and nothing else is."""
    assert set(point.scores) == set(ADM)
    assert all(score.value is not None and score.n == NUM_IMAGES for score in point.scores.values())


def test_a_stand_in_has_the_tensors_of_the_released_file(files):
    small = files.models["adm-imagenet256"].network
    assert small.url == MODELS["adm-imagenet256"].network.url
    files.add_model("adm-imagenet256")
    tensors = torch.load(files.path(small.url), weights_only=True)
    assert len(tensors) == 567  # as OpenAI's
    assert tensors["label_emb.weight"].shape == (1000, 128)
    assert tensors["input_blocks.17.1.qkv.weight"].shape == (384, 128, 1)
    classifier = torch.load(files.path(files.models["adm-imagenet256"].classifier.url), weights_only=True)
    assert len(classifier) == 249
    assert classifier["out.2.positional_embedding"].ndim == 2


def test_released_samples_are_named_all_at_once_fetched_in_spite_of_breaks_and_scored(files, server, run, capsys):
    names = ["imagenet64", "imagenet64-admnet", "imagenet64-iddpm", "imagenet64-biggan-deep"]
    for name in names:
        files.add_batch(name)

    assert run("released-samples-64") == 2
    err = capsys.readouterr().err
    assert f"`beatgans reference fetch {' '.join(names)}` does so (2.0 GB)" in err
    assert server.requests == []  # nothing is downloaded before all is known to be there

    server.cuts["VIRTUAL_imagenet64_labeled.npz"] = [1_000_000] + [0] * download.ATTEMPTS
    assert main(["reference", "fetch", *names]) == 2
    out = capsys.readouterr()
    assert "keeps breaking off" in out.err
    assert "https://openaipublic.blob.core.windows.net" in out.err
    assert f"by way of {server.address}" in out.err
    assert main(["reference", "fetch", *names]) == 0
    assert server.fetched("VIRTUAL_imagenet64_labeled.npz") == [0, *[whole_pieces(1_000_000)] * (download.ATTEMPTS + 1)]
    for batch in (catalog()[name] for name in names):
        assert sha256_file(batch.path) == sha256_file(files.path(batch.url))
        assert json.loads(batch.path.with_name(f"{batch.file}.json").read_text())["url"] == batch.url

    capsys.readouterr()
    server.cuts["classify_image_graph_def.pb"] = [50_000_000]
    assert run("released-samples-64") == 0
    assert server.fetched("classify_image_graph_def.pb") == [0, whole_pieces(50_000_000)]
    err = capsys.readouterr().err
    assert "expect the FID 2.61 of ADM" in err  # the batch's trap

    record = run.record()
    assert [point.model for point in record.points] == names[1:]
    for point in record.points:
        assert_scored(point)
        assert point.released is False
        (other,) = (warning for warning in point.warnings if "is another" in warning)
        assert other == (
            f"{point.model} holds 4 images of 64x64 and OpenAI's file of that name 50,000 of 64x64, so that it is "
            "another; the published numbers are not of it"
        )
        assert f"the reference imagenet64: {catalog()['imagenet64'].note}" in point.warnings
    assert [point.image_size for point in record.points] == [(64, 64)] * 3
    assert record.reference.released is False
    assert any(warning.startswith("imagenet64 holds 4 images") for warning in record.warnings)


def test_a_run_whose_weights_broke_off_goes_on_where_it_was(files, server, run, capsys, tmp_path):
    """A stack: a base with its classifier, and an upsampler."""
    points = [
        {
            "model": "adm-imagenet256-upsampled",
            "sampler": "ddim",
            "steps": 2,
            "guidance": 1.0,
            "upsampler": {"sampler": "ddpm", "steps": 2},
        }
    ]
    suite = write_suite(tmp_path / "stack.yaml", points=points)
    files.add_batch("imagenet64")
    files.add_model("adm-imagenet256-upsampled")
    assert main(["reference", "fetch", "imagenet64"]) == 0
    server.cuts["64_256_upsampler.pt"] = [1_000_000] + [0] * download.ATTEMPTS

    assert run(suite) == 2
    assert "64_256_upsampler.pt" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
    assert run(suite) == 0
    assert server.fetched("64_256_upsampler.pt") == [0, *[whole_pieces(1_000_000)] * (download.ATTEMPTS + 1)]
    for file in ("64x64_diffusion.pt", "64x64_classifier.pt", "classify_image_graph_def.pb"):
        assert server.fetched(file) == [0]

    (point,) = run.record().points
    assert_scored(point)
    assert (point.steps, point.image_size) == (2, (32, 32))
    assert (point.profile.network_evaluations, point.profile.classifier_evaluations) == (4, 2)
    assert point.details["base"] == "adm-imagenet64"


def test_a_model_of_an_address_is_guided_without_a_classifier_and_set_beside_a_gan(files, server, run, tmp_path):
    url = "https://weights.example.org/runs/7/ema_0.9999.pt"
    flags = "--image_size 16 --num_channels 32 --channel_mult 1,2 --num_res_blocks 1 --class_cond True"
    flags += " --learn_sigma True --attention_resolutions 8 --use_new_attention_order True"
    tree = {"url": url, "flags": flags, "num_classes": 10, "null_label": 10}
    (tmp_path / "free.yaml").write_text(yaml.safe_dump(tree))
    network = build_denoiser(find_entry(str(tmp_path / "free.yaml")))
    torch.save(random_weights(network, "free"), files.path(url))
    files.add_batch("imagenet64")
    files.add_model("biggan-deep-128")
    assert main(["reference", "fetch", "imagenet64"]) == 0
    points = [
        {"model": str(tmp_path / "free.yaml"), "sampler": "ddim", "steps": 3, "classifier_free": 1.5},
        {"model": "biggan-deep-128", "truncation": 1.0},
    ]
    assert run(write_suite(tmp_path / "suite.yaml", points=points, baseline="biggan-deep-128")) == 0

    assert server.fetched("ema_0.9999.pt") == server.fetched("biggan-deep-128-pytorch_model.bin") == [0]
    record = run.record()
    guided, gan = record.points
    for point in (guided, gan):
        assert_scored(point)
    assert [point.profile.network_evaluations for point in record.points] == [6, 1]  # twice a step
    assert (guided.model, guided.options) == ("free", "classifier-free 1.5")
    assert (gan.family, gan.image_size) == ("gan", (128, 128))
    assert record.answer.baseline_point == gan.id
    assert published_beside(record).rows == ()
