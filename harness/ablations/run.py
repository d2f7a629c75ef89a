"""The whole of a study: trainings, measures, samples, record. Whatever is done already is not done again."""

from __future__ import annotations

from pathlib import Path

from ...reports.ablation_record import AblationRecord
from ..device import default_workers, prepare_device
from ..progress import Progress
from ..run import RunOptions
from .folder import open_study
from .models import variants
from .preparing import preparations, prepare_all
from .results import ablation_record, write_results
from .scoring import score_all
from .study import Study

WAY_OUT = "move it elsewhere, and the same trainings are sampled anew"


def run_study(
    study: Study, path: Path, device: str, workers: int | None, command: str, progress: Progress
) -> AblationRecord:
    """Carries a study out in a folder, or what is missing of it.

    Args:
        study: what is asked.
        path: the folder.
        device: ``cpu``, ``cuda`` or ``auto``.
        workers: processes that train or sample at once, one thread each; None for one a core or GPU. Nothing that
            comes out depends on it.
        command: the command line, for the records.
        progress: where to say how it goes.

    Raises:
        InputError: the study or the folder cannot be used.
        OSError: something cannot be written.
        RunError: a process failed otherwise or died.
    """
    where = prepare_device(device)
    places = workers or default_workers(where)
    list(variants(study))  # refuses what is wrong with a recipe before there is a folder
    with open_study(path) as folder:
        prepare_all(preparations(study, folder, where, command), places, progress)
        options = RunOptions(device=where, workers=places, command=command, way_out=WAY_OUT)
        runs = score_all(study, folder, options, progress)
        record = ablation_record(study, folder, runs)
        write_results(record, folder)
    return record
