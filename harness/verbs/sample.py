"""``beatgans sample``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import InterruptionError, RunError
from .options import Device

if TYPE_CHECKING:
    from ...generators import ModelEntry, SamplerSettings
    from ...generators.computation import Computation
    from ..progress import Progress

DIFFUSION_SAMPLER = "ddim"
DIFFUSION_STEPS = 25
GAN_TRUNCATION = 1.0
BATCH_SIZE = 50
LABELS = "balanced"


def sample(
    model: Annotated[
        str, typer.Argument(help="A model of `beatgans list models`, a model file, module:function, or BASE+UPSAMPLER.")
    ],
    number: Annotated[int, typer.Option("-n", "--number", min=1, max=10_000_000, help="How many images.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.npz", help="The batch file to write.")],
    sampler: Annotated[
        str | None,
        typer.Option(
            help="ddpm, ddim, dpm-solver++2m, dpm-solver++3m, unipc, unipc3 or heun; diffusion models only.",
            show_default=DIFFUSION_SAMPLER,
        ),
    ] = None,
    steps: Annotated[
        int | None,
        typer.Option(min=1, help="Sampling steps; diffusion models only.", show_default=str(DIFFUSION_STEPS)),
    ] = None,
    respacing: Annotated[
        str | None, typer.Option(help="In place of --steps: which steps, such as 10,15,20 or ddim25 or karras18.")
    ] = None,
    guidance: Annotated[float, typer.Option(help="Scale of the classifier guidance; 0 is none.")] = 0.0,
    classifier_free: Annotated[
        float, typer.Option(help="Scale of the classifier-free guidance, for models that know it; 0 is none.")
    ] = 0.0,
    guidance_interval: Annotated[
        str | None, typer.Option(metavar="FIRST-LAST", help="Guide at these timesteps alone, such as 200-800.")
    ] = None,
    truncation: Annotated[
        float | None, typer.Option(help="Scale of the latent; GANs only.", show_default=str(GAN_TRUNCATION))
    ] = None,
    eta: Annotated[float, typer.Option(help="Share of DDPM's noise in DDIM.")] = 0.0,
    churn: Annotated[float, typer.Option(help="EDM's S_churn: noise that heun adds anew.")] = 0.0,
    clip: Annotated[bool, typer.Option(help="Keep predicted images within [-1, 1].")] = True,
    upsampler_sampler: Annotated[
        str | None, typer.Option(help="Sampler of a stack's second stage.", show_default="that of the first, or ddim")
    ] = None,
    upsampler_steps: Annotated[
        int | None, typer.Option(min=1, help="Steps of a stack's second stage.", show_default=str(DIFFUSION_STEPS))
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(metavar="FILE|DIR", help="The model's weights, in place of those that ship or are fetched."),
    ] = None,
    seed: Annotated[int, typer.Option(help="Image i depends on the model, these settings, the seed and i alone.")] = 0,
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="balanced|uniform|LIST",
            help="Take the classes in turn, draw them, or repeat a list: 3,7.",
            show_default=LABELS,
        ),
    ] = None,
    batch_size: Annotated[
        str, typer.Option(metavar="N|auto", help="Images computed at once; auto finds the most that fit.")
    ] = str(BATCH_SIZE),
    workers: Annotated[
        int | None, typer.Option(min=1, help="Processes that sample at once.", show_default="one a core; 1 on a GPU")
    ] = None,
    device: Device = "auto",
    dtype: Annotated[
        str, typer.Option(metavar="float32|bfloat16|float16", help="What diffusion models are computed in.")
    ] = "float32",
    compile_network: Annotated[
        bool, typer.Option("--compile", help="Compile the network first, which takes minutes and pays for long runs.")
    ] = False,
    cuda_graphs: Annotated[
        bool, typer.Option("--cuda-graphs", help="Replay recorded batches, which pays for small ones on a GPU.")
    ] = False,
) -> None:
    """Sample images from a model into a batch file. What was interrupted goes on by the same command."""
    from ...generators import choose_labels, find_model
    from ...generators.computation import FAST, Computation
    from ...generators.noise import check_seed
    from ...reference_batches import InputError
    from ..device import prepare_device
    from ..folder import make_folder
    from ..outputs import check_outputs
    from ..progress import Progress
    from ..sample import (
        SampleRequest,
        check_number,
        files_of,
        has_labels,
        record_file,
        sample_to_file,
        started_shard_size,
    )

    if output.suffix != ".npz":
        raise InputError(f"-o {output}: a batch file ends in .npz")
    if output.is_dir():
        raise InputError(f"-o {output}: this is a folder; name a file")
    if batch_size != "auto" and not (batch_size.isascii() and batch_size.isdigit() and int(batch_size) > 0):
        raise InputError(f"--batch-size {batch_size}: give a number of images, or auto")
    progress = Progress()
    options = {
        "guidance": guidance,
        "classifier_free": classifier_free,
        "guidance_interval": guidance_interval,
        "eta": eta,
        "churn": churn,
        "clip": clip,
    }
    entry = find_model(model, weights)
    settings = _settings(entry, sampler, steps, respacing, truncation, options)
    if entry.family == "stack":
        settings = _with_second_stage(entry, settings, upsampler_sampler, upsampler_steps)
    elif upsampler_sampler is not None or upsampler_steps is not None:
        raise InputError(f"--upsampler-steps and --upsampler-sampler are for stacks, and {entry.name} is one model")
    entry.check(settings)
    read = [Path(model), *files_of(entry), *([] if weights is None else [weights])]
    check_outputs({"-o": output, "the record of -o": record_file(output)}, read)
    computation = Computation(dtype=dtype, compile=compile_network, cuda_graphs=cuda_graphs)
    if computation != FAST and not entry.takes_computation:
        raise InputError(
            f"--dtype, --compile and --cuda-graphs are for diffusion models, and {entry.name} is none; leave them out"
        )
    if has_labels(entry) and labels is not None:
        raise InputError(f"--labels {labels}: {model.split('+')[0]} has labels of its own; leave it out")
    policy = labels or LABELS
    check_seed(seed)
    choose_labels(policy, seed, _first(number), entry.num_classes)  # refuses bad ones before anything is loaded
    check_number(entry, number)
    _fetch_weights(entry, guidance > 0, progress)
    prepared = prepare_device(device)
    computation.check(prepared)
    for warning in [*entry.cautions, *entry.warnings(settings)]:
        progress.warn(warning)
    make_folder(output.parent)
    if batch_size == "auto":  # depends on the memory that is free now, and what was begun goes on all the same
        shard_size = started_shard_size(output)
        images_at_once = _largest(entry, settings, prepared, workers, computation, progress)
    else:
        shard_size, images_at_once = None, int(batch_size)
    request = SampleRequest(
        model,
        settings,
        number,
        seed,
        None if has_labels(entry) else policy,
        min(images_at_once, shard_size or number, number),
        prepared,
        workers,
        computation,
        None if weights is None else str(weights),
        shard_size,
    )
    try:
        sample_to_file(request, output, progress)
    except KeyboardInterrupt:
        raise InterruptionError("interrupted; give the same command again to continue") from None
    except OSError as error:
        raise RunError(
            f"sampling stopped at {error.filename or output}: {error.strerror}; mend that and give the same command "
            "again to continue"
        ) from error
    print(f"{output}: {number} images of {entry.name}")


def _settings(
    entry: ModelEntry,
    sampler: str | None,
    steps: int | None,
    respacing: str | None,
    truncation: float | None,
    options: dict[str, Any],
) -> SamplerSettings:
    """The settings that the options stand for, with the defaults of the model's family: of a stack, of its base."""
    from ...generators import SamplerSettings
    from ...reference_batches import InputError

    if steps is not None and respacing is not None:
        raise InputError("give either --steps or --respacing")
    first = entry.stages[0]
    if first.family == "diffusion":
        sampler = sampler or DIFFUSION_SAMPLER
        if respacing is None:
            steps = steps or DIFFUSION_STEPS
    elif first.family == "gan" and truncation is None:
        truncation = GAN_TRUNCATION
    if steps is not None:
        try:
            respacing = first.respacing_of(sampler, steps)
        except InputError as error:
            raise InputError(f"--steps {steps}: {error}") from error
    return SamplerSettings(sampler, respacing, truncation=truncation, **options)


def _with_second_stage(
    entry: ModelEntry, settings: SamplerSettings, sampler: str | None, steps: int | None
) -> SamplerSettings:
    """The settings of a stack, whose second stage has the first one's sampler unless it is given its own."""
    from dataclasses import replace

    from ...generators import SamplerSettings

    sampler = sampler or settings.sampler or DIFFUSION_SAMPLER
    respacing = entry.stages[1].respacing_of(sampler, steps or DIFFUSION_STEPS)
    return replace(settings, upsampler=SamplerSettings(sampler, respacing))


def _first(number: int) -> Any:
    """The index of the first sample, and of the last."""
    import numpy as np

    return np.array([0, number - 1])


def _fetch_weights(entry: ModelEntry, guided: bool, progress: Progress) -> None:
    """Brings the weights here, under a bar, before processes ask for them."""
    from ..weights import fetch_weights

    fetch_weights(entry, guided, progress)


def _largest(
    entry: ModelEntry,
    settings: SamplerSettings,
    device: str,
    workers: int | None,
    computation: Computation,
    progress: Progress,
) -> int:
    """The most images that the device holds at once."""
    from ...generators import generator_of
    from ..batch_size import find_batch_size
    from ..device import available_cores

    processes = workers or (available_cores() if device == "cpu" else 1)
    size = find_batch_size(generator_of(entry, device, computation), settings, device, processes)
    progress.note(f"batches of {size} images fit")
    return size
