"""The samples of a study: one run for each training seed, with all arms as its operating points."""

from __future__ import annotations

from collections.abc import Iterator

from ...reports import RunRecord
from ..points import points_of_model
from ..progress import Progress
from ..run import RunOptions, run_suite
from ..suite import Suite, parse_point, parse_suite
from .folder import StudyFolder
from .models import Variant, divergence, measured, point_of, write_guided
from .study import Study


def suite_of(study: Study, folder: StudyFolder, seed: int) -> Suite | None:
    """The suite of a seed; its noise and labels have the seed of the trainings. None where nothing is sampled.

    The model files must be there, but of trainings that have diverged.

    Raises:
        InputError: the suite cannot be made so.
    """
    points: list[dict[str, object]] = []
    for arm, measure in _sampled(study):
        if divergence(study, folder, Variant(arm, seed)) is not None:
            continue
        point = point_of(study, folder, Variant(arm, seed), study.measures[measure])
        if point not in points:
            points.append(point)
    if not points:
        return None
    metrics = {study.measures[name].metric: None for _, name in _sampled(study)}
    tree = {
        "name": f"{study.name}-seed{seed}",
        "title": f"{study.title}, seed {seed}",
        **study.samples.model_dump(),
        "metrics": list(metrics),
        "seed": seed,
        "points": points,
    }
    return parse_suite(tree, f"study {study.name}")


def score_all(study: Study, folder: StudyFolder, options: RunOptions, progress: Progress) -> dict[int, RunRecord]:
    """Samples and scores all arms, or what is missing of them, by seed.

    Raises:
        InputError: a suite cannot be made or run so.
        OSError: something cannot be written.
    """
    records = {}
    for seed in study.seeds:
        write_guided(study, folder, seed)
        suite = suite_of(study, folder, seed)
        if suite is not None:
            records[seed] = run_suite(suite, folder.run(suite.name), options, progress).record
    return records


def score_of(
    study: Study, folder: StudyFolder, record: RunRecord, variant: Variant, measure: str
) -> tuple[float | None, str | None]:
    """A score of a variant, and why there is none."""
    asked = study.measures[measure]
    spec = parse_point(point_of(study, folder, variant, asked), f"study {study.name}")
    (point,) = points_of_model(spec)
    (of_point,) = (each for each in record.points if each.id == point.id)
    score = of_point.scores[asked.metric]
    return score.value, score.reason if score.value is None else None


def _sampled(study: Study) -> Iterator[tuple[str, str]]:
    """The arms and the measures that take samples of them."""
    for arm, names in measured(study).items():
        yield from ((arm, name) for name in names if study.measures[name].is_of_samples)
