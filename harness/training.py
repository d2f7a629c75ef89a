"""The training of everything that a set of built-in models needs: generators, guiding classifier, extractor."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..evaluator.digits_training import STEPS, train_digits_extractor
from ..generators.training.digits import RECIPES, train_digits
from .progress import PacedNotes, Progress


def train_all_digits(out: Path, seed: int, device: str, progress: Progress) -> None:
    """Trains the four networks of the digits and writes each with a record of how it was made.

    Raises:
        OSError: a file cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    total = STEPS + sum(recipe["steps"] for recipe in RECIPES.values())
    notes = PacedNotes(progress, total, "steps")
    with progress.bar("Training the extractor", total, "steps") as bar:

        def advance(steps: float) -> None:
            bar(steps)
            notes.advance(steps)

        train_digits_extractor(out, seed, device, advance)
        progress.describe("Training the generators")
        train_digits(out, seed, device, _report_to(advance))
    notes.finish()


def _report_to(advance: Callable[[float], None]) -> Callable[[str, int], None]:
    """What generators call with a network's name and its new steps."""
    return lambda _, steps: advance(steps)
