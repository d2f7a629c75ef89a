"""Pictures to make files of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image


@pytest.fixture
def pictures() -> NDArray[np.uint8]:
    """Twelve random pictures, uint8 [12, 6, 5, 3]."""
    return np.random.default_rng(0).integers(0, 256, (12, 6, 5, 3), np.uint8)


@pytest.fixture
def save() -> Callable[[Path, NDArray[np.uint8]], Path]:
    """Saves one picture in the format of its suffix."""

    def save(path: Path, picture: NDArray[np.uint8]) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture).save(path)
        return path

    return save
