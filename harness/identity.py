"""The identity of a run: everything that can change a pixel or a number, and nothing that cannot.

Neither the batch size nor the number of devices, the folder or the title is part of it. Two runs of equal identity are
one run; a folder is continued only by its own. Everything here works without torch.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from .. import evaluator, generators, reference_batches
from ..evaluator import ALL_METRICS, EXTRACTORS, EXTRACTORS_GROUP, METRICS_GROUP, find_metric, source_file
from ..generators import ModelEntry, SamplerSettings
from ..generators.adapters.entries import PipelineEntry
from ..generators.hashes import weights_sha256
from ..generators.stack import StackEntry
from ..reference_batches import InputError, folder_sha256, sha256_file
from .extractor import find_weights
from .image_identity import ImagesIdentity, identify_images, identify_reference
from .points import OperatingPoint
from .suite import Suite

LIBRARIES = ("beatgans", "numpy", "scikit-learn", "scipy", "torch")
JACKKNIFE_GROUPS = 20
"""Of the standard errors."""
NOT_OF_PIXELS = {"description", "source", "licence", "reported", "trained_on"}
"""What is said about a model and changes none of its images."""
PATHS = {"weights", "url", "pipeline", "images", "base", "upsampler"}
"""What an entry says of where other files and entries are."""
ROOMS = (evaluator, generators, reference_batches)
"""The packages whose code makes pixels and numbers."""
SHOWN_DIFFERENCES = 3


class Identity(BaseModel):
    """Everything that can change a pixel or a number of a run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    num_images: int
    seed: int
    labels: str
    shard_size: int
    protocol: str
    metrics: tuple[str, ...]
    jackknife_groups: int
    class_fid: bool = False
    baseline: str | None
    reference: str
    extractor: str
    extractor_sha256: str | None
    """Of its weights' file or folder; None for one that is code alone."""
    points: dict[str, dict[str, str | bool | float | None] | None]
    """The sampler settings of each operating point; None for existing images."""
    weights_sha256: dict[str, dict[str, str]]
    """By model and file; of a function, that of its module."""
    models_sha256: dict[str, str]
    """Of what a user's own file or the catalog says about each model: flags, schedule, arguments."""
    images: dict[str, ImagesIdentity]
    """The reference and the existing images, as the suite names them."""
    libraries: dict[str, str]
    """Their versions."""
    code_sha256: dict[str, str]
    """Of each room's sources, so that a run under development is never taken for one of the code before, and of the
    files of metrics and extractors that are not ours."""
    device: str
    """The kind of device: cpu or cuda."""
    dtype: str
    """What diffusion models are computed in."""

    def num_images_of(self, point: OperatingPoint) -> int:
        """How many images a point has: those that the suite asks for, as far as existing images go.

        These can be the point's own, or the base of a stack.
        """
        existing = point.most_images() if point.images is None else self.images[point.images].num_images
        return self.num_images if existing is None else min(self.num_images, existing)


def identify(
    suite: Suite, points: tuple[OperatingPoint, ...], device: str, known: Mapping[str, ImagesIdentity] | None = None
) -> Identity:
    """Works out a run's identity.

    Args:
        suite: the suite.
        points: its operating points.
        device: the kind of device that the run samples on.
        known: identities of images from the run's manifest.

    Raises:
        InputError: a reference, images or a weights file cannot be read, or there is no such extractor or metric.
    """
    known = known or {}
    weights = find_weights(suite.extractor, suite.extractor_weights)
    existing = {point.images for point in points if point.images is not None}
    images = {name: identify_images(name, known.get(name)) for name in sorted(existing)}
    if suite.reference not in images:
        images[suite.reference] = identify_reference(suite.reference, known.get(suite.reference))
    guided = {point.model for point in points if point.settings and point.settings.guidance > 0}
    said = _said(suite, points)
    return Identity(
        **said | {"code_sha256": said["code_sha256"] | _plugins_sha256(suite)},
        extractor_sha256=None if weights is None else _weights_sha256(weights),
        weights_sha256={model: weights_sha256(entry, model in guided) for model, entry in _entries(points).items()},
        images=images,
        device=device,
    )


def _said(suite: Suite, points: tuple[OperatingPoint, ...]) -> dict[str, Any]:
    """The fields that a suite and the installed package tell by themselves: no weights or images are read for them."""
    return {
        "num_images": suite.num_images,
        "seed": suite.seed,
        "labels": suite.labels,
        "shard_size": suite.shard_size,
        "protocol": suite.protocol,
        "metrics": suite.metrics,
        "jackknife_groups": JACKKNIFE_GROUPS,
        "class_fid": suite.class_fid,
        "baseline": suite.baseline,
        "reference": suite.reference,
        "extractor": suite.extractor,
        "points": {point.id: flat_settings(point.settings) if point.settings else None for point in points},
        "models_sha256": {model: entry_sha256(entry) for model, entry in _entries(points).items()},
        "libraries": library_versions(_entries(points).values()),
        "code_sha256": code_sha256(),
        "dtype": suite.dtype,
    }


def _entries(points: tuple[OperatingPoint, ...]) -> dict[str, ModelEntry]:
    """What there is to know about each model."""
    return {point.model: point.entry for point in points if point.entry is not None}


def config_hash(identity: Identity) -> str:
    """SHA-256 of an identity, independent of the order of its fields."""
    canonical = json.dumps(identity.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def differences(there: Identity, here: Identity) -> list[str]:
    """The fields in which two identities differ, each as ``seed is 0 there and 1 here``."""
    old, new = (_fields(identity) for identity in (there, here))
    return [
        f"{field} is {_show(old, field)} there and {_show(new, field)} here"
        for field in old | new
        if (field in old, old.get(field)) != (field in new, new.get(field))
    ]


def differences_said(there: Identity, suite: Suite, points: tuple[OperatingPoint, ...]) -> list[str]:
    """The :func:`differences` of a run and a suite, as far as they show at once.

    Weights, images, and metrics and extractors that are not ours are taken for those of the run, as is its device.
    """
    said = _said(suite, points)
    said["code_sha256"] = there.code_sha256 | said["code_sha256"]
    return differences(there, there.model_copy(update=said))


def in_short(differing: Sequence[str]) -> str:
    """The first of some differences, for a message."""
    more = len(differing) - SHOWN_DIFFERENCES
    return "; ".join(differing[:SHOWN_DIFFERENCES]) + (f"; and {more} more" if more > 0 else "")


def flat_settings(settings: SamplerSettings) -> dict[str, str | float | None]:
    """Sampler settings as one mapping, those of a second stage under dotted names."""
    values: dict[str, str | float | None] = {}
    for name, value in vars(settings).items():
        if isinstance(value, SamplerSettings):
            values |= {f"{name}.{field}": inner for field, inner in flat_settings(value).items()}
        elif name != "upsampler":
            values[name] = value
    return values


def library_versions(models: Iterable[ModelEntry]) -> dict[str, str]:
    """The versions of the libraries that make pixels and numbers; that of diffusers where a pipeline is sampled.

    A pipeline can be planned without diffusers.
    """
    has_pipeline = any(isinstance(stage, PipelineEntry) for model in models for stage in model.stages)
    used = (*LIBRARIES, "diffusers") if has_pipeline else LIBRARIES
    return {name: _version(name) for name in used}


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "not installed"


def code_sha256() -> dict[str, str]:
    """SHA-256 of the sources of each room that makes pixels and numbers, by its name."""
    return {
        room.__name__.rpartition(".")[2]: folder_sha256(_folder(room.__file__), (".py", ".yaml", ".csv"))
        for room in ROOMS
    }


def entry_sha256(entry: ModelEntry) -> str:
    """SHA-256 of what is said about a model: flags, schedule, arguments. The content of files counts by itself."""
    described = (*entry.stages, entry) if isinstance(entry, StackEntry) else (entry,)
    said = [part.model_dump(mode="json", exclude=NOT_OF_PIXELS) for part in described]
    return hashlib.sha256(json.dumps(_without_paths(said), sort_keys=True).encode()).hexdigest()


def _without_paths(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_paths(inner) for key, inner in value.items() if key not in PATHS}
    return [_without_paths(inner) for inner in value] if isinstance(value, list) else value


def _weights_sha256(path: Path) -> str:
    """SHA-256 of a file of weights, or of all files of a folder of them."""
    try:
        return folder_sha256(path) if path.is_dir() else sha256_file(path)
    except OSError as error:
        cure = "install beatgans again" if _folder(__file__).parent in path.parents else "name one that can"
        raise InputError(f"the weights file {path} cannot be read ({error.strerror}); {cure}") from error


def _plugins_sha256(suite: Suite) -> dict[str, str]:
    """SHA-256 of the module of each extractor and metric that is not ours, by its name."""
    files = {}
    if suite.extractor not in EXTRACTORS:
        files[suite.extractor] = source_file(suite.extractor, EXTRACTORS_GROUP, "extractor")
    for number, metric in enumerate(suite.metrics):
        try:
            find_metric(metric)
            if metric not in ALL_METRICS:
                files[metric] = source_file(metric, METRICS_GROUP, "metric")
        except InputError as error:
            raise InputError(f"metrics[{number}]: {error}") from error
    return {name: sha256_file(file) for name, file in files.items()}


def _folder(module_file: str | None) -> Path:
    assert module_file is not None
    return Path(module_file).parent


def _fields(identity: Identity) -> dict[str, Any]:
    """The fields of an identity, those of its mappings under dotted names; a point is one field."""
    data = identity.model_dump(mode="json")
    points = {f"points.{name}": settings for name, settings in data.pop("points").items()}
    return dict(_flat("", data)) | points


def _flat(prefix: str, mapping: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in mapping.items():
        if isinstance(value, dict):
            yield from _flat(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", value


def _show(fields: Mapping[str, Any], name: str) -> str:
    """A value for a message: hashes shortened, points only said to be there."""
    if name not in fields:
        return "absent"
    value = fields[name]
    if name.startswith("points."):
        return "present"
    return f"{value[:12]}..." if "sha256" in name else json.dumps(value)
