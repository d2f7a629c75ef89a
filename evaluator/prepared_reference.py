"""A reference as metrics see it: features, moments and balls, computed when first needed, then kept."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reference_batches import InputError, Statistics
from .distances import DISTANCES
from .features import Features
from .precision_recall import radii
from .protocol import Protocol, find_protocol
from .statistics import Moments, moments

NO_FEATURES = "the reference holds statistics alone and no images to compare with"
NO_SPATIAL_FEATURES = "the extractor gives no spatial features"
NO_SPATIAL = "the reference holds no statistics of spatial features (mu_s, sigma_s)"


class PreparedReference:
    """A reference, and what every set of samples is compared with.

    OpenAI's files hold the statistics of a whole data set and ten thousand of its images: FID and sFID are against the
    former, precision, recall and whatever else needs single images against the latter.

    Attributes:
        features: of the images; None for a reference of statistics alone.
        labels: int64, of these images, where they are known.
        protocol: how scores are computed.
        no_features_reason: why there are no features; None where there are.
        no_spatial_reason: why there are no moments of spatial features; None where there are.
    """

    def __init__(
        self,
        features: Features | None,
        protocol: str = "adm",
        *,
        statistics: Statistics | None = None,
        labels: NDArray[np.int64] | None = None,
    ) -> None:
        """Takes features, statistics or both.

        Raises:
            InputError: there is neither, the features cannot be used, or there is no such protocol.
        """
        if features is None and statistics is None:
            raise InputError("a reference takes features, statistics or both; this one has neither")
        self.features = features
        self.labels = labels
        self.protocol: Protocol = find_protocol(protocol)
        self._statistics = statistics
        self._kept: dict[str, Any] = {}
        if features is not None:
            check_features(features, "reference", self.protocol)
        self.no_features_reason = NO_FEATURES if features is None else None
        if statistics is not None:
            self.no_spatial_reason = NO_SPATIAL if statistics.spatial_mean is None else None
        else:
            assert features is not None
            self.no_spatial_reason = None if features.spatial.shape[1] else NO_SPATIAL_FEATURES

    @property
    def has_statistics(self) -> bool:
        """Whether the moments are stored ones, of more images than the features are of."""
        return self._statistics is not None

    @cached_property
    def pool(self) -> Moments:
        """The moments of the pooled features: the statistics where there are some, or else those of the images."""
        if self._statistics is not None:
            return Moments(self._mean(self._statistics.mean), self._statistics.covariance)
        assert self.features is not None
        return moments(self.features.pool, self.protocol.mean_dtype)

    @cached_property
    def spatial(self) -> Moments | None:
        """The moments of the spatial features; None where there is a :attr:`no_spatial_reason`."""
        if self.no_spatial_reason:
            return None
        if self._statistics is not None:
            assert self._statistics.spatial_mean is not None
            assert self._statistics.spatial_covariance is not None
            return Moments(self._mean(self._statistics.spatial_mean), self._statistics.spatial_covariance)
        assert self.features is not None
        return moments(self.features.spatial, self.protocol.mean_dtype)

    @cached_property
    def radii(self) -> NDArray[Any]:
        """The squared radii [N] of the balls around the pooled features of the images."""
        return self.radii_to(self.protocol.neighbours, self.protocol.distance_dtype)

    def radii_to(self, neighbours: int, distance_dtype: str) -> NDArray[Any]:
        """Squared distances [N] from each image to its neighbour of that rank, in distances of that type."""
        assert self.features is not None
        return radii(self.features.pool, neighbours, DISTANCES[distance_dtype], self.protocol.distance_block)

    def keep(self, name: str, compute: Callable[[], Any]) -> Any:
        """What ``compute`` returns, computed for the first samples and kept under ``name`` for the others."""
        if name not in self._kept:
            self._kept[name] = compute()
        return self._kept[name]

    def _mean(self, mean: NDArray[Any]) -> NDArray[Any]:
        """A stored mean; the exact protocol computes in float64 whatever the file holds."""
        return mean.astype(np.float64) if self.protocol.mean_dtype == "float64" else mean


def check_features(features: Features, name: str, protocol: Protocol) -> None:
    """Refuses features that no score can be computed from.

    Raises:
        InputError: there are too few, or some are not finite.
    """
    fewest = protocol.neighbours + 1
    if len(features) < fewest:
        raise InputError(f"the {name} hold features of {len(features)} images; scores take at least {fewest}")
    if not all(np.isfinite(array).all() for array in (features.pool, features.spatial, features.logits)):
        raise InputError(
            f"the features of the {name} are not all finite; look for NaN in the extractor's weights or output"
        )
