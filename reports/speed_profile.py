"""The record of ``beatgans profile``: what images cost, measured by itself and without scores."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from .fields import Count, Number, Operations, PositiveCount, Record, Setting
from .profile_record import SplitRecord
from .readable_json import readable_json

SCHEMA: Literal["beatgans/profile/1"] = "beatgans/profile/1"


class BatchSpeedRecord(Record):
    """How fast batches of one size are made, by one process that has the machine to itself."""

    batch_size: PositiveCount
    repeats: PositiveCount
    """Batches measured, after the warm-up."""
    seconds_per_image: Number = Field(ge=0)
    """Median over the batches of (seconds of a batch / its images)."""
    seconds_per_image_p10: Number = Field(ge=0)
    seconds_per_image_p90: Number = Field(ge=0)
    images_per_second: Number = Field(ge=0)
    """All images / the seconds of all batches."""


class TriedBatchRecord(Record):
    """A batch size that was tried in search of the fastest."""

    batch_size: PositiveCount
    images_per_second: Number | None = Field(ge=0)
    """In two steps of the sampler: only to be held against the others. None where the memory does not hold it."""


class ProfiledPointRecord(Record):
    """What the images of one operating point cost. What could not be measured is None, and ``reasons`` says why."""

    id: str
    model: str
    settings: dict[str, Setting]
    """How it is sampled, those of a second stage under dotted names."""
    num_parameters: Count | None
    """Of the generating networks, without the classifier."""
    network_evaluations: Count | None
    """For each image (NFE)."""
    classifier_evaluations: Count | None
    """For each image, beside the NFE."""
    flops_per_image: Operations | None
    """As in :class:`~.profile_record.WorkRecord`."""
    warm_up_seconds: Number = Field(ge=0)
    """Of the batch before those that were measured, which pays for allocations and compilation."""
    used: BatchSpeedRecord
    """At the batch size that was asked for."""
    best: BatchSpeedRecord
    """At the fastest of the sizes that were tried."""
    tried: tuple[TriedBatchRecord, ...]
    """Powers of two, until they got no faster or the memory ended."""
    split: SplitRecord | None
    """Where the time of an image goes, at the batch size that was asked for."""
    peak_memory_bytes: Count | None
    """The most memory held at that size: of the GPU where one was used, else of the process."""
    joules_per_image: Number | None = Field(ge=0)
    """Of the whole GPU, as NVML counts them, at that size."""
    clocks: dict[str, Setting]
    """In MHz, read right after the last batch: ``cpu``, and of a GPU ``gpu_sm`` and ``gpu_memory``."""
    reasons: dict[str, str] = Field(default_factory=dict)
    """Why a field is None, by its name; of the clocks as ``clocks.cpu``."""

    @model_validator(mode="after")
    def _missing_has_a_reason(self) -> Self:
        missing = [name for name in type(self).model_fields if getattr(self, name) is None]
        unexplained = next((name for name in missing if name not in self.reasons), None)
        if unexplained is not None:
            raise ValueError(f"{unexplained} is null and needs a reason")
        return self


class SpeedProfileRecord(Record):
    """A whole profile."""

    schema_: Literal["beatgans/profile/1"] = Field(default=SCHEMA, alias="schema")
    name: str
    """The suite's or the model's."""
    created: str
    """ISO-8601 in UTC."""
    command: str
    environment: dict[str, Setting]
    """All that can change a speed: hardware, driver, versions, dtype, how networks are compiled."""
    points: tuple[ProfiledPointRecord, ...]


def speed_profile_json(record: SpeedProfileRecord) -> str:
    """The record as JSON with sorted keys."""
    return readable_json(record.model_dump(mode="json", by_alias=True))
