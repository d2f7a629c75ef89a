"""Protocols: the choices that turn the same features into one number or another."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from ..reference_batches import InputError, hint
from .features import Extractor


@dataclass(frozen=True)
class Protocol:
    """How scores are computed from features.

    Attributes:
        name: what users call it.
        mean_dtype: the type in which the mean of the features is accumulated and subtracted.
        trace_term: how the trace of the matrix square root is found: from the ``eigenvalues`` of the product of the
            covariances, or as the ``nuclear-norm`` of the product of their factors, right for singular ones too.
        inception_score_dtype: the type of the class probabilities.
        inception_score_chunk: images per chunk, in file order; None for all images as one chunk.
        neighbours: which neighbour's distance is the radius of an image's ball.
        distance_dtype: the type of the distances; ``float16`` falls back to float32 for a block that overflows.
        distance_block: the side of the blocks of distances, which decides what falls back together and how much memory
            is needed.
    """

    name: str
    mean_dtype: str
    trace_term: str
    inception_score_dtype: str
    inception_score_chunk: int | None
    distance_dtype: str
    distance_block: int
    neighbours: int = 3


COMMON = {"covariance_divisor": "n-1", "distance": "squared-euclidean", "inside": "<="}
"""What all protocols share and other tools do otherwise; for the record."""

PROTOCOLS = {
    protocol.name: protocol
    for protocol in (
        Protocol(
            name="adm",
            mean_dtype="float32",
            trace_term="eigenvalues",
            inception_score_dtype="float32",
            inception_score_chunk=5_000,
            distance_dtype="float16",
            distance_block=10_000,
        ),
        Protocol(
            name="exact",
            mean_dtype="float64",
            trace_term="nuclear-norm",
            inception_score_dtype="float64",
            inception_score_chunk=None,
            distance_dtype="float64",
            distance_block=4_096,
        ),
    )
}


def find_protocol(name: str) -> Protocol:
    """The protocol of that name.

    Raises:
        InputError: there is none.
    """
    if name not in PROTOCOLS:
        raise InputError(f"there is no protocol named {name!r}; {hint(name, PROTOCOLS)}")
    return PROTOCOLS[name]


def protocol_record(protocol: str, extractor: Extractor, groups: int) -> dict[str, str | int | float | bool | None]:
    """Everything that can change a score of the same images, flat and ready for JSON.

    Scores whose records differ do not belong in one column.

    Raises:
        InputError: there is no such protocol.
    """
    choices = asdict(find_protocol(protocol))
    return {
        "protocol": choices.pop("name"),
        "extractor": extractor.name,
        "extractor_sha256": extractor.weights_sha256,
        **extractor.settings,
        "jackknife_groups": groups,
        **COMMON,
        **choices,
    }
