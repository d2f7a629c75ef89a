import io

import numpy as np
import pytest
from PIL import Image

from beatgans.reports.grids import sample_grid


def drawn(images, *arguments, **options):
    return np.asarray(Image.open(io.BytesIO(sample_grid(images, *arguments, **options))))


@pytest.fixture
def images():
    return np.random.default_rng(0).integers(0, 255, (30, 8, 8, 3), dtype=np.uint8)


def test_classes_are_columns_in_the_order_of_their_labels(images):
    labels = np.arange(30)[::-1] % 3
    grid = drawn(images, labels, scale=1, rows=2)
    assert grid.shape == (2 * 9 + 1, 3 * 9 + 1, 3)
    for label in range(3):
        for row, index in enumerate(np.flatnonzero(labels == label)[:2]):
            tile = grid[1 + 9 * row :, 1 + 9 * label :][:8, :8]
            np.testing.assert_array_equal(tile, images[index])


def test_pixels_are_repeated_and_none_is_invented(images):
    grid = drawn(images[:1], np.zeros(1, int), scale=5)
    gap = 2
    np.testing.assert_array_equal(grid[gap : gap + 40 : 5, gap : gap + 40 : 5], images[0])
    np.testing.assert_array_equal(grid[gap + 4 : gap + 40 : 5, gap + 4 : gap + 40 : 5], images[0])


def test_small_images_are_made_visible_and_large_ones_left_alone(images):
    assert drawn(images[:1], np.zeros(1, int)).shape[0] >= 32
    large = np.zeros((1, 64, 64, 3), np.uint8)
    assert drawn(large, np.zeros(1, int)).shape == (66, 66, 3)


def test_a_class_of_few_images_leaves_blanks(images):
    grid = drawn(images[:3], np.array([0, 0, 1]), scale=1)
    assert (grid[10:18, 10:18] == 255).all()


def test_without_labels_images_go_row_by_row(images):
    grid = drawn(images, None, scale=1, rows=2, columns=4)
    assert grid.shape == (19, 37, 3)
    np.testing.assert_array_equal(grid[1:9, 10:18], images[1])
    np.testing.assert_array_equal(grid[10:18, 1:9], images[4])


def test_many_classes_and_images_are_cut(images):
    assert drawn(images, np.arange(30), scale=1).shape == (10, 91, 3)


def test_bytes_are_the_same_each_time(images):
    labels = np.arange(30) % 10
    assert sample_grid(images, labels) == sample_grid(images, labels)
