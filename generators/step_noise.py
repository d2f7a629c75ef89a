"""The noise of a sampler's steps on the device that computes them, drawn before it is asked for where that helps."""

from __future__ import annotations

import os
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .noise import Stream, standard_normal
from .stopwatch import NOISE, TRANSFER, Stopwatch

THREADS = min(8, os.cpu_count() or 1)


class StepNoise:
    """Gives the noise of a batch, step by step towards the data.

    On a GPU the next step's noise is drawn by threads of the processor while the network computes, into memory that the
    GPU can fetch by itself, so that neither waits for the other. The numbers are the same as anywhere.
    """

    def __init__(
        self,
        seed: int,
        indices: NDArray[np.int64],
        shape: tuple[int, ...],
        device: torch.device,
        ahead: bool | None = None,
        streams: tuple[Stream, Stream] = (Stream.INITIAL, Stream.STEP),
        watch: Stopwatch | None = None,
    ) -> None:
        """Prepares a batch.

        Args:
            seed: of the run.
            indices: int64 [n], the samples of the batch.
            shape: of each image, [C, H, W].
            device: where the noise is wanted.
            ahead: whether threads draw ahead; by default on a GPU, as the processor would take its own time for it.
            streams: of the first noise and of that of the steps.
            watch: times the drawing, as far as it is waited for, and the way to the device.
        """
        self.seed = seed
        self.indices = indices
        self.shape = shape
        self.first, self.later = streams
        self.device = device
        self.watch = watch or Stopwatch()
        self.ahead = device.type == "cuda" if ahead is None else ahead
        self._pool: ThreadPoolExecutor | None = None
        self._ahead: dict[int, list[Future[None]]] = {}
        self._buffers: dict[int, Tensor] = {}

    def initial(self) -> Tensor:
        """The noise that sampling starts from: float32 [n, C, H, W]."""
        return self._draw(self.first, 0)

    def __call__(self, step: int) -> Tensor:
        """The noise of a step: float32 [n, C, H, W]."""
        if not self.ahead:
            return self._draw(self.later, step)
        self._start(step)
        with self.watch.span(NOISE):
            for part in self._ahead.pop(step):
                part.result()
        with self.watch.span(TRANSFER):
            noise = self._buffers.pop(step).to(self.device, non_blocking=True)
        if step > 1:  # most samplers add none at step 0
            self._start(step - 1)
        return noise

    def _draw(self, stream: Stream, step: int) -> Tensor:
        with self.watch.span(NOISE):
            drawn = torch.from_numpy(standard_normal(self.seed, self.indices, stream, step, self.shape))
        with self.watch.span(TRANSFER):
            return drawn.to(self.device)

    def _start(self, step: int) -> None:
        """Lets the threads begin with a step's noise, unless they have."""
        if step in self._ahead:
            return
        if self._pool is None:
            self._pool = ThreadPoolExecutor(THREADS, "noise")
        buffer = torch.empty((len(self.indices), *self.shape), pin_memory=self.device.type == "cuda")
        values = buffer.numpy()
        self._buffers[step] = buffer
        self._ahead[step] = [
            self._pool.submit(self._fill, values, step, chosen)
            for chosen in np.array_split(np.arange(len(self.indices)), THREADS)
            if len(chosen)
        ]

    def _fill(self, values: NDArray[np.float32], step: int, chosen: NDArray[np.int64]) -> None:
        values[chosen] = standard_normal(self.seed, self.indices[chosen], self.later, step, self.shape)

    def close(self) -> None:
        """Ends the threads."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def __enter__(self) -> StepNoise:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
