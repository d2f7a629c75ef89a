import itertools

import numpy as np
import pytest

from beatgans.reports.style import COLOURS, DASHES, GAN_COLOUR, MARKERS

# Linear sRGB to XYZ (IEC 61966-2-1), and the simulations of G. M. Machado et al., "A physiologically-based model for
# simulation of color vision deficiency", 2009, at full severity.
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
SIGHTS = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def linear(colour):
    """Linear RGB of ``#rrggbb``."""
    channels = np.array([int(colour[start : start + 2], 16) for start in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb):
    """CIELAB of linear RGB, for D65."""
    ratios = TO_XYZ @ np.clip(rgb, 0, 1) / np.array([0.95047, 1.0, 1.08883])
    f = np.where(ratios > 0.008856, np.cbrt(ratios), 7.787 * ratios + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("sight", SIGHTS)
def test_any_two_colours_are_told_apart_by_every_sight(sight):
    seen = [lab(np.array(SIGHTS[sight]) @ linear(colour)) for colour in (*COLOURS, GAN_COLOUR)]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 25


def test_any_two_colours_are_told_apart_in_grey():
    lightness = sorted(lab(linear(colour))[0] for colour in (*COLOURS, GAN_COLOUR))
    assert min(np.diff(lightness)) > 7


def test_every_colour_can_be_seen_on_white():
    """The contrast that WCAG 2 asks of graphics is 3; the lightest, for a sixth line, has a marker besides."""
    contrasts = [1.05 / (TO_XYZ[1] @ linear(colour) + 0.05) for colour in COLOURS]
    assert sum(contrast >= 3 for contrast in contrasts) >= 4
    assert min(contrasts) > 2


def test_markers_and_dashes_tell_the_lines_apart_without_any_colour():
    assert len(set(MARKERS)) == len(MARKERS) >= 2 * len(COLOURS)
    assert len(set(DASHES)) == len(DASHES) >= len(COLOURS)
