import hashlib

import numpy as np
from sklearn.datasets import load_digits

from beatgans.reference_batches import digits_heldout, digits_reference
from beatgans.reference_batches.digits import to_rgb


def test_the_two_parts_are_disjoint_and_complete():
    ours = [image.tobytes() for part in (digits_reference(), digits_heldout()) for image in part.images]
    theirs = [image.tobytes() for image in to_rgb(load_digits().images)]
    assert sorted(ours) == sorted(theirs)
    assert len(ours) == 1797


def test_the_split_is_balanced():
    assert np.bincount(digits_heldout().labels).tolist() == [50] * 10
    assert digits_heldout().labels[:12].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1]
    counts = np.bincount(digits_reference().labels)
    assert counts.min() >= 124
    assert counts.max() <= 133


def test_the_split_never_changes():
    # A changed split would make every shipped weight and every published figure of the digits wrong.
    digest = hashlib.sha256(digits_reference().images.tobytes() + digits_reference().labels.tobytes())
    assert digest.hexdigest()[:16] == "fca08cba50fb81da"


def test_grey_levels_span_the_range():
    levels = to_rgb(np.array([[[0.0, 8.0, 16.0]]]))
    assert levels[0, 0].tolist() == [[0, 0, 0], [128, 128, 128], [255, 255, 255]]
