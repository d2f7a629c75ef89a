"""The sets of real images that come with the package or its libraries."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .batch_file import Batch
from .digits import digits_heldout, digits_reference


class BuiltIn(NamedTuple):
    """A built-in set of real images."""

    description: str
    load: Callable[[], Batch]


REFERENCES = {
    "digits": BuiltIn(
        "1,297 handwritten digits of scikit-learn, 8x8 RGB: the part that models train on", digits_reference
    ),
    "digits-heldout": BuiltIn("500 further digits, 50 of each class, that no model has seen", digits_heldout),
}
