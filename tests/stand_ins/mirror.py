"""A folder that BEATGANS_MIRROR can serve: each file under the host and the path of its original address."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from beatgans.evaluator.inception_download import URL
from beatgans.generators import MODELS
from beatgans.generators.entry import ModelEntry
from beatgans.generators.stack import StackEntry
from beatgans.harness.points import OperatingPoint
from beatgans.reference_batches import catalog, download

from .batches import write_batch_file
from .checkpoints import write_checkpoints
from .server import FileServer, serving


@dataclass(frozen=True)
class Mirror:
    """The folder.

    Attributes:
        root: where it is.
        models: the models whose checkpoints it holds, by name.
        num_images: images of a batch file of samples or of a reference, where nothing else is said.
    """

    root: Path
    models: dict[str, ModelEntry]
    num_images: int

    @contextlib.contextmanager
    def served(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[FileServer]:
        """Its server, asked by way of BEATGANS_MIRROR; the models of the catalog are its small ones."""
        for name, entry in self.models.items():
            monkeypatch.setitem(MODELS, name, entry)
        monkeypatch.setattr(download, "PAUSE", 0.001)
        with serving(self.root) as server:
            monkeypatch.setenv("BEATGANS_MIRROR", server.address)
            yield server

    def path(self, url: str) -> Path:
        """Where the file of an address is, its folder made."""
        parts = urlsplit(url)
        path = self.root / parts.netloc / parts.path.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    def add_graph(self, graph: Path) -> None:
        """Puts the Inception graph there."""
        if not self.path(URL).exists():
            os.link(graph, self.path(URL))

    def add_batch(self, name: str, num_images: int | None = None, size: int | None = None) -> Path:
        """Writes a batch of the catalog, of its own image size unless another is given."""
        entry = catalog()[name]
        path = self.path(entry.url)
        if num_images is not None or size is not None or not path.exists():
            write_batch_file(entry, path, num_images or self.num_images, size)
        return path

    def add_model(self, name: str) -> None:
        """Writes the checkpoints of a model, of its classifier, and of the stages of a stack."""
        entry = self.models[name]
        parts = [self.models[stage.name] for stage in entry.stages] if isinstance(entry, StackEntry) else [entry]
        for part in parts:
            for network in part.networks:
                assert network.url is not None
                path = self.path(network.url)
                if not path.exists():
                    write_checkpoints(self._entry_of(network.file), path.parent)

    def add_points(self, points: Iterable[OperatingPoint]) -> None:
        """Writes what operating points need."""
        for point in points:
            if point.settings is None:
                self.add_batch(str(point.images))
            else:
                self.add_model(point.model)

    def _entry_of(self, file: str) -> ModelEntry:
        """The model or the classifier that a file of weights is of."""
        return next(
            entry
            for entry in self.models.values()
            if not isinstance(entry, StackEntry) and entry.generating_networks[0].file == file
        )
