from __future__ import annotations

import numpy as np
import pytest
import torch

from beatgans.generators.images import truncate_to_uint8


def test_fractions_of_a_level_are_dropped_and_the_range_is_kept():
    values = torch.tensor([-3.0, -1.0, -0.5, 0.0, 0.5, 0.999, 1.0, 7.0])
    images = values.view(1, 1, 1, -1).expand(1, 3, 1, -1)
    assert truncate_to_uint8(images)[0, 0, :, 0].tolist() == [0, 0, 63, 127, 191, 254, 255, 255]


def test_channels_come_last():
    levels = np.random.RandomState(0).randint(255, size=(2, 4, 5, 3))
    images = torch.from_numpy((levels + 0.4) / 127.5 - 1).permute(0, 3, 1, 2).float()
    pixels = truncate_to_uint8(images)
    assert pixels.dtype == np.uint8
    assert pixels.flags.c_contiguous
    assert np.array_equal(pixels, levels)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_values_that_are_no_numbers_do_not_become_pixels(bad: float):
    images = torch.zeros(2, 3, 4, 4)
    images[1, 2, 3, 3] = bad
    with pytest.raises(FloatingPointError, match="not a number"):
        truncate_to_uint8(images)
