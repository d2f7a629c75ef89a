"""A pipeline of the library ``diffusers`` as a generator; needs ``beatgans[diffusers]``."""

from __future__ import annotations

import inspect
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ...reference_batches import InputError, folder_sha256
from ..diffusion.unet import count_parameters
from ..generator import Generated, SamplerSettings, check_labels
from .callable import seeds_of
from .entries import PipelineEntry

DENOISERS = ("unet", "transformer", "denoiser")
"""What pipelines call the network whose evaluations count."""
GREY = 1
COLOURS = 3


class PipelineGenerator:
    """Calls a pipeline with a random generator for each image, so that no image depends on the batch.

    Labels go to the pipeline as ``class_labels``, or as the entry's prompt of each. Network evaluations are counted as
    the network is called: classifier-free guidance evaluates it twice, and counts so.
    """

    family = "pipeline"

    def __init__(self, entry: PipelineEntry, device: str = "cpu") -> None:
        """Loads the pipeline.

        Raises:
            InputError: diffusers is not installed, or has no such pipeline.
        """
        self.entry = entry
        self.name = entry.name
        self.image_size = entry.image_size
        self.num_classes = entry.num_classes
        self.labels = None
        self.device = device
        folder = pipeline_folder(entry)
        self.pipeline = _load(folder, entry)
        self.pipeline.to(device)
        self.pipeline.set_progress_bar_config(disable=True)
        self.weights_sha256 = {folder.name: folder_sha256(folder)}
        self.counter = EvaluationCounter(self.networks)

    @cached_property
    def networks(self) -> list[nn.Module]:
        """The networks that denoise."""
        return [part for name in DENOISERS if isinstance(part := getattr(self.pipeline, name, None), nn.Module)]

    @property
    def num_parameters(self) -> int | None:
        """Of the networks that denoise."""
        return count_parameters(self.networks) if self.networks else None

    def generate(
        self, seed: int, indices: NDArray[np.int64], labels: NDArray[np.int64], settings: SamplerSettings
    ) -> Generated:
        """Makes sample ``indices[k]`` of run ``seed``, showing class ``labels[k]``, for all k as one batch.

        Raises:
            InputError: the pipeline takes no such settings or labels, or does not return images.
        """
        self.entry.check(settings)
        check_labels(labels, self.num_classes)
        arguments = {**self._labels(labels), **self.entry.call_arguments(settings), "output_type": "np"}
        if "generator" in self._accepted:
            arguments["generator"] = [torch.Generator().manual_seed(int(own)) for own in seeds_of(seed, indices)]
        for name in arguments:
            if name not in self._accepted:
                raise InputError(f"{self.name} takes no {name}; it takes {', '.join(sorted(self._accepted))}")
        self.counter.calls = 0
        images = to_uint8(self.pipeline(**arguments).images, len(labels), self.name)
        evaluations = round(self.counter.calls / len(labels)) if self.networks else None
        return Generated(images, evaluations, 0)

    @cached_property
    def _accepted(self) -> set[str]:
        """What the pipeline can be called with."""
        return set(inspect.signature(self.pipeline.__call__).parameters)

    def _labels(self, labels: NDArray[np.int64]) -> dict[str, Any]:
        """The arguments that say how many images are wanted, and of what."""
        if self.entry.prompts is not None:
            return {"prompt": [self.entry.prompts[label] for label in labels]}
        if "class_labels" in self._accepted:
            return {"class_labels": labels.tolist()}
        if "prompt" in self._accepted and "prompt" in self.entry.arguments:
            return {"prompt": [self.entry.arguments["prompt"]] * len(labels)}
        return {"batch_size": len(labels)}


class EvaluationCounter:
    """Counts the images that networks are given, however they are called."""

    def __init__(self, networks: list[nn.Module]) -> None:
        self.calls = 0
        for network in networks:
            network.register_forward_pre_hook(self._count, with_kwargs=True)

    def _count(self, _: nn.Module, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        tensors = [value for value in (*given, *named.values()) if isinstance(value, torch.Tensor) and value.ndim > 1]
        self.calls += len(tensors[0]) if tensors else 1


def to_uint8(images: Any, number: int, name: str) -> NDArray[np.uint8]:
    """A pipeline's images, float [N, H, W, 1 or 3] in [0, 1], as levels: fractions are dropped, as for all models.

    Raises:
        InputError: they are no such images.
    """
    values = np.asarray(images, np.float32)
    if values.ndim != 4 or len(values) != number or values.shape[3] not in {GREY, COLOURS}:
        raise InputError(
            f"{name} returned an array of shape {list(values.shape)}, not {number} images [{number}, height, width, 3]"
        )
    if not np.isfinite(values).all():
        raise FloatingPointError(f"{name} made values that are infinite or not a number, which are no pixels")
    levels = (values * 255).clip(0, 255).astype(np.uint8)
    return np.repeat(levels, COLOURS, axis=3) if levels.shape[3] == GREY else levels


def pipeline_folder(entry: PipelineEntry) -> Path:
    """The folder of a pipeline; one of the hub is fetched into diffusers' own cache.

    Raises:
        InputError: diffusers is not installed, or there is no such pipeline.
    """
    folder = Path(entry.pipeline)
    if folder.is_dir():
        return folder
    library = _diffusers()
    try:
        return Path(library.DiffusionPipeline.download(entry.pipeline, revision=entry.revision))
    except Exception as error:  # of the network, of the hub, of the disk
        reason = " ".join(str(error).split())[:200]
        raise InputError(
            f"the pipeline {entry.pipeline} cannot be fetched ({reason}); fetch it elsewhere and name its folder"
        ) from error


def _load(folder: Path, entry: PipelineEntry) -> Any:
    library = _diffusers()
    library.utils.logging.disable_progress_bar()
    try:
        return library.DiffusionPipeline.from_pretrained(str(folder), local_files_only=True)
    except Exception as error:  # whatever is wrong with the folder
        reason = " ".join(str(error).split())[:200]
        raise InputError(f"the pipeline {entry.pipeline} cannot be loaded ({reason}); mend its folder") from error


def _diffusers() -> Any:
    try:
        import diffusers
    except ImportError:
        raise InputError("pipelines need the library diffusers; pip install 'beatgans[diffusers]'") from None
    return diffusers
