"""What images cost under a diffusion model, in bits per dimension: the bound of each batch, and its mean over all."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ..generator import check_labels
from ..images import from_uint8
from ..noise import Stream
from ..step_noise import StepNoise
from .bound import BoundTerms, variational_bound
from .diffusion_generator import DiffusionGenerator
from .fast_network import attention_of, image_format
from .process import NetworkDenoiser
from .schedule import Schedule


@dataclass(frozen=True)
class MeanBound:
    """The bound's means over N images, in bits per dimension, by the names of guided-diffusion's ``calc_bpd_loop``.

    ``total_bpd`` is ``prior_bpd`` and all of ``vb`` together.

    Attributes:
        num_images: N.
        total_bpd: the bound.
        total_standard_error: how far it would move with other images and other noise; None for a single image.
        prior_bpd: L_T, how far the last timestep's images are from pure noise.
        prior_standard_error: likewise.
        vb: float64 [S], the terms L_0, ..., L_{T-1} of the steps that are taken.
        mse: float64 [S], mean squared error of the predicted noise.
        xstart_mse: float64 [S], mean squared error of the predicted clean image.
    """

    num_images: int
    total_bpd: float
    total_standard_error: float | None
    prior_bpd: float
    prior_standard_error: float | None
    vb: NDArray[np.float64]
    mse: NDArray[np.float64]
    xstart_mse: NDArray[np.float64]


def bound_of_batch(
    generator: DiffusionGenerator,
    schedule: Schedule,
    images: NDArray[np.uint8],
    labels: NDArray[np.int64] | None,
    seed: int,
    indices: NDArray[np.int64],
    on_step: Callable[[int], None],
) -> BoundTerms:
    """The bound of a batch, unguided and with predicted images kept within [-1, 1], as ``image_nll.py`` takes it.

    The noise of image ``indices[k]`` at a step depends on the seed, that index and the step alone, whatever the batch.

    Args:
        generator: the model.
        schedule: those of its timesteps whose terms are summed.
        images: uint8 [n, H, W, 3] of the model's size.
        labels: int64 [n]; None for a model that takes none.
        seed: of the noise, 0 to 2**64 - 1.
        indices: int64 [n], the images' places in their set.
        on_step: called with n before each of the steps.

    Raises:
        InputError: a label or the seed is out of range.
    """
    classes: Tensor | None = None
    if generator.conditional:
        assert labels is not None, "a conditional model takes labels"
        check_labels(labels, generator.num_classes)
        classes = torch.from_numpy(labels).to(generator.device)
    x0 = from_uint8(images, generator.device).contiguous(memory_format=image_format(generator.computation))
    denoiser = NetworkDenoiser(generator.call, generator.diffusion(schedule), classes)
    streams = (Stream.BOUND, Stream.BOUND)
    with (
        StepNoise(seed, indices, tuple(x0.shape[1:]), generator.device, streams=streams) as noise,
        attention_of(generator.computation, generator.device),
        torch.inference_mode(),
    ):

        def counted_noise(step: int) -> Tensor:
            on_step(len(x0))
            return noise(step)

        return variational_bound(denoiser, x0, counted_noise)


def mean_bound(batches: Iterable[BoundTerms]) -> MeanBound:
    """The means over all images of all batches, of which there is at least one; sums are taken in float64."""
    totals: list[NDArray[np.float64]] = []
    priors: list[NDArray[np.float64]] = []
    vb, mse, xstart_mse = np.float64(0), np.float64(0), np.float64(0)
    for bound in batches:
        terms, prior = _float64(bound.terms), _float64(bound.prior)
        totals.append(prior + terms.sum(axis=1))
        priors.append(prior)
        vb = vb + terms.sum(axis=0)
        mse = mse + _float64(bound.noise_error).sum(axis=0)
        xstart_mse = xstart_mse + _float64(bound.image_error).sum(axis=0)
    total, prior = np.concatenate(totals), np.concatenate(priors)
    number = len(total)
    return MeanBound(
        number,
        float(total.mean()),
        _standard_error(total),
        float(prior.mean()),
        _standard_error(prior),
        np.asarray(vb / number),
        np.asarray(mse / number),
        np.asarray(xstart_mse / number),
    )


def _float64(values: Tensor) -> NDArray[np.float64]:
    array: NDArray[np.float64] = values.double().cpu().numpy()
    return array


def _standard_error(values: NDArray[np.float64]) -> float | None:
    return None if len(values) == 1 else float(values.std(ddof=1) / math.sqrt(len(values)))
