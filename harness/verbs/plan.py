"""``beatgans plan``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Json

if TYPE_CHECKING:
    from ..estimate import Estimate


def plan(
    suite: Annotated[str, typer.Argument(help="A built-in suite, such as imagenet256, or the path of a YAML file.")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="The run's folder: what is done there.", show_default="runs/<suite name>"),
    ] = None,
    overrides: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Change the suite, as for run.")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="GLOB", help="Only operating points whose ids match; repeatable.")
    ] = None,
    gpus: Annotated[int, typer.Option(min=1, help="How many GPUs, or whatever computes, share the work.")] = 1,
    images_per_second: Annotated[
        float | None, typer.Option(min=1e-9, help="How fast each is, whatever the point; in place of a measurement.")
    ] = None,
    tflops: Annotated[
        float | None,
        typer.Option(min=1e-9, help="How many 10^12 operations a second each sustains; in place of a measurement."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Say what a suite would take: evaluations, hours, disk and downloads, and what is done already.

    Without a rate, hours follow from the shards that the run has timed. A folder that holds another run counts for
    nothing.
    """
    from ...reference_batches import InputError
    from ..estimate import Rate, done_of, estimate
    from ..folder import RunFolder
    from ..points import operating_points, select_points
    from ..progress import Progress
    from ..suite import load_suite

    if images_per_second is not None and tflops is not None:
        raise InputError("give either --images-per-second or --tflops, as each says how fast a GPU is")
    resolved = load_suite(suite, overrides or ())
    points = select_points(operating_points(resolved), only or ())
    state, another = done_of(resolved, RunFolder(output or Path("runs") / resolved.name))
    if another is not None:
        Progress().warn(another)
    rate = Rate(images_per_second, None if tflops is None else tflops * 1e12)
    estimated = estimate(resolved, points, state, rate)
    if as_json:
        import json

        print(json.dumps(_as_json(estimated, gpus), indent=2))
        return
    _show(estimated, gpus)


def _as_json(estimated: Estimate, gpus: int) -> dict[str, object]:
    from dataclasses import asdict

    totals = {"hours_left": hours_left(estimated), "gpus": gpus, "bytes": disk_bytes(estimated)}
    return {**asdict(estimated), "totals": totals}


def hours_left(estimated: Estimate) -> float | None:
    """Hours of one GPU for all that is left; None where those of a point are not known."""
    hours = [point.hours_left for point in estimated.points]
    return None if None in hours else sum(hour or 0 for hour in hours)


def disk_bytes(estimated: Estimate) -> int:
    """Images and features on disk, those of the reference among them, as far as their sizes are known."""
    points = sum((point.image_bytes or 0) + (point.feature_bytes or 0) for point in estimated.points)
    return points + (estimated.reference_bytes or 0)


def _show(estimated: Estimate, gpus: int) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1))
    table.add_column("Operating point", overflow="fold")
    for heading in ("Images", "Done", "NFE", "Classif.", "PFLOP", "Hours left"):
        table.add_column(heading, justify="right", no_wrap=True)
    for point in estimated.points:
        work = None if point.flops_per_image is None else point.flops_per_image * point.num_images / 1e15
        table.add_row(
            Text(point.id),
            f"{point.num_images:,}",
            f"{point.num_done:,}",
            _count(point.network_evaluations),
            _count(point.classifier_evaluations),
            _quantity(work),
            _quantity(point.hours_left),
        )
    Console(width=None if sys.stdout.isatty() else 120).print(table)
    print()
    for line in summary(estimated, gpus):
        print(line)


def summary(estimated: Estimate, gpus: int) -> list[str]:
    """What the table comes to, in sentences."""
    evaluations = sum(point.num_images * (point.network_evaluations or 0) for point in estimated.points)
    calls = sum(point.num_images * (point.classifier_evaluations or 0) for point in estimated.points)
    lines = [
        f"{len(estimated.points)} operating points: {sum(point.num_images for point in estimated.points):,} images,"
        f" {evaluations:,} network evaluations and {calls:,} of the classifier with its gradient."
    ]
    hours = hours_left(estimated)
    if hours is None:
        lines.append("Hours are not known: give --tflops or --images-per-second, or let the run time a shard.")
    else:
        spread = f", {_quantity(hours / gpus)} hours on {gpus:,} of them" if gpus > 1 else ""
        lines.append(f"Sampling that is left: {_quantity(hours)} hours of one GPU{spread}. Scoring is not in this.")
    lines.append(f"Disk: {_size(disk_bytes(estimated))} for images and features.")
    if estimated.downloads:
        total = sum(download.bytes or 0 for download in estimated.downloads)
        files = ", ".join(f"{download.name} ({_size(download.bytes)})" for download in estimated.downloads)
        lines.append(f"Downloads: {_size(total)}, about: {files}.")
    return lines


def _count(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _quantity(value: float | None) -> str:
    """Three digits of a number, or all of one that has more before the point."""
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _size(number: int | None) -> str:
    """Bytes as people say them."""
    if number is None:
        return "of unknown size"
    for unit, size in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6)):
        if number >= size:
            return f"{number / size:,.1f} {unit}"
    return f"{number / 1e3:,.1f} kB"
