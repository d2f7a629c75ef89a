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
from .entries import UNGUIDED, PipelineEntry

DENOISERS = ("unet", "transformer", "denoiser")
"""What pipelines call the network whose evaluations count."""
CLASS_COUNTS = ("num_class_embeds", "num_embeds_ada_norm")
"""What networks' configurations call the number of classes."""
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
            InputError: diffusers is not installed or has no such pipeline, or the pipeline takes labels where the entry
                has no classes, or the other way round.
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
        self._check_classes()

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
        arguments = {**self.entry.call_arguments(settings), **self._labels(labels), "output_type": "np"}
        if "guidance_scale" in self._accepted:  # its default is often to guide
            arguments.setdefault("guidance_scale", UNGUIDED)
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
    def _accepted(self) -> dict[str, inspect.Parameter]:
        """What the pipeline can be called with."""
        return dict(inspect.signature(self.pipeline.__call__).parameters)

    @cached_property
    def _known_classes(self) -> int | None:
        """How many classes the networks' configurations tell of; None where they tell of none."""
        counts = [
            getattr(getattr(network, "config", None), name, None) for network in self.networks for name in CLASS_COUNTS
        ]
        return next((count for count in counts if isinstance(count, int)), None)

    @property
    def _needs_labels(self) -> bool:
        """Whether ``class_labels`` must be said: left out, some pipelines fail and others draw classes themselves."""
        label = self._accepted.get("class_labels")
        return label is not None and (label.default is inspect.Parameter.empty or self._known_classes is not None)

    @property
    def _takes_labels(self) -> bool:
        """Whether ``class_labels`` does anything: pipelines with a default for it ignore it if no network has classes.

        Where no network is known, nothing says so, and labels are passed on.
        """
        return self._needs_labels or ("class_labels" in self._accepted and not self.networks)

    def _check_classes(self) -> None:
        """Refuses an entry whose classes are not the pipeline's."""
        if "class_labels" in self.entry.arguments:
            raise InputError(
                f"class_labels of {self.name} cannot be among its arguments, as every image has a label of its own; "
                "set num_classes there, and ask for labels, such as --labels 207"
            )
        if self.entry.prompts is not None:
            return
        known = self._known_classes
        if self._needs_labels and not self.num_classes:
            raise InputError(
                f"{self.name} is told the class of every image, and nothing says how many classes it has; write a "
                f"model file with pipeline: {self.entry.pipeline} and num_classes: {known or 'their number'}"
            )
        if self.num_classes and not self._takes_labels:
            raise InputError(f"num_classes is {self.num_classes}, and {self.name} takes no labels; leave it out")
        if self.num_classes and known is not None and self.num_classes > known:
            raise InputError(f"num_classes is {self.num_classes}, and the network of {self.name} has {known} classes")

    def _labels(self, labels: NDArray[np.int64]) -> dict[str, Any]:
        """The arguments that say how many images are wanted, and of what."""
        if self.entry.prompts is not None:
            return {"prompt": [self.entry.prompts[label] for label in labels]}
        if self.num_classes:
            number = {"batch_size": len(labels)} if "batch_size" in self._accepted else {}
            return {"class_labels": labels.tolist(), **number}
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
