"""``beatgans evaluate``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Device

CPU_BATCH, GPU_BATCH = 32, 256

if TYPE_CHECKING:
    from rich.table import Table

    from ...evaluator import Score
    from ..evaluation import Evaluation


def evaluate(
    reference: Annotated[
        str,
        typer.Argument(
            help="A built-in or fetched reference (`beatgans reference list`), an .npz of images or of statistics, or a"
            " folder or zip of images; with --metrics bpd a diffusion model."
        ),
    ],
    samples: Annotated[
        list[Path],
        typer.Argument(metavar="SAMPLES...", help="What to score: .npz batch files, folders or zips of images."),
    ],
    extractor: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="inception, digits, dinov2, or module:object.", show_default="that of the reference"
        ),
    ] = None,
    weights: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="The extractor's weights, or bpd's model's; inception takes classify_image_graph_def.pb.",
        ),
    ] = None,
    protocol: Annotated[
        str,
        typer.Option(
            metavar="adm|exact",
            help="adm for tables: what OpenAI's evaluator prints. exact for all else: float64 throughout, and right for"
            " fewer images than features too.",
        ),
    ] = "adm",
    metrics: Annotated[
        str,
        typer.Option(
            metavar="NAME,...",
            help="Which scores; also kid, density, coverage, fid_infinity, per_class_fid, authpct, module:object; or"
            " bpd alone, of MODEL on DATA.",
        ),
    ] = "fid,sfid,inception_score,precision,recall",
    backend: Annotated[str, typer.Option(metavar="torch|tensorflow", help="What runs the Inception graph.")] = "torch",
    device: Device = "auto",
    dtype: Annotated[
        str,
        typer.Option(
            metavar="float32|float64|bfloat16|float16",
            help="Of the features, or of bpd's network; 16 bits are not for tables.",
        ),
    ] = "float32",
    batch_size: Annotated[
        int | None, typer.Option(min=1, help="Images seen at once.", show_default="32; 256 on a GPU")
    ] = None,
    image_size: Annotated[
        int | None,
        typer.Option(min=1, metavar="PIXELS", help="Resize and crop samples to squares of this size, as ADM does."),
    ] = None,
    cache: Annotated[bool, typer.Option(help="Keep features in the user's cache, and take them from there.")] = True,
    number: Annotated[
        int | None,
        typer.Option(
            "-n", "--number", min=1, help="bpd: so many of the images, drawn with the seed.", show_default="all"
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="bpd: of the noise.", show_default="0")] = None,
    respacing: Annotated[
        str | None,
        typer.Option(
            help="bpd: the timesteps whose terms are summed, such as 100 or 10,15,20 or ddim25.", show_default="all"
        ),
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Also write the scores as JSON.")
    ] = None,
) -> None:
    """Score images against a reference: FID, sFID, Inception Score, precision, recall and more.

    As OpenAI's evaluator.py: beatgans evaluate VIRTUAL_imagenet256_labeled.npz samples.npz

    As its image_nll.py, bits per dimension: beatgans evaluate --metrics bpd MODEL DATA
    """
    from ...generators.computation import Computation
    from ...reference_batches import atomic_write
    from ..bound import BoundRequest
    from ..device import prepare_device, use_all_cores
    from ..evaluation import EvaluationOptions, evaluate_files, to_json
    from ..progress import Progress
    from .evaluate_bound import evaluate_bound, is_of_bound, only_one, refuse
    from .whole_table import print_whole

    wanted = [metric.strip() for metric in metrics.split(",")]
    of_model = is_of_bound(wanted)
    if of_model:
        scoring = {"extractor": extractor, "protocol": protocol != "adm", "backend": backend != "torch"}
        refuse(scoring, "is for scores of features, and bpd takes none")
    else:
        refuse({"number": number, "seed": seed, "respacing": respacing}, "is for --metrics bpd")
    device = prepare_device(device)
    images_at_once = batch_size or (GPU_BATCH if device == "cuda" else CPU_BATCH)
    if of_model:
        request = BoundRequest(
            reference,
            only_one(samples),
            weights,
            number,
            seed or 0,
            respacing or "",
            image_size,
            images_at_once,
            device,
            Computation(dtype),
        )
        evaluate_bound(request, json_file, Progress())
        return
    use_all_cores()
    options = EvaluationOptions(
        extractor,
        weights,
        protocol,
        wanted,
        device,
        backend,
        dtype,
        images_at_once,
        image_size,
        cache,
    )
    evaluation = evaluate_files(reference, samples, options, Progress())
    if json_file is not None:
        with atomic_write(json_file) as file:
            file.write(to_json(evaluation).encode())
    for path, warning in unique_warnings(evaluation):
        print(f"beatgans: {path}: {warning}", file=sys.stderr)
    for path, reason in _reasons(evaluation):
        print(f"beatgans: {path}: {reason}", file=sys.stderr)
    print_whole(_table(evaluation))


def unique_warnings(evaluation: Evaluation) -> list[tuple[str, str]]:
    """(path, warning) of each warning; one that all of several sets share is said of the reference instead."""
    first, *others = [scored.warnings for scored in evaluation.samples]
    shared = [warning for warning in first if others and all(warning in other for other in others)]
    return [(evaluation.reference.name, warning) for warning in shared] + [
        (scored.path, warning) for scored in evaluation.samples for warning in scored.warnings if warning not in shared
    ]


def _reasons(evaluation: Evaluation) -> list[tuple[str, str]]:
    """(path, why) of each score that is missing."""
    return [
        (scored.path, f"no {metric}: {score.reason}")
        for scored in evaluation.samples
        for metric, score in scored.scores.items()
        if score.value is None
    ]


def _table(evaluation: Evaluation) -> Table:
    """A line for each batch file, with the standard errors of the scores."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from ...evaluator import find_metric

    real = evaluation.reference
    held = "statistics" if real.num_images is None else f"{real.num_images:,} images"
    both = f"{held} and statistics" if real.has_statistics and real.num_images is not None else held
    how = f"extractor {evaluation.protocol['extractor']}, protocol {evaluation.protocol['protocol']}"
    title = f"Against {real.name} ({both}), {how}"
    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1))
    table.add_column("Samples", no_wrap=True)
    table.add_column("N", justify="right", no_wrap=True)
    columns = []
    for metric in evaluation.samples[0].scores:
        table.add_column(find_metric(metric).title, justify="right", no_wrap=True)
        columns.append(_cells([scored.scores[metric] for scored in evaluation.samples]))
    for scored, *cells in zip(evaluation.samples, *columns, strict=True):
        table.add_row(Text(scored.path), f"{scored.num_images:,}", *cells)
    return table


def _cells(scores: list[Score]) -> list[str]:
    """A column: ``12.34 ± 0.56`` with as many digits as its standard errors bear; what is missing is a dash."""
    from ...reports.rounding import MISSING, decimals_for

    decimals = decimals_for([score.value for score in scores], [score.standard_error for score in scores])
    return [
        MISSING
        if score.value is None
        else f"{score.value:.{decimals}f}"
        + ("" if score.standard_error is None else f" ± {score.standard_error:.{decimals}f}")
        for score in scores
    ]
