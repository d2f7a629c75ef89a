"""What the figures are called and what they show, for those who read and for those who do not see."""

from __future__ import annotations

CAPTIONS = {
    "fid_against_steps": (
        "Quality against steps",
        "FID of each sampler against network evaluations per image, with 95 % intervals. The solid level is the GAN's "
        "best FID, the dotted one that of real images; the vertical line is the break-even point, and the shade beside "
        "it the range in which the answer is in doubt. A ring marks the Pareto front, where no other point, the "
        "GAN's at one evaluation among them, is better in both.",
    ),
    "fid_against_seconds": (
        "Quality against time",
        "FID against seconds per image, with 95 % intervals and the tenth to ninetieth percentile of the times. The "
        "numbers beside the GAN's points are its truncations. A ring marks the Pareto front, the vertical line the "
        "break-even point.",
    ),
    "precision_against_recall": (
        "Fidelity against variety",
        "Precision against recall along the sweeps of guidance and truncation, with 95 % intervals. The numbers beside "
        "the points are the scales, the star is real images. A point far off is an arrow at the edge, with its recall "
        "and precision.",
    ),
    "fid_and_is_against_guidance": (
        "What guidance does",
        "FID and Inception Score against the scale of the classifier guidance, with 95 % intervals.",
    ),
    "fid_of_classes": (
        "Quality by class",
        "FID of each class, of each model's best point and of real images that no model has seen, with 95 % intervals. "
        "Classes of few images have too high a distance, all alike: read it against the real images.",
    ),
    "samples_by_steps": (
        "The same image in more steps",
        "Each column is one sample, of the same label and the same initial noise all the way down; each row is a "
        "number of steps.",
    ),
    "nearest_images": (
        "Nearest real images",
        "The first sample of each class of the best diffusion point, and right of the gap the five images of the "
        "reference that are nearest to it in feature space. Copies would show here.",
    ),
}
"""Title and description by the figure's name."""

PICTURES = ("samples_by_steps", "nearest_images")
"""The figures that are made of images and stand with the samples."""

TITLES = {
    "sample_quality": ("sample-quality", "Sample quality"),
    "guidance": ("guidance", "Classifier guidance"),
    "upsampling": ("upsampling", "Upsampling"),
    "few_steps": ("few-steps", "FID by number of steps"),
    "speed_against_quality": ("speed", "Speed against quality"),
    "equal_quality": ("equal-quality", "Cost at equal quality"),
}
"""Anchor and title by the layout's name."""


def caption_of(name: str) -> tuple[str, str]:
    """Title and description of a figure; of one that is not known, its name."""
    return CAPTIONS.get(name, (name.replace("_", " ").capitalize(), ""))
