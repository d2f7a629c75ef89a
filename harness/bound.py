"""Bits per dimension of images on disk under a diffusion model, outside of any run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import CancelledError
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..generators import choose_subset, find_model
from ..generators.computation import FAST, Computation
from ..generators.diffusion.entries import DiffusionEntry
from ..generators.diffusion.schedule import Schedule
from ..generators.noise import check_seed
from ..reference_batches import ChosenImages, ImageSet, InputError, open_images
from ..reference_batches.parallel import map_in_order
from ..reports.record import Setting
from .device import available_cores
from .environment import describe_computation
from .model_labels import labels_for
from .progress import PacedNotes, Progress
from .weights import fetch_weights

if TYPE_CHECKING:
    from ..generators.diffusion.bits_per_dimension import MeanBound
    from ..generators.diffusion.bound import BoundTerms
    from ..generators.diffusion.diffusion_generator import DiffusionGenerator

SCHEMA = "beatgans/bound/1"
METRIC = "bpd"
LIKELIHOOD = "256 grey levels under a Gaussian, by the original's tanh"


@dataclass(frozen=True)
class BoundRequest:
    """Which images to measure under which model, and how to go about it.

    Attributes:
        model: the name of a diffusion model, or the path of its model file.
        data: a built-in set, a batch file, a folder or a zip archive of real images.
        weights: a file with the model's weights; None for those that ship or are fetched.
        number: so many of the images, drawn with the seed; None for all.
        seed: of the noise.
        respacing: the timesteps whose terms are summed, as guided-diffusion's ``--timestep_respacing``; "" for all.
        image_size: resize and crop the images to squares of so many pixels, as ADM does; None leaves them.
        batch_size: images computed at once.
        device: ``cpu`` or ``cuda``.
        computation: how the network is computed.
    """

    model: str
    data: str
    weights: Path | None = None
    number: int | None = None
    seed: int = 0
    respacing: str = ""
    image_size: int | None = None
    batch_size: int = 32
    device: str = "cpu"
    computation: Computation = FAST


@dataclass(frozen=True)
class ModelMeasured:
    """The model, and what its files are."""

    name: str
    weights_sha256: dict[str, str]


@dataclass(frozen=True)
class DataMeasured:
    """The images, and how many of them were taken."""

    name: str
    sha256: str
    num_images: int


@dataclass(frozen=True)
class BoundEvaluation:
    """The bound of some images under a model, and everything that it depends on."""

    model: ModelMeasured
    data: DataMeasured
    protocol: dict[str, Setting]
    """Everything that can change the number, besides model and data."""
    computation: dict[str, Setting]
    """What computed it. It changes the number by rounding alone."""
    bound: MeanBound


def evaluate_bound(request: BoundRequest, progress: Progress) -> BoundEvaluation:
    """Takes the variational bound of images, term by term.

    Raises:
        InputError: the model is no diffusion model, its files or the images cannot be used, these are of another size
            or their classes are not known, or an option is out of range.
    """
    entry = _diffusion_entry(request.model, request.weights)
    schedule = entry.schedule.respaced(request.respacing)
    check_seed(request.seed)
    request.computation.check(request.device)
    images = open_images(request.data, request.image_size)
    _check_size(entry, images)
    labels, label_source = labels_for(entry, images)
    number = len(images) if request.number is None else request.number
    if number > len(images):
        raise InputError(f"{images.name} holds {len(images):,} images; ask for -n {len(images)} or fewer")
    chosen = choose_subset(number, len(images), request.seed)
    fetch_weights(entry, guided=False, progress=progress)

    # Imported here because what is wrong with the request is known before torch has come.
    from ..generators import generator_of
    from ..generators.diffusion.bits_per_dimension import mean_bound
    from ..generators.diffusion.diffusion_generator import DiffusionGenerator

    generator = generator_of(entry, request.device, request.computation)
    assert isinstance(generator, DiffusionGenerator)
    protocol: dict[str, Setting] = {
        "metric": METRIC,
        "likelihood": LIKELIHOOD,
        "clip": True,
        "schedule": entry.schedule.kind,
        "num_timesteps": entry.schedule.num_steps,
        "respacing": request.respacing or None,
        "num_steps": len(schedule),
        "variance": entry.schedule.variance,
        "predicts": entry.schedule.predicts,
        "seed": request.seed,
        "labels": label_source,
        "image_size": entry.image_size,
        "resize": "adm" if request.image_size is not None else None,
        "dtype": request.computation.dtype,
    }
    return BoundEvaluation(
        ModelMeasured(request.model, generator.weights_sha256),
        DataMeasured(request.data, images.sha256, len(chosen)),
        protocol,
        {"batch_size": request.batch_size, **describe_computation(request.device, 1)},
        mean_bound(_bounds(generator, schedule, images, labels, chosen, request, progress)),
    )


def to_json(evaluation: BoundEvaluation) -> str:
    """An evaluation as JSON with sorted keys: the bound as a score, and the terms that it is the sum of."""
    bound = evaluation.bound
    content: dict[str, Any] = {
        "schema": SCHEMA,
        **{key: value for key, value in asdict(evaluation).items() if key != "bound"},
        "scores": {
            METRIC: {**_score(bound.total_bpd, bound.total_standard_error), "higher_is_better": False},
        },
        "prior_bpd": _score(bound.prior_bpd, bound.prior_standard_error),
        "vb": bound.vb.tolist(),
        "mse": bound.mse.tolist(),
        "xstart_mse": bound.xstart_mse.tolist(),
    }
    return json.dumps(content, allow_nan=False, indent=2, sort_keys=True) + "\n"


def _score(value: float, standard_error: float | None) -> dict[str, Any]:
    reason = "a single image has no standard error" if standard_error is None else None
    return {"value": value, "standard_error": standard_error, "reason": reason}


def _diffusion_entry(name: str, weights: Path | None) -> DiffusionEntry:
    entry = find_model(name, weights)
    if not isinstance(entry, DiffusionEntry):
        raise InputError(
            f"{name} is of the family {entry.family}, which has no variational bound; {METRIC} is of diffusion models: "
            f"beatgans evaluate --metrics {METRIC} MODEL DATA"
        )
    return entry


def _check_size(entry: DiffusionEntry, images: ImageSet) -> None:
    height, width = images.image_size
    size = entry.image_size
    if (height, width) != (size, size):
        raise InputError(
            f"the images of {images.name} have {width}x{height} pixels and those of {entry.name} {size}x{size}; "
            f"--image-size {size} resizes and crops them as ADM does"
        )


def _bounds(
    generator: DiffusionGenerator,
    schedule: Schedule,
    images: ImageSet,
    labels: NDArray[np.int64] | None,
    chosen: NDArray[np.int64],
    request: BoundRequest,
    progress: Progress,
) -> Iterator[BoundTerms]:
    """The bound of each batch of the chosen images, in order; on a CPU each core computes a batch of its own."""
    from ..generators.diffusion.bits_per_dimension import bound_of_batch

    evaluations = len(chosen) * len(schedule)
    notes, one_at_a_time, stopped = PacedNotes(progress, evaluations, "evaluations"), Lock(), Event()
    with progress.bar(f"Bits per dimension of {images.name}", evaluations, "evaluations") as advance:

        def on_step(number: int) -> None:
            if stopped.is_set():
                raise CancelledError  # a batch takes minutes, and Ctrl-C should not
            with one_at_a_time:
                advance(number)
                notes.advance(number)

        def bound_of(batch: tuple[NDArray[np.int64], NDArray[np.uint8]]) -> BoundTerms:
            indices, pixels = batch
            classes = None if labels is None else labels[indices]
            return bound_of_batch(generator, schedule, pixels, classes, request.seed, indices, on_step)

        batches = _batches(images, chosen, request.batch_size)
        threads = available_cores() if request.device == "cpu" else 1
        yield from map_in_order(bound_of, batches, threads, stopped.set)
    notes.finish()


def _batches(
    images: ImageSet, chosen: NDArray[np.int64], size: int
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.uint8]]]:
    """The chosen images with their places in their set, ``size`` at a time."""
    stream = (image for piece in ChosenImages(images, chosen).batches(size) for image in piece)
    for start in range(0, len(chosen), size):
        indices = chosen[start : start + size]
        yield indices, np.stack(list(islice(stream, len(indices))))
