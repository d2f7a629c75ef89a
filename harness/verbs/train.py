"""``beatgans train``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Device

TRAINABLE = ("digits",)


def train(
    what: Annotated[
        str, typer.Argument(metavar="digits", help="What to train: the digits' generators, classifier and extractor.")
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", help="Where to write the weights and their records.")
    ],
    seed: Annotated[int, typer.Option(min=0, help="Of the initial weights, the batches and the noise.")] = 0,
    device: Device = "auto",
) -> None:
    """Make the weights that ship with beatgans again."""
    from ...reference_batches import InputError, hint
    from ..device import prepare_device
    from ..progress import Progress

    if what not in TRAINABLE:
        raise InputError(f"there is no training of {what!r}; {hint(what, TRAINABLE)}")
    device = prepare_device(device)
    from ..training import train_all_digits

    train_all_digits(output, seed, device, Progress())
    print(f"Weights: {output}")
