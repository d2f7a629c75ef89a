from __future__ import annotations

import json
import math
import zipfile

import numpy as np
import pytest
from PIL import Image

from beatgans.harness import Progress
from beatgans.harness.evaluation import EvaluationOptions, evaluate_files, to_json
from beatgans.harness.reference_building import BuildOptions, build_reference
from beatgans.reference_batches import (
    Batch,
    InputError,
    digits_heldout,
    open_reference,
    read_batch,
    sha256_file,
    write_batch,
)
from beatgans.reports import read_record


@pytest.fixture(scope="module")
def heldout(tmp_path_factory):
    path = tmp_path_factory.mktemp("samples") / "heldout.npz"
    write_batch(path, digits_heldout())
    return path


def test_a_batch_file_is_scored_as_a_run_scores_the_same_images(undisturbed, tmp_path):
    shards = sorted((undisturbed / "points" / "digits-heldout" / "shards").iterdir())
    images, labels = (np.concatenate(parts) for parts in zip(*map(read_batch, shards), strict=True))
    write_batch(tmp_path / "samples.npz", Batch(images, labels))

    evaluation = evaluate_files("digits", [tmp_path / "samples.npz"], EvaluationOptions("digits"), Progress())

    in_run = read_record(undisturbed / "results.json").points[-1]
    scores = evaluation.samples[0].scores
    assert {name: score.value for name, score in scores.items()} == pytest.approx(
        {name: score.value for name, score in in_run.scores.items()}, rel=1e-4
    )
    assert evaluation.protocol == read_record(undisturbed / "results.json").protocol


def test_images_against_themselves_are_perfect(heldout):
    evaluation = evaluate_files(
        str(heldout), [heldout], EvaluationOptions("digits", protocol="exact", metrics=["fid", "recall"]), Progress()
    )
    scores = evaluation.samples[0].scores
    assert set(scores) == {"fid", "recall"}
    assert math.isclose(scores["fid"].value, 0, abs_tol=1e-9)
    assert scores["recall"].value == 1


def test_a_released_batch_is_warned_of_its_trap_and_a_file_that_cannot_be_it_too(heldout, tmp_path):
    path = tmp_path / "admnet_imagenet64.npz"
    path.write_bytes(heldout.read_bytes())
    ours, theirs = evaluate_files("digits", [heldout, path], EvaluationOptions("digits"), Progress()).samples
    trap, other = (warning for warning in theirs.warnings if warning not in ours.warnings)
    assert "expect the FID 2.61 of ADM" in trap
    assert other.startswith(f"{path} holds {ours.num_images:,} images of 8x8 and OpenAI's file of that name 50,000")


def test_the_json_names_files_reference_protocol_and_computation(heldout):
    data = json.loads(to_json(evaluate_files("digits", [heldout, heldout], EvaluationOptions(), Progress())))

    assert data["schema"] == "beatgans/scores/2"
    assert data["reference"] == {
        "name": "digits",
        "sha256": open_reference("digits").sha256,
        "num_images": 1297,
        "has_statistics": False,
    }
    assert data["protocol"]["extractor"] == "digits"
    assert data["protocol"]["extractor_dtype"] == "float32"
    assert data["computation"]["backend"] == "torch"
    assert [entry["sha256"] for entry in data["samples"]] == [sha256_file(heldout)] * 2
    assert data["samples"][0]["scores"] == data["samples"][1]["scores"]
    fid = data["samples"][0]["scores"]["fid"]
    assert set(fid) == {"value", "standard_error", "n", "higher_is_better", "reason"}
    assert (fid["n"], fid["higher_is_better"]) == (500, False)


def scores_of(reference, samples, **options):
    """The scores of one set of samples by the digits extractor."""
    evaluation = evaluate_files(str(reference), [samples], EvaluationOptions("digits", **options), Progress())
    return evaluation.samples[0].scores, evaluation.samples[0].warnings


def test_folders_and_zips_are_scored_like_the_batch_file_of_the_same_images(heldout, tmp_path):
    images = read_batch(heldout).images[:60]
    write_batch(tmp_path / "same.npz", Batch(images))
    (tmp_path / "folder").mkdir()
    with zipfile.ZipFile(tmp_path / "same.zip", "w") as archive:
        for index, image in enumerate(images):
            path = tmp_path / "folder" / f"{index:03}.png"
            Image.fromarray(image).save(path)
            archive.write(path, path.name)
    expected = scores_of("digits", tmp_path / "same.npz")
    assert scores_of("digits", tmp_path / "folder") == expected
    assert scores_of("digits", tmp_path / "same.zip") == expected


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """Reference files of the digits, with images and with features."""
    folder = tmp_path_factory.mktemp("built")
    for keep in ("images", "features"):
        build_reference("digits", folder / f"{keep}.npz", BuildOptions("digits", keep=keep), Progress())
    return folder


@pytest.mark.parametrize("keep", ["images", "features"])
def test_a_built_reference_gives_the_scores_of_its_images(heldout, built, keep):
    expected, _ = scores_of("digits", heldout)
    found, _ = scores_of(built / f"{keep}.npz", heldout)
    for name, score in expected.items():
        assert found[name].value == pytest.approx(score.value, rel=1e-5), name


def test_statistics_alone_give_fid_and_say_why_there_is_no_recall(heldout, built, tmp_path):
    with np.load(built / "images.npz") as file:
        np.savez(tmp_path / "all.npz", **{key: file[key] for key in ("mu", "sigma", "mu_s", "sigma_s")})
        np.savez(tmp_path / "fid.npz", mu=file["mu"], sigma=file["sigma"])
    expected, _ = scores_of(built / "images.npz", heldout)
    found, warnings = scores_of(tmp_path / "all.npz", heldout)
    assert found["fid"].value == expected["fid"].value
    assert found["sfid"].value == expected["sfid"].value
    assert found["precision"].value is found["recall"].value is None
    assert "statistics alone" in found["recall"].reason
    assert not warnings
    found, warnings = scores_of(tmp_path / "fid.npz", heldout)
    assert found["fid"].value == expected["fid"].value
    assert found["sfid"].value is None
    assert "does not say which extractor" in warnings[0]


def test_statistics_of_a_larger_set_are_used_for_fid_and_the_images_for_recall(heldout, tmp_path):
    build_reference("digits", tmp_path / "r.npz", BuildOptions("digits", limit_images=300), Progress())
    whole, _ = scores_of("digits", heldout)
    found, warnings = scores_of(tmp_path / "r.npz", heldout)
    assert found["fid"].value == pytest.approx(whole["fid"].value, rel=1e-5)
    assert found["recall"].value != whole["recall"].value
    assert any("precision and recall depend" in warning for warning in warnings)


def test_another_extractors_reference_is_refused(built, heldout, inception_graph):
    with pytest.raises(InputError, match="made with the extractor digits, not inception; choose the extractor digits"):
        evaluate_files(
            str(built / "images.npz"), [heldout], EvaluationOptions("inception", inception_graph), Progress()
        )


def test_other_weights_than_the_references_are_refused(built, heldout, tmp_path):
    from safetensors.torch import load_file, save_file

    from beatgans.evaluator.digits import WEIGHTS

    tensors = load_file(WEIGHTS)
    tensors["classifier.bias"] += 1
    save_file(tensors, tmp_path / "other.safetensors")
    with pytest.raises(InputError, match="made with other weights of the extractor digits"):
        scores_of(built / "images.npz", heldout, weights=tmp_path / "other.safetensors")


def test_statistics_of_another_width_are_refused(heldout, tmp_path):
    np.savez(tmp_path / "r.npz", mu=np.zeros(2048), sigma=np.eye(2048))
    with pytest.raises(InputError, match="the samples have 64 pool features and the reference 2,048"):
        scores_of(tmp_path / "r.npz", heldout)


def test_features_are_taken_from_the_cache_the_second_time(heldout, monkeypatch):
    first = scores_of("digits", heldout)
    monkeypatch.setattr("beatgans.evaluator.digits.DigitsExtractor.__call__", None)
    assert scores_of("digits", heldout) == first
    with pytest.raises(TypeError):
        scores_of("digits", heldout, cache=False)


def test_the_inception_graph_scores_a_batch_file_against_a_reference_that_it_built(inception_graph, tmp_path):
    random = np.random.default_rng(0)
    for name in ("real", "made"):
        write_batch(tmp_path / f"{name}.npz", Batch(random.integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)))
    options = BuildOptions(weights=inception_graph)
    build_reference(str(tmp_path / "real.npz"), tmp_path / "reference.npz", options, Progress())
    evaluation = evaluate_files(
        str(tmp_path / "reference.npz"),
        [tmp_path / "made.npz"],
        EvaluationOptions(
            weights=inception_graph, metrics=["inception_score", "precision", "recall"], dtype="bfloat16"
        ),
        Progress(),
    )
    scored = evaluation.samples[0]
    assert evaluation.protocol["extractor"] == "inception"
    assert all(score.value is not None for score in scored.scores.values())
    assert any("not for tables" in warning for warning in scored.warnings)


def test_a_missing_file_is_named_before_anything_is_computed(heldout, tmp_path):
    with pytest.raises(InputError, match=r"none\.npz does not exist"):
        evaluate_files("digits", [heldout, tmp_path / "none.npz"], EvaluationOptions("digits"), Progress())
