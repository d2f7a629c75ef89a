from __future__ import annotations

import numpy as np
import pytest

from beatgans.generators.generator import check_labels
from beatgans.reference_batches import InputError


def test_labels_within_the_classes_are_accepted():
    check_labels(np.array([0, 9, 5]), 10)
    check_labels(np.array([], np.int64), 10)


@pytest.mark.parametrize("label", [-1, 10])
def test_a_label_beyond_the_classes_is_refused_by_name(label: int):
    with pytest.raises(InputError, match=f"label {label} is out of range; the model has classes 0 to 9"):
        check_labels(np.array([3, label, 4]), 10)
