from __future__ import annotations

import numpy as np
import pytest

from beatgans.harness import load_suite
from beatgans.harness.feasibility import check_feasible
from beatgans.harness.identity import identify
from beatgans.harness.points import operating_points
from beatgans.reference_batches import Batch, InputError, write_batch


@pytest.fixture
def check(suite_file):
    def check(*overrides):
        suite = load_suite(str(suite_file), overrides)
        points = operating_points(suite)
        check_feasible(suite, points, identify(suite, points, "cpu"), "cpu")

    return check


@pytest.fixture
def images(tmp_path):
    """Writes a file of so many black images of a size."""

    def images(number, size):
        path = tmp_path / f"{number}x{size}.npz"
        write_batch(path, Batch(np.zeros((number, size, size, 3), np.uint8)))
        return path

    return images


def test_what_can_be_scored_is_accepted(check, images):
    check()
    check("num_images=4", f"reference={images(4, 8)}")


def test_too_few_images_are_refused_by_the_field(check, images):
    with pytest.raises(InputError, match="num_images: 3 is too few; scores take at least 4 images"):
        check("num_images=3")
    with pytest.raises(InputError, match=r"3x8.npz holds 3 images; scores take at least 4"):
        check(f"points.2.images={images(3, 8)}")


def test_images_that_the_extractor_does_not_take_are_refused_by_the_field(check, images):
    with pytest.raises(InputError, match=r"reference: .*10x16.npz: the digits extractor takes images of 8x8"):
        check(f"reference={images(10, 16)}")
    with pytest.raises(InputError, match=r"points: 10x16: the digits extractor takes images of 8x8"):
        check(f"points.2.images={images(10, 16)}")


def test_a_stack_of_too_few_images_is_refused_before_any_is_made(stack_suite, images):
    stack_suite.with_name("up.pt").touch()
    suite = load_suite(str(stack_suite), [f"points.0.model={images(3, 16)}+{stack_suite.with_name('up.yaml')}"])
    points = operating_points(suite)
    with pytest.raises(InputError, match=r"the base of 3x16\+up holds 3 images; scores take at least 4"):
        check_feasible(suite, points, identify(suite, points, "cpu"), "cpu")
