"""``beatgans train``."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Device

if TYPE_CHECKING:
    from ...generators.training.loop import Outcome


def train(
    what: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE",
            help="The path of a YAML file, the name of a recipe such as digits-diffusion, or digits: all that ships.",
        ),
    ],
    output: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", metavar="DIR", help="The training's folder.", show_default="trained/<recipe's name>"
        ),
    ] = None,
    overrides: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change the recipe, such as steps=100 or data.images=photos."),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, help="Of the initial weights, the batches and the noise.", show_default="the recipe's"),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the training that the folder holds, from its last checkpoint.")
    ] = False,
    device: Device = "auto",
    threads: Annotated[
        int | None,
        typer.Option(min=1, help="Of the processor; not with digits.", show_default="one a core"),
    ] = None,
    tensorboard: Annotated[
        bool, typer.Option("--tensorboard", help="Write event files too; takes the extra tensorboard.")
    ] = False,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Write what it came to as JSON too.")
    ] = None,
) -> None:
    """Train a diffusion model, a noisy classifier, an upsampler or a GAN by a recipe; docs/training.md has the keys.

    A training that was interrupted goes on with --resume. torchrun -m beatgans.harness train shares one out.
    """
    from ...reference_batches import InputError
    from ..device import rank, world_size
    from ..errors import InterruptionError, RunError
    from ..progress import Progress
    from ..recipes import DIGITS, digits_recipes, load_recipe

    progress = Progress(quiet=rank() > 0)
    command = shlex.join(["beatgans", *sys.argv[1:]]).encode(errors="backslashreplace").decode()
    changes = overrides or []
    is_all = what == DIGITS
    if is_all and world_size() > 1:
        raise InputError("torchrun shares out one training, and digits are three; name one of them, digits-diffusion")
    if is_all and threads is not None:
        raise InputError("--threads: the digits' networks are trained by one thread each; leave it out")
    recipes = digits_recipes(changes, seed) if is_all else [load_recipe(what, changes, seed)]
    out = output or (Path("trained") if is_all else Path("trained") / recipes[0].name)

    from ...generators.training.folder import TrainingFolder
    from ..outputs import check_outputs
    from ..training import Job, prepare, to_json, train_all_digits, train_recipe

    folder = TrainingFolder(out)
    own = (folder.recipe, folder.progress, folder.scores, folder.weights, folder.record, folder.model)
    check_outputs({"--json": json_file}, [Path(what), *(Path(recipe.data.images) for recipe in recipes), *own])
    device = prepare(device, 1 if is_all else threads)
    first = recipes[0]
    try:
        if is_all:
            made_by = f"beatgans train digits --seed {first.seed}"
            jobs = [Job(recipe, out / recipe.name, device, made_by, resume, tensorboard) for recipe in recipes]
            outcomes = train_all_digits(jobs, out, progress)
        else:
            outcomes = {first.name: train_recipe(Job(first, out, device, command, resume, tensorboard), progress)}
    except KeyboardInterrupt:
        raise InterruptionError("interrupted; give the same command with --resume to go on") from None
    except OSError as error:
        raise RunError(
            f"the training stopped at {error.filename or out}: {error.strerror}; mend that and give the same command "
            "with --resume to go on"
        ) from error
    if rank() > 0:
        return
    if json_file is not None:
        from ...reference_batches import atomic_write

        with atomic_write(json_file) as file:
            file.write(to_json(outcomes, out).encode())
    for name, outcome in outcomes.items():
        print(describe(name, outcome))
    print(f"Weights: {out}" if is_all else f"Model: {out / 'model.yaml'}")


def describe(name: str, outcome: Outcome | None) -> str:
    """What a training came to, in a line."""
    if outcome is None:
        return f"{name} had come to its end before."
    from ..progress import duration

    steps = outcome.steps - outcome.first_step
    loss = f", loss {outcome.last['loss']:.4g}" if "loss" in outcome.last else ""
    rate = f" ({outcome.images_per_second:,.3g} images/s)" if outcome.images_per_second else ""
    skipped = f"; {outcome.skipped_steps:,} steps of the training were skipped" if outcome.skipped_steps else ""
    return (
        f"{name}: {steps:,} steps in {duration(outcome.seconds)}{rate}{loss}; {outcome.share_waited:.1%} of the time"
        f" went to waiting for images{skipped}"
    )
