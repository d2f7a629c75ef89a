"""References by name: the built-in ones, and any batch file by its path."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from .batch_file import Batch, read_batch
from .digits import digits_heldout, digits_reference
from .errors import InputError


class Reference(NamedTuple):
    """A built-in set of real images."""

    description: str
    load: Callable[[], Batch]


REFERENCES = {
    "digits": Reference(
        "1,297 handwritten digits of scikit-learn, 8x8 RGB: the part that models train on", digits_reference
    ),
    "digits-heldout": Reference("500 further digits, 50 of each class, that no model has seen", digits_heldout),
}


def load_reference(name_or_path: str) -> Batch:
    """Loads a built-in reference by its name, or a batch file by its path.

    Raises:
        InputError: there is no such reference and no such file, or the file is no batch file.
    """
    if name_or_path in REFERENCES:
        return REFERENCES[name_or_path].load()
    if Path(name_or_path).suffix != ".npz" and not Path(name_or_path).exists():
        close = difflib.get_close_matches(name_or_path, REFERENCES)
        hint = (
            f"did you mean {' or '.join(close)}?"
            if close
            else f"known are {', '.join(REFERENCES)}, or the path of an .npz file"
        )
        raise InputError(f"there is no reference named {name_or_path!r}; {hint}")
    return read_batch(name_or_path)
