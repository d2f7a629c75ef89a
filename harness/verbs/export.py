"""``beatgans export``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ...reports import RunRecord

FORMATS = ("csv", "parquet", "model-card")


def export(
    folders: Annotated[list[Path], typer.Argument(metavar="RUN...", help="The folders of runs.")],
    form: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="|".join(FORMATS),
            help="csv and parquet: every score on a line of its own; model-card: the evaluation results of one model"
            " for the Hugging Face Hub.",
        ),
    ],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="The file to write.")],
    model: Annotated[
        str | None, typer.Option(help="The model of the card.", show_default="the run's, if it has one only")
    ] = None,
) -> None:
    """Write the scores of runs as a file for other programs."""
    from ...reference_batches import InputError, hint
    from ...reports import read_record
    from ..folder import RunFolder
    from ..outputs import check_outputs, write_output
    from ..report_of_runs import run_names

    if form not in FORMATS:
        raise InputError(f"there is no format {form!r}; {hint(form, FORMATS)}")
    if model is not None and form != "model-card":
        raise InputError(f"--model is for model cards, and {form} has the scores of all models; leave it out")
    check_outputs({"-o": output}, [RunFolder(path).results for path in folders])
    records = {
        name: read_record(RunFolder(path).results) for name, path in zip(run_names(folders), folders, strict=True)
    }
    content = _model_card(records, model).encode() if form == "model-card" else _flat(records, form)
    write_output("-o", output, content)
    print(f"Written: {output}")


def _flat(records: Mapping[str, RunRecord], form: str) -> bytes:
    from ...reference_batches import InputError
    from ...reports.exports import scores_csv, scores_parquet

    if form == "csv":
        return scores_csv(records).encode()
    try:
        return scores_parquet(records)
    except ImportError:
        raise InputError(
            "Parquet takes pyarrow, which is not installed; run pip install 'beatgans[parquet]', or choose --to csv"
        ) from None


def _model_card(records: Mapping[str, RunRecord], model: str | None) -> str:
    from ...reference_batches import InputError
    from ...reports.exports import model_card

    if len(records) > 1:
        raise InputError("a model card has the results of one run; name one run alone")
    (record,) = records.values()
    models = sorted({point.model for point in record.points if point.family != "real"})
    if model is None and len(models) != 1:
        raise InputError(f"the run has several models ({', '.join(models)}); choose one with --model")
    return model_card(record, model or models[0])
