"""Statistics of features, as files hold them: ADM's, pytorch-fid's, clean-fid's and EDM's ``.npz``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .npz import NpzFile, open_npz

ASYMMETRY = 1e-5  # of the largest entry: what a covariance stored in float32 may lose

Mean = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Statistics:
    """The first two moments of the features of a set of images.

    Attributes:
        mean: of the pooled features, [D]; float32 where it is stored so, as OpenAI's evaluator does and computes with,
            else float64.
        covariance: of the pooled features, float64 [D, D], divisor n-1 in all files known.
        spatial_mean: of the spatial features, [S], typed like ``mean``; None in files that are not for sFID.
        spatial_covariance: of the spatial features, float64 [S, S]; None where ``spatial_mean`` is.
    """

    mean: Mean
    covariance: NDArray[np.float64]
    spatial_mean: Mean | None = None
    spatial_covariance: NDArray[np.float64] | None = None


def read_statistics(path: Path | str) -> Statistics:
    """Reads the statistics of an ``.npz`` file.

    The keys are ``mu`` [D] and ``sigma`` [D, D], as everywhere, and ADM's ``mu_s`` and ``sigma_s`` of the spatial
    features (guided-diffusion, ``evaluations/evaluator.py``). The ``mu_clip`` and ``sigma_clip`` of the files that
    OpenAI published are not read.

    Raises:
        InputError: the file is missing or damaged, or what it holds is no mean and covariance.
    """
    with open_npz(Path(path)) as file:
        return statistics_of(file)


def statistics_of(file: NpzFile) -> Statistics:
    """The statistics in an open ``.npz`` file; see :func:`read_statistics`.

    Raises:
        InputError: the file holds no mean and covariance.
    """
    mean, covariance = _moments(file, "mu", "sigma")
    if "mu_s" not in file.names and "sigma_s" not in file.names:
        return Statistics(mean, covariance)
    return Statistics(mean, covariance, *_moments(file, "mu_s", "sigma_s"))


def check_statistics(statistics: Statistics, name: str) -> None:
    """Refuses statistics that no mean and no covariance can be.

    Raises:
        InputError: says what is wrong with those of ``name``.
    """
    _check(statistics.mean, statistics.covariance, "mu", "sigma", name)
    if (statistics.spatial_mean is None) != (statistics.spatial_covariance is None):
        raise InputError(f"{name} has one of the spatial mean and covariance; give both or neither")
    if statistics.spatial_mean is not None and statistics.spatial_covariance is not None:
        _check(statistics.spatial_mean, statistics.spatial_covariance, "mu_s", "sigma_s", name)


def _moments(file: NpzFile, mean_key: str, covariance_key: str) -> tuple[Mean, NDArray[np.float64]]:
    for key, other in ((mean_key, covariance_key), (covariance_key, mean_key)):
        if key not in file.names:
            raise InputError(f"{file.path} has {other} without {key}; statistics take both, so make the file again")
    # The headers come first, so that nothing huge is read in the place of a covariance.
    _check_shapes(
        file.header(mean_key).shape, file.header(covariance_key).shape, mean_key, covariance_key, str(file.path)
    )
    mean, covariance = file.read(mean_key), file.read(covariance_key)
    for key, array in ((mean_key, mean), (covariance_key, covariance)):
        if array.dtype.kind not in "fiu":
            raise InputError(f"{key} of {file.path} is {array.dtype}, not real numbers; make the file again")
    mean = mean if mean.dtype == np.float32 else mean.astype(np.float64)
    covariance = covariance.astype(np.float64)
    _check(mean, covariance, mean_key, covariance_key, str(file.path))
    return mean, covariance


def _check_shapes(mean: tuple[int, ...], covariance: tuple[int, ...], key: str, other: str, name: str) -> None:
    if len(mean) != 1 or mean[0] == 0 or covariance != (mean[0], mean[0]):
        raise InputError(
            f"{key} and {other} of {name} have shapes {list(mean)} and {list(covariance)}, not [D] and [D, D]; "
            "make the file again"
        )


def _check(mean: Mean, covariance: NDArray[np.float64], mean_key: str, covariance_key: str, name: str) -> None:
    _check_shapes(mean.shape, covariance.shape, mean_key, covariance_key, name)
    for key, array in ((mean_key, mean), (covariance_key, covariance)):
        if not np.isfinite(array).all():
            raise InputError(f"{key} of {name} is not finite everywhere; make it again, from images without NaN")
    scale = np.abs(covariance).max()
    if np.abs(covariance - covariance.T).max() > ASYMMETRY * scale:
        raise InputError(f"{covariance_key} of {name} is not symmetric, so it is no covariance; make the file again")
    if covariance.diagonal().min() < 0:
        raise InputError(f"{covariance_key} of {name} has a negative variance; make the file again")
