"""The batches that OpenAI released with guided-diffusion, by short names: what each holds and where it is.

From the table in the README of guided-diffusion's ``evaluations``. ``approximate_bytes`` follows from the shapes of the
arrays; :func:`~.download.remote_size` asks the server for the size itself.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .download import cache_folder

TABLE = Path(__file__).parent / "catalog.csv"
CACHE_FOLDER = "reference_batches"
TWO_PARTS = (
    "FID and sFID are against the statistics of the whole data set that it holds, precision and recall against its "
    "images, which are a part of that"
)


@dataclass(frozen=True)
class CatalogEntry:
    """A released batch file.

    Attributes:
        name: the short name, such as ``imagenet256-admnet-guided``.
        kind: ``reference`` for real images with statistics, ``sample`` for generated images.
        dataset: such as ``ImageNet``.
        resolution: height and width of the images in pixels.
        model: what generated the images, as the paper calls it; None for references.
        file: the file's name.
        url: where it can be fetched.
        images: the number of images in it.
        approximate_bytes: about how large it is.
        trap: what a reader would get wrong about this batch in particular; None where there is nothing.
    """

    name: str
    kind: str
    dataset: str
    resolution: int
    model: str | None
    file: str
    url: str
    images: int
    approximate_bytes: int
    trap: str | None

    @property
    def path(self) -> Path:
        """Where the file is once it was fetched: in the user's cache."""
        return cache_folder() / CACHE_FOLDER / self.file

    @property
    def note(self) -> str | None:
        """What a reader would get wrong, also about its kind; None where there is nothing."""
        return "; ".join(filter(None, (self.trap, TWO_PARTS if self.kind == "reference" else None))) or None

    def difference(self, num_images: int | None, size: tuple[int, int] | None) -> str | None:
        """In what images differ from those of this file, as the end of a sentence; None where they can be these.

        Args:
            num_images: how many there are; None where there are none.
            size: their height and width in pixels; None where there are none.
        """
        if (num_images, size) == (self.images, (self.resolution, self.resolution)):
            return None
        held = "no images" if num_images is None or size is None else f"{num_images:,} images of {size[0]}x{size[1]}"
        return (
            f"holds {held} and OpenAI's file of that name {self.images:,} of {self.resolution}x{self.resolution}, so "
            "that it is another"
        )

    @property
    def description(self) -> str:
        """One line on what it is."""
        size = f"{self.dataset} {self.resolution}x{self.resolution}"
        content = f"{self.images:,} samples of {self.model}" if self.model else f"statistics and {self.images:,} images"
        return f"{size}: {content}, {self.approximate_bytes / 1e9:.1f} GB"


@cache
def catalog() -> dict[str, CatalogEntry]:
    """All entries by their names, in the order of the table."""
    with TABLE.open(newline="", encoding="utf-8") as file:
        return {row["name"]: _entry(row) for row in csv.DictReader(file)}


def released_as(name_or_path: str) -> CatalogEntry | None:
    """The released batch that a name, or a file of its name wherever it was fetched to, claims to be; None for none."""
    file = Path(name_or_path).name
    return catalog().get(name_or_path) or next((entry for entry in catalog().values() if entry.file == file), None)


def note_of_file(file: str) -> str | None:
    """What there is to know about the released file of that name, wherever it was fetched to."""
    return next((entry.note for entry in catalog().values() if entry.file == file), None)


def _entry(row: dict[str, str]) -> CatalogEntry:
    return CatalogEntry(
        name=row["name"],
        kind=row["kind"],
        dataset=row["dataset"],
        resolution=int(row["resolution"]),
        model=row["model"] or None,
        file=row["file"],
        url=row["url"],
        images=int(row["images"]),
        approximate_bytes=int(row["approximate_bytes"]),
        trap=row["trap"] or None,
    )
