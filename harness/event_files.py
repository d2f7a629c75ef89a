"""A training in TensorBoard: the numbers of ``progress.csv`` and ``scores.csv`` as event files."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..reference_batches import InputError

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


def check_tensorboard() -> None:
    """Refuses to write event files without the package that does.

    Raises:
        InputError: says how to install it.
    """
    try:
        import torch.utils.tensorboard  # noqa: F401 - whether it can be imported is the question
    except ImportError:
        raise InputError(
            "--tensorboard takes the package tensorboard: pip install 'beatgans[tensorboard]', or leave it out, as "
            "progress.csv and scores.csv hold the same"
        ) from None


class EventFiles:
    """Where numbers go by their steps."""

    def __init__(self, writer: SummaryWriter) -> None:
        self._writer = writer

    def write(self, step: int, values: Mapping[str, float | None], group: str) -> None:
        """Adds the numbers of a step, each a curve of its own; those that are None are left out."""
        for name, value in values.items():
            if value is not None and name != "step":
                self._writer.add_scalar(f"{group}/{name}", value, step)
        self._writer.flush()


@contextlib.contextmanager
def event_files(folder: Path, first_step: int) -> Iterator[EventFiles]:
    """A file in a folder, for the length of the ``with``. TensorBoard shows nothing of others after ``first_step``.

    Raises:
        OSError: it cannot be written.
    """
    from torch.utils.tensorboard import SummaryWriter

    writer = SummaryWriter(str(folder), purge_step=first_step + 1)
    try:
        yield EventFiles(writer)
    finally:
        writer.close()
