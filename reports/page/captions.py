"""What the figures are called and what they show, for those who read and for those who do not see."""

from __future__ import annotations

CAPTIONS = {
    "fid_against_steps": (
        "Quality against steps",
        "FID of each sampler against network evaluations per image, with 95 % intervals. The solid level is the GAN's "
        "best FID, the dotted one that of real images; the vertical line is the break-even point, and the shade beside "
        "it the range in which the answer is in doubt.",
    ),
    "fid_against_seconds": (
        "Quality against time",
        "FID against seconds per image, with 95 % intervals and the tenth to ninetieth percentile of the times. The "
        "numbers beside the GAN's points are its truncations.",
    ),
    "precision_against_recall": (
        "Fidelity against variety",
        "Precision against recall along the sweeps of guidance and truncation, with 95 % intervals. The numbers beside "
        "the points are the scales, the star is real images.",
    ),
}
"""Title and description by the figure's name."""


def caption_of(name: str) -> tuple[str, str]:
    """Title and description of a figure; of one that is not known, its name."""
    return CAPTIONS.get(name, (name.replace("_", " ").capitalize(), ""))
