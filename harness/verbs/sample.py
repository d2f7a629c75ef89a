"""``beatgans sample``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import Device

DIFFUSION_SAMPLER = "ddim"
DIFFUSION_STEPS = 25
GAN_TRUNCATION = 1.0


def sample(
    model: Annotated[str, typer.Argument(help="A model; `beatgans list models` has their names.")],
    number: Annotated[int, typer.Option("-n", "--number", min=1, max=10_000_000, help="How many images.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.npz", help="The batch file to write.")],
    sampler: Annotated[
        str | None, typer.Option(help="ddpm or ddim; diffusion models only.", show_default=DIFFUSION_SAMPLER)
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(min=1, help="Sampling steps; diffusion models only.", show_default=str(DIFFUSION_STEPS)),
    ] = None,
    respacing: Annotated[
        str | None, typer.Option(help="In place of --steps: which steps, such as 10,15,20 or ddim25.")
    ] = None,
    guidance: Annotated[float, typer.Option(help="Scale of the classifier guidance; 0 is none.")] = 0.0,
    truncation: Annotated[
        float | None, typer.Option(help="Scale of the latent; GANs only.", show_default=str(GAN_TRUNCATION))
    ] = None,
    eta: Annotated[float, typer.Option(help="Share of DDPM's noise in DDIM.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Image i depends on the model, these settings, the seed and i alone.")] = 0,
    labels: Annotated[
        str, typer.Option(metavar="balanced|uniform", help="Take the classes in turn, or draw them.")
    ] = "balanced",
    batch_size: Annotated[int, typer.Option(min=1, help="Images computed at once.")] = 50,
    device: Device = "auto",
) -> None:
    """Sample images from a model into a batch file."""
    from ...generators import SamplerSettings, check_settings, find_model, respacing_of, settings_warnings
    from ...reference_batches import InputError, write_batch
    from ..device import prepare_device
    from ..folder import make_folder
    from ..progress import Progress
    from ..sample import sample_batch

    if output.suffix != ".npz":
        raise InputError(f"-o {output}: a batch file ends in .npz")
    if output.is_dir():
        raise InputError(f"-o {output}: this is a folder; name a file")
    if steps is not None and respacing is not None:
        raise InputError("give either --steps or --respacing")
    is_diffusion = find_model(model).family == "diffusion"
    if steps is not None and not is_diffusion:
        raise InputError(f"--steps {steps}: {model} is a GAN and makes an image in one step; leave --steps out")
    if is_diffusion:
        sampler = sampler or DIFFUSION_SAMPLER
    elif truncation is None:
        truncation = GAN_TRUNCATION
    if steps is not None or (is_diffusion and respacing is None):
        respacing = respacing_of(sampler, steps or DIFFUSION_STEPS)
    settings = SamplerSettings(sampler, respacing, guidance, truncation, eta)
    check_settings(model, settings)
    progress = Progress()
    for warning in settings_warnings(model, settings):
        progress.warn(warning)
    make_folder(output.parent)
    batch = sample_batch(model, settings, number, seed, labels, batch_size, prepare_device(device), progress)
    write_batch(output, batch)
    print(f"{output}: {number} images of {model}")
