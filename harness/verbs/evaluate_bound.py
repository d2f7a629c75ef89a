"""``beatgans evaluate --metrics bpd MODEL DATA``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.table import Table

    from ..bound import BoundEvaluation, BoundRequest
    from ..progress import Progress


def is_of_bound(metrics: Sequence[str]) -> bool:
    """Whether bits per dimension are asked for.

    Raises:
        InputError: other scores are asked for with them.
    """
    from ...reference_batches import InputError
    from ..bound import METRIC

    if METRIC in metrics and len(metrics) > 1:
        raise InputError(
            f"{METRIC} is of a model on real images, and other scores are of samples against a reference; ask for "
            f"{METRIC} alone: beatgans evaluate --metrics {METRIC} MODEL DATA"
        )
    return METRIC in metrics


def refuse(options: Mapping[str, object], reason: str) -> None:
    """Refuses options that mean nothing here.

    Args:
        options: by name, None or False for one that is not given.
        reason: why, as the end of a sentence that the option begins.

    Raises:
        InputError: one is given.
    """
    from ...reference_batches import InputError

    given = next((name for name, value in options.items() if value is not None and value is not False), None)
    if given is not None:
        raise InputError(f"--{given} {reason}; leave it out")


def only_one(data: Sequence[Path]) -> str:
    """The images that the model is measured on.

    Raises:
        InputError: there are several sets.
    """
    from ...reference_batches import InputError

    if len(data) > 1:
        raise InputError(f"bpd is taken on one set of images, and {len(data)} are given; measure them one by one")
    return str(data[0])


def evaluate_bound(request: BoundRequest, json_file: Path | None, progress: Progress) -> None:
    """Prints the bound of a model on images, and writes it as JSON too where a file is named.

    Raises:
        InputError: the model or the images cannot be used.
        OSError: the file cannot be written.
    """
    from ...reference_batches import atomic_write
    from ..bound import evaluate_bound as evaluate
    from ..bound import to_json
    from .whole_table import print_whole

    evaluation = evaluate(request, progress)
    if json_file is not None:
        with atomic_write(json_file) as file:
            file.write(to_json(evaluation).encode())
    print_whole(_table(evaluation))


def _table(evaluation: BoundEvaluation) -> Table:
    """One line: the bound, and the parts that it is the sum of."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    from ...reports.rounding import decimals_for

    bound, protocol = evaluation.bound, evaluation.protocol
    decimals = decimals_for([bound.total_bpd], [bound.total_standard_error])
    error = "" if bound.total_standard_error is None else f" ± {bound.total_standard_error:.{decimals}f}"
    title = (
        f"{evaluation.model.name} on {evaluation.data.name}, bits per dimension over {protocol['num_steps']:,} of "
        f"{protocol['num_timesteps']:,} timesteps, seed {protocol['seed']}"
    )
    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1))
    columns = {
        "N": f"{evaluation.data.num_images:,}",
        "Bits/dim ↓": f"{bound.total_bpd:.{decimals}f}{error}",
        "Pixels (L_0)": f"{bound.vb[0]:.4f}",
        f"Steps (L_1 to L_{len(bound.vb) - 1})": f"{bound.vb[1:].sum():.4f}",
        "Prior": f"{bound.prior_bpd:.2g}",
        "MSE of noise": f"{bound.mse.mean():.4f}",
        "MSE of image": f"{bound.xstart_mse.mean():.4f}",
    }
    for name in columns:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_row(*columns.values())
    return table
