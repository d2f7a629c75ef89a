"""What the images of an operating point cost, for the result record and for profiles."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from .fields import Count, Number, Operations, PositiveCount, Record


class SplitRecord(Record):
    """Where the time of an image goes, in seconds of one process; all but ``writing`` add up to the time of an image.

    They are means over the measured batches: all seconds of a kind / all images.
    """

    network: Number = Field(ge=0)
    """The generating network."""
    guidance: Number = Field(ge=0)
    """The guiding classifier and its gradient; 0 without one. Classifier-free guidance is the network's work."""
    noise: Number = Field(ge=0)
    """Drawing noise, as far as it is waited for."""
    transfer: Number = Field(ge=0)
    """Making levels of 0 to 255, and bringing arrays from one memory to the other."""
    sampler: Number = Field(ge=0)
    """What is left: the sampler's own arithmetic, and the program around it."""
    writing: Number = Field(ge=0)
    """Writing the images to disk, after they are made."""


class WorkRecord(Record):
    """What an image takes, and where its time goes."""

    flops_per_image: Operations | None
    """Floating-point operations of all networks' products and convolutions, a multiplication and an addition counting
    as two: those of one evaluation times the evaluations, a classifier's with its gradient."""
    split: SplitRecord | None
    """Where the time of an image goes."""
    reason: str | None = None
    """Why any of the above is missing."""

    @model_validator(mode="after")
    def _missing_has_a_reason(self) -> Self:
        missing = [name for name in ("flops_per_image", "split") if getattr(self, name) is None]
        if missing and not self.reason:
            raise ValueError(f"{missing[0]} is null and needs a reason")
        return self


class ProfileRecord(Record):
    """What the images of one operating point cost. All of it is None, with a reason, for real images."""

    seconds_per_image: Number | None = Field(default=None, ge=0)
    """Median over the measured batches of (wall time of a batch / its images), sampling alone.

    It is the speed of one process beside its neighbours: where several workers sample at once, each is timed by itself.
    """
    seconds_per_image_p10: Number | None = Field(default=None, ge=0)
    """Tenth percentile over the measured batches."""
    seconds_per_image_p90: Number | None = Field(default=None, ge=0)
    """Ninetieth percentile over the measured batches."""
    images_per_second: Number | None = Field(default=None, ge=0)
    """Throughput of one process beside its neighbours: all images measured / the sum of their batches' times."""
    batch_size: PositiveCount | None = None
    """Images a batch, without which no speed means anything."""
    network_evaluations: Count | None = None
    """Calls of the generating network per image (NFE); 1 for a GAN."""
    classifier_evaluations: Count | None = None
    """Calls of the guiding classifier per image, counted beside the NFE and never inside it."""
    peak_memory_bytes: Count | None = None
    """The most memory held while sampling: of the GPU where one was used, else of the process."""
    reason: str | None = None
    """Why any of the above is missing."""
    work: WorkRecord | None = None
    """What an image takes, and where its time goes. None for real images, and in records from before this field."""

    @model_validator(mode="after")
    def _missing_has_a_reason(self) -> Self:
        later = {"reason", "work"}
        missing = [name for name in type(self).model_fields if name not in later and getattr(self, name) is None]
        if missing and not self.reason:
            raise ValueError(f"{missing[0]} is null and needs a reason")
        return self
