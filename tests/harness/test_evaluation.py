from __future__ import annotations

import json
import math

import numpy as np
import pytest

from beatgans.harness import Progress
from beatgans.harness.evaluation import EvaluationOptions, evaluate_files, to_json
from beatgans.reference_batches import Batch, InputError, digits_heldout, read_batch, sha256_file, write_batch
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


def test_the_json_names_files_reference_and_protocol(heldout):
    data = json.loads(to_json(evaluate_files("digits", [heldout, heldout], EvaluationOptions("digits"), Progress())))

    assert data["schema"] == "beatgans/scores/1"
    assert (data["reference"], data["num_reference_images"]) == ("digits", 1297)
    assert data["protocol"]["extractor"] == "digits"
    assert [entry["sha256"] for entry in data["samples"]] == [sha256_file(heldout)] * 2
    assert data["samples"][0]["scores"] == data["samples"][1]["scores"]


def test_a_missing_file_is_named_before_anything_is_computed(heldout, tmp_path):
    with pytest.raises(InputError, match=r"none\.npz does not exist"):
        evaluate_files("digits", [heldout, tmp_path / "none.npz"], EvaluationOptions("digits"), Progress())
