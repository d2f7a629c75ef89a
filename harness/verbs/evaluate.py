"""``beatgans evaluate``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Device

if TYPE_CHECKING:
    from rich.table import Table

    from ...evaluator import Score
    from ..evaluation import Evaluation


def evaluate(
    reference: Annotated[str, typer.Argument(help="A built-in reference, such as digits, or a batch file (.npz).")],
    samples: Annotated[list[Path], typer.Argument(metavar="SAMPLES...", help="The batch files to score.")],
    extractor: Annotated[str, typer.Option(help="What turns images into features.")] = "digits",
    weights: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The extractor's weights, in place of its own.")
    ] = None,
    protocol: Annotated[
        str, typer.Option(metavar="adm|exact", help="Compute what OpenAI's evaluator does, or what the formulas say.")
    ] = "adm",
    metrics: Annotated[
        str, typer.Option(metavar="NAME,...", help="Which scores.")
    ] = "fid,sfid,inception_score,precision,recall",
    device: Device = "auto",
    batch_size: Annotated[int, typer.Option(min=1, help="Images whose features are computed at once.")] = 50,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="Also write the scores as JSON.")
    ] = None,
) -> None:
    """Score batch files against a reference: FID, sFID, Inception Score, precision, recall."""
    from rich.console import Console

    from ...reference_batches import atomic_write
    from ..device import prepare_device
    from ..evaluation import EvaluationOptions, evaluate_files, to_json
    from ..progress import Progress

    chosen = [metric.strip() for metric in metrics.split(",")]
    options = EvaluationOptions(extractor, weights, protocol, chosen, prepare_device(device), batch_size)
    evaluation = evaluate_files(reference, samples, options, Progress())
    if json_file is not None:
        with atomic_write(json_file) as file:
            file.write(to_json(evaluation).encode())
    for scored in evaluation.samples:
        for warning in scored.warnings:
            print(f"beatgans: {scored.path}: {warning}", file=sys.stderr)
    Console().print(_table(evaluation))


def _table(evaluation: Evaluation) -> Table:
    """A line for each batch file, with the standard errors of the scores."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from ...reports.columns import METRIC_TITLES

    against = f"Against {evaluation.reference} ({evaluation.num_reference_images:,} images)"
    title = f"{against}, protocol {evaluation.protocol['protocol']}"
    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, show_edge=False)
    table.add_column("Samples", overflow="fold")
    table.add_column("N", justify="right")
    columns = []
    for metric in evaluation.samples[0].scores:
        table.add_column(METRIC_TITLES.get(metric, metric), justify="right", no_wrap=True)
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
