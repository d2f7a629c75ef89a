"""Images of one model, outside of any run: made in shards, so that what was interrupted goes on, and then joined."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..generators import ModelEntry, SamplerSettings, find_model
from ..generators.adapters.entries import ImagesEntry
from ..generators.computation import FAST, Computation
from ..generators.hashes import weights_sha256
from ..reference_batches import InputError, atomic_write, sha256_file, write_pieces
from .claims import Claims
from .device import available_cores
from .folder import RunFolder, hold_folder, is_empty, make_folder
from .identity import code_sha256, entry_sha256, library_versions
from .journal import Journal, ShardEvent, now
from .plan import Shard, plan_shards
from .points import OperatingPoint, point_of
from .progress import PacedNotes, Progress
from .shard_maker import SamplingJob, Task
from .shards import damage, read_shard
from .state import RunState
from .tasks import Tasks
from .workers import make_shards

FEWEST_A_SHARD = 16
"""Images of a shard, which is a file: batches of fewer are put together."""

COUNTED = ("num_parameters", "flops_per_image", "network_evaluations", "classifier_evaluations")
"""What a shard knows of the work for each of its images, which is the same for all."""


@dataclass(frozen=True)
class SampleRequest:
    """What to sample, and how to go about it.

    Attributes:
        model: the model's name.
        settings: which the model accepts.
        number: images 0 to ``number - 1`` are made.
        seed: image i is the same as that of a run with these settings and this seed.
        labels: the label policy, or a list of labels such as ``3,7``; None for images that exist already, or a stack
            on such, which have theirs.
        batch_size: images computed at once.
        device: ``cpu`` or ``cuda``.
        workers: processes that sample at once; None is one for each core, or a single one on a GPU.
        computation: how networks are computed.
        weights: a file or a folder with the model's weights; None for those that ship or are fetched.
        images_a_shard: of each file that is kept; None for a batch, or whole batches that make a file worth while.
    """

    model: str
    settings: SamplerSettings
    number: int
    seed: int = 0
    labels: str | None = "balanced"
    batch_size: int = 50
    device: str = "cpu"
    workers: int | None = None
    computation: Computation = FAST
    weights: str | None = None
    images_a_shard: int | None = None

    @property
    def shard_size(self) -> int:
        """Images of each shard."""
        return self.images_a_shard or self.batch_size * -(-FEWEST_A_SHARD // self.batch_size)


def sample_to_file(request: SampleRequest, output: Path, progress: Progress) -> None:
    """Writes a batch file of a model's images, in the memory that a shard takes.

    Shards are kept in a folder beside the file, ``output`` with ``.parts`` behind it, until the file is there. Where
    that folder is found, what it holds is not made again. How the images were made is written beside them, as JSON.

    Raises:
        InputError: the model, its settings, the labels or the seed cannot be used, the folder holds other samples, or
            another command is at work on the file.
        OSError: the file or a shard cannot be written.
        RunError: a worker failed or died.
    """
    point = point_of(request.model, request.settings)
    identity = _identity(request)
    folder = RunFolder(parts_folder(output))
    if folder.path.is_dir() and not (folder.path / "request.json").exists() and not is_empty(folder.path):
        raise InputError(f"{folder.path} holds something other than samples; move it, or choose another file with -o")
    make_folder(folder.path)
    with hold_folder(folder.path), Claims(folder.claims) as claims:
        if not claims.take("the file"):
            raise InputError(
                f"another command is at work on {output}; wait until it ends, or choose another file with -o"
            )
        _settle_request(folder.path / "request.json", identity)
        journal = Journal.open(folder.journal)
        whole = _whole_shards(folder, point, journal, progress)
        shards = plan_shards(request.number, request.shard_size)
        try:
            missing = [shard for shard in shards if shard.index not in whole]
            _make(request, identity["weights_sha256"], folder, point, missing, journal, progress)
        except Exception:
            if not journal.events:
                shutil.rmtree(folder.path)  # nothing to go on with
            raise
        done = RunState.of(journal.events).point(point.id).shards
        events = [done[shard.index] for shard in shards]
        record_file(output).unlink(missing_ok=True)  # of a file that was there before
        _join(folder, point, events, request.number, output)
        _write_record(output, identity, request, events[0])
    shutil.rmtree(folder.path)


def check_number(entry: ModelEntry, number: int) -> None:
    """Refuses to sample more images than there are of those that exist already.

    Raises:
        InputError: says how many there are.
    """
    images = entry.stages[0]
    if isinstance(images, ImagesEntry) and number > images.num_images:
        raise InputError(f"{images.name} holds {images.num_images} images; ask for -n {images.num_images} or fewer")


def files_of(entry: ModelEntry) -> list[Path]:
    """The files of a model's weights and images, as far as they lie where its entry says."""
    images = [Path(stage.images) for stage in entry.stages if isinstance(stage, ImagesEntry)]
    return [*images, *(Path(name) for name in entry.weights)]


def has_labels(entry: ModelEntry) -> bool:
    """Whether a model is images that exist already, or a stack on such: their labels are not to be chosen."""
    return isinstance(entry.stages[0], ImagesEntry)


def started_shard_size(output: Path) -> int | None:
    """The images of a shard in what an interrupted command has left; None where there is nothing of it."""
    try:
        size = json.loads((parts_folder(output) / "request.json").read_text(encoding="utf-8"))["shard_size"]
    except (OSError, ValueError, KeyError, TypeError):
        return None  # what is damaged is refused when it is settled
    return size if isinstance(size, int) and size > 0 else None


def parts_folder(output: Path) -> Path:
    """Where the shards of a batch file are kept until it is written."""
    return output.with_name(f"{output.name}.parts")


def record_file(output: Path) -> Path:
    """Where it is written how a batch file was made."""
    return output.with_name(f"{output.name}.json")


def _identity(request: SampleRequest) -> dict[str, Any]:
    """Everything that can change a pixel, and the size of the shards; as JSON gives it back."""
    entry = find_model(request.model, request.weights)
    said = asdict(request) | {
        "shard_size": request.shard_size,
        "model_sha256": entry_sha256(entry),
        "weights_sha256": weights_sha256(entry, request.settings.guidance > 0),
        "libraries": library_versions([entry]),
        "code_sha256": code_sha256(),
    }
    if not entry.num_classes:
        said["labels"] = None
    if not entry.takes_computation:
        said["computation"] = None
    for name in ("batch_size", "workers", "weights", "images_a_shard"):
        del said[name]
    identity: dict[str, Any] = json.loads(json.dumps(said))
    return identity


def _settle_request(path: Path, identity: dict[str, Any]) -> None:
    """Writes what new shards are of, and refuses to go on with those of other samples."""
    if not path.exists():
        with atomic_write(path) as file:
            file.write(json.dumps(identity, indent=2).encode())
        return
    try:
        there = json.loads(path.read_text(encoding="utf-8"))
        differing = [name for name in identity if there[name] != identity[name]]
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError(f"{path} is damaged; delete the folder {path.parent} to start over") from None
    if differing:
        raise InputError(
            f"{path.parent} holds parts of other samples ({', '.join(differing)} differ); give the same options again, "
            "choose another -o, or delete that folder"
        )


def _whole_shards(folder: RunFolder, point: OperatingPoint, journal: Journal, progress: Progress) -> set[int]:
    """The shards that are there already and as they were written."""
    known = RunState.of(journal.events).point(point.id).shards
    whole = set()
    for index, event in sorted(known.items()):
        path = folder.shard(point.id, index)
        problem = damage(path, event.sha256)
        if problem:
            progress.warn(f"{path} {problem}; it is made again")
        else:
            whole.add(index)
    return whole


def _make(
    request: SampleRequest,
    weights_sha256: dict[str, str],
    folder: RunFolder,
    point: OperatingPoint,
    missing: list[Shard],
    journal: Journal,
    progress: Progress,
) -> None:
    """Makes the shards that are missing, and says how far that is."""
    if not missing:
        return
    job = SamplingJob(
        folder=folder,
        seed=request.seed,
        num_images=request.number,
        labels=request.labels or "balanced",  # which images that have theirs do not ask for
        device=request.device,
        batch_size=request.batch_size,
        computation=request.computation,
        weights=request.weights,
        weights_sha256={point.model: weights_sha256},
    )
    cores = available_cores() if request.device == "cpu" else 1
    total = sum(len(shard) for shard in missing)
    if total < request.number:
        progress.note(f"going on: {request.number - total} of {request.number} images are there already")
    notes = PacedNotes(progress, total, "images")
    with progress.bar(f"Sampling {request.model}", total, "images") as advance:

        def on_progress(_: Task, images: int) -> None:
            advance(images)
            notes.advance(images)

        def on_done(_: Task, event: ShardEvent) -> None:
            journal.append(event)

        tasks = Tasks([Task(point, shard) for shard in missing])
        # A single shard is made here: a process of its own would take seconds to start.
        make_shards(job, tasks, min(request.workers or cores, len(missing)), on_progress, on_done)
    notes.finish()


def _join(folder: RunFolder, point: OperatingPoint, events: list[ShardEvent], number: int, output: Path) -> None:
    """Writes the batch file of all shards, one after the other."""
    first = read_shard(folder.shard(point.id, 0), events[0].sha256)
    parts = [_labels(folder, point, event) for event in events]
    labels = None if first.labels is None else np.concatenate([part for part in parts if part is not None])

    def pieces() -> Iterator[NDArray[np.uint8]]:
        for event in events:
            yield read_shard(folder.shard(point.id, event.shard), event.sha256).images

    _, height, width, channels = first.images.shape
    write_pieces(output, (number, height, width, channels), pieces(), labels)


def _write_record(output: Path, identity: dict[str, Any], request: SampleRequest, shard: ShardEvent) -> None:
    """Writes how the images were made, beside their file, whose hash tells whether it is still the one."""
    record = {
        "file": output.name,
        "sha256": sha256_file(output),
        "made": now(),
        "beatgans": version("beatgans"),
        **identity,
        "details": find_model(request.model, request.weights).details(request.settings),
        **{name: getattr(shard, name) for name in COUNTED},
    }
    with atomic_write(record_file(output)) as file:
        file.write(json.dumps(record, indent=2).encode())


def _labels(folder: RunFolder, point: OperatingPoint, event: ShardEvent) -> NDArray[np.int64] | None:
    """The labels of a shard; None for a model that takes none."""
    return read_shard(folder.shard(point.id, event.shard), event.sha256).labels
