r"""The Fréchet distance of each class, and the mean over classes.

They tell whether a conditional generator does what it is asked.
FID pools all classes, so a generator that mixes up its labels, or makes one class badly, can have a good one. The mean
over classes of the distance of a class's samples from its real images is known as intra-FID (T. Miyato and M. Koyama,
"cGANs with projection discriminator", 2018). Lower is better; from 0, without an upper bound.

A class has few images, so its distance is far too high where they are fewer than the dimensions (see
:mod:`~beatgans.evaluator.frechet_infinity`): compare with nothing but distances of as many images a class.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..reference_batches import InputError
from .frechet import frechet_distance, frechet_distances_without_each
from .statistics import moments
from .uncertainty import contiguous_groups, jackknife_standard_error

Array = NDArray[np.float32]
Labels = NDArray[np.int64]

GROUPS = 10  # of the samples of one class


class ClassDistance(NamedTuple):
    """The Fréchet distance of one class."""

    label: int
    distance: float | None
    """Of the samples of the class from its reference images, or None where either are too few."""
    standard_error: float | None
    """Of the distance, by a jackknife over groups of the class's samples; None where they are too few for that."""
    samples: int
    """How many samples have the label."""
    reference: int
    """How many reference images have it."""
    reason: str | None
    """Why there is no distance; None where there is one."""


class PerClassDistance(NamedTuple):
    """The Fréchet distances of the classes."""

    mean: float | None
    """The unweighted mean over the classes that have a distance; None where none has."""
    standard_error: float | None
    """Of the mean, for as many samples of each class; None where a class that is in the mean has none."""
    classes: tuple[ClassDistance, ...]
    """Every class of the samples or the reference, by label; those without a distance have a reason."""

    @property
    def left_out(self) -> tuple[ClassDistance, ...]:
        """The classes that are not in the mean."""
        return tuple(one for one in self.classes if one.distance is None)


def per_class_distance(
    reference: Array,
    reference_labels: Labels,
    samples: Array,
    sample_labels: Labels,
    fewest: int | None = None,
    groups: int = GROUPS,
) -> PerClassDistance:
    """The Fréchet distance of each class of samples [N, D] from a reference [M, D], in float64.

    The mean says nothing of the classes that it leaves out; a table of it should say how many they are.

    Args:
        reference: features of the real images.
        reference_labels: their classes [M].
        samples: features of the generated images.
        sample_labels: the classes [N] that they were asked for.
        fewest: the fewest samples, and the fewest reference images, that a class takes, at least 2. By default D + 1,
            the fewest that span the dimensions: fewer still have a distance, but mostly that of their number.
        groups: the number of groups of the jackknife of a class; a class takes twice as many samples for one.

    Raises:
        InputError: there are not as many labels as features, or ``fewest`` or ``groups`` is less than 2.
    """
    for name, features, labels in (
        ("reference", reference, reference_labels),
        ("samples", samples, sample_labels),
    ):
        if labels.shape != (len(features),):
            raise InputError(
                f"the {name} have {len(labels):,} labels and {len(features):,} images; give one label to each image"
            )
    for name, number in (("fewest", fewest), ("groups", groups)):
        if number is not None and number < 2:
            raise InputError(f"{name} is {number}; the distances of classes take at least 2")
    takes = reference.shape[1] + 1 if fewest is None else fewest
    classes = tuple(
        _class_distance(
            int(label), reference[reference_labels == label], samples[sample_labels == label], takes, groups
        )
        for label in np.union1d(reference_labels, sample_labels)
    )
    distances = [one.distance for one in classes if one.distance is not None]
    errors = [one.standard_error for one in classes if one.distance is not None]
    known = [error for error in errors if error is not None]
    # The classes share no samples, so their errors are independent.
    standard_error = float(np.linalg.norm(known) / len(known)) if known and len(known) == len(errors) else None
    return PerClassDistance(float(np.mean(distances)) if distances else None, standard_error, classes)


def _class_distance(label: int, reference: Array, samples: Array, fewest: int, groups: int) -> ClassDistance:
    """The distance of one class, or the reason why it has none."""
    m, n = len(reference), len(samples)
    for name, number in (("samples", n), ("reference images", m)):
        if number < fewest:
            reason = f"class {label} has {number:,} {name}; its distance takes at least {fewest:,}"
            return ClassDistance(label, None, None, n, m, reason)
    deleted = contiguous_groups(n, groups) if n >= 2 * groups else []
    distance, *without_each = _distances(reference, samples, deleted)
    error = jackknife_standard_error(without_each) if without_each else None
    return ClassDistance(label, distance, error, n, m, None)


def _distances(reference: Array, samples: Array, groups: Sequence[slice]) -> list[float]:
    """The distance of all samples, then without each group, by whichever matrices are the smaller.

    Of fewer images than dimensions they are the products of the images; no difference but in time.
    """
    if min(len(reference), len(samples)) <= samples.shape[1]:
        return _distances_by_products(reference, samples, groups)
    of_reference = moments(reference)
    whole = frechet_distance(moments(samples), of_reference, "nuclear-norm")
    return [whole, *frechet_distances_without_each(samples, groups, of_reference)]


def _distances_by_products(reference: Array, samples: Array, groups: Sequence[slice]) -> list[float]:
    """The same, the trace of the root being the nuclear norm of the products [n, m] of centred images.

    With A = XX' and B = YY' the trace of (AB)^1/2 is the sum of the singular values of X'Y.
    """
    reference_mean: NDArray[np.float64] = reference.mean(axis=0, dtype=np.float64)
    X = (reference - reference_mean) / np.sqrt(len(reference) - 1)
    Y = samples - reference_mean
    products, squares = Y @ X.T, np.square(Y).sum(axis=1)
    distances = []
    for group in (slice(0, 0), *groups):
        kept = np.delete(np.arange(len(samples)), group)
        mean = Y[kept].mean(axis=0)
        spread = (squares[kept].sum() - len(kept) * mean.dot(mean)) / (len(kept) - 1)
        # Subtracting the mean of the products is subtracting that of the samples: the products are linear in them.
        centred = (products[kept] - products[kept].mean(axis=0)) / np.sqrt(len(kept) - 1)
        trace = np.linalg.svd(centred, compute_uv=False).sum()
        distances.append(float(mean.dot(mean) + spread + np.square(X).sum() - 2 * trace))
    return distances
