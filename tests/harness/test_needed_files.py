from __future__ import annotations

import re

import pytest
import yaml

from beatgans.harness.needed_files import check_needed_files
from beatgans.harness.points import operating_points
from beatgans.harness.suite import parse_suite
from beatgans.reference_batches import InputError, catalog


@pytest.fixture
def check():
    def check(*points, **keys):
        tree = {"name": "a", "reference": "digits", "extractor": "digits", "num_images": 10, "points": list(points)}
        suite = parse_suite({**tree, **keys}, "test.yaml")
        check_needed_files(suite, operating_points(suite))

    return check


def model_file(tmp_path, name, **fields):
    path = tmp_path / f"{name}.yaml"
    path.write_text(yaml.safe_dump({"weights": f"{name}.pt", "flags": {"image_size": 64}, **fields}))
    return {"model": str(path), "sampler": "ddim", "steps": 5}


def test_what_is_shipped_fetched_by_itself_or_here_is_not_missing(check, tmp_path):
    (tmp_path / "mine.pt").touch()
    check(
        {"model": "digits-gan", "truncation": 1.0},
        {"images": "digits-heldout"},
        {"model": "adm-imagenet64", "sampler": "ddim", "steps": 5, "guidance": 1.0},
        model_file(tmp_path, "mine"),
        model_file(tmp_path, "far", url="https://example.org/far.pt"),
    )


def test_all_that_is_missing_is_named_in_one_sentence(check, tmp_path):
    message = (
        "test.yaml: imagenet64, imagenet64-admnet and imagenet64-iddpm have not been fetched; "
        "`beatgans reference fetch imagenet64 imagenet64-admnet imagenet64-iddpm` does so (1.4 GB); "
        f"and the weights {tmp_path / 'one.pt'} and {tmp_path / 'two.pt'} do not exist"
    )
    with pytest.raises(InputError, match=re.escape(message)):
        check(
            {"model": "imagenet64-admnet"},
            {"images": "imagenet64-iddpm"},
            model_file(tmp_path, "one"),
            model_file(tmp_path, "two"),
            reference="imagenet64",
            extractor="inception",
        )


def test_one_missing_file_is_one(check, tmp_path):
    with pytest.raises(InputError, match="imagenet64 has not been fetched; `beatgans reference fetch imagenet64` does"):
        check({"model": "digits-gan", "truncation": 1.0}, reference="imagenet64")
    with pytest.raises(InputError, match=r"the weights .*one\.pt does not exist"):
        check(model_file(tmp_path, "one"))


def test_a_classifier_is_missed_where_it_guides(check, tmp_path):
    (tmp_path / "one.pt").touch()
    point = model_file(tmp_path, "one", classifier={"weights": "classifier.pt", "flags": {}})
    check(point)
    with pytest.raises(InputError, match=r"classifier\.pt does not exist"):
        check(point | {"guidance": [0, 1.0]})


def test_what_is_fetched_is_not_missing(check):
    path = catalog()["imagenet64"].path
    path.parent.mkdir(parents=True)
    path.touch()
    check({"model": "digits-gan", "truncation": 1.0}, reference="imagenet64")


def test_an_extractor_that_there_is_not_comes_before_all_downloads(check):
    with pytest.raises(InputError, match="extractor: there is no extractor named 'inceptoin'; did you mean inception"):
        check({"model": "digits-gan", "truncation": 1.0}, extractor="inceptoin")
    with pytest.raises(InputError, match=r"extractor_weights: gone\.pb does not exist"):
        check({"model": "digits-gan", "truncation": 1.0}, extractor="inception", extractor_weights="gone.pb")
