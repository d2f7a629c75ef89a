"""``beatgans reference build``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from .options import Device


def build(
    images: Annotated[
        str, typer.Argument(metavar="FOLDER|ZIP|NPZ|NAME", help="All real images: the more, the better.")
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE.npz", help="The reference file to write.")],
    size: Annotated[
        int | None,
        typer.Option(
            min=1, help="Resize and crop the images to squares of so many pixels.", show_default="as they are"
        ),
    ] = None,
    extractor: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="What turns images into features.", show_default="inception"),
    ] = None,
    weights: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The extractor's weights, in place of its own.")
    ] = None,
    protocol: Annotated[
        str, typer.Option(metavar="adm|exact", help="Means in float32, as OpenAI's files have them, or in float64.")
    ] = "adm",
    keep: Annotated[
        str,
        typer.Option(
            metavar="images|features", help="For precision and recall: images, or the smaller features of them."
        ),
    ] = "images",
    limit_images: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Keep so many, drawn at random; OpenAI's files keep 10000. The statistics are of all images.",
            show_default="all",
        ),
    ] = None,
    device: Device = "auto",
    batch_size: Annotated[int, typer.Option(min=1, help="Images whose features are computed at once.")] = 50,
) -> None:
    """Build a reference file of images: mu, sigma, mu_s, sigma_s of all, and images or features of some."""
    from ..device import prepare_device, use_all_cores
    from ..progress import Progress
    from ..reference_building import BuildOptions, build_reference

    device = prepare_device(device)
    use_all_cores()
    options = BuildOptions(extractor, weights, protocol, keep, limit_images, size, device, batch_size)
    built = build_reference(images, output, options, Progress())
    for warning in built.warnings:
        print(f"beatgans: {warning}", file=sys.stderr)
    pooled, spatial = built.dimensions
    print(
        f"{output}: statistics of {built.num_images:,} images ({pooled} pooled and {spatial} spatial dimensions), "
        f"{keep} of {built.num_kept:,}"
    )
