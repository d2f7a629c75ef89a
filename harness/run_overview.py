"""How far a run is, from its manifest and its journal. Nothing is loaded or checked that takes long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..reports import ScoreRecord
from .folder import RunFolder
from .journal import Journal
from .manifest import read_manifest
from .plan import plan_shards
from .points import operating_points
from .state import PointState, RunState
from .suite import parse_suite


def is_run(path: Path) -> bool:
    """Whether a folder holds a run."""
    return RunFolder(path).manifest.is_file()


def run_overview(path: Path) -> dict[str, Any]:
    """What a run is and what is done of it, as plain values.

    Raises:
        InputError: its manifest or journal cannot be read, or is of another version of beatgans.
    """
    folder = RunFolder(path)
    manifest = read_manifest(folder.manifest)
    journal = Journal.open(folder.journal)
    state = RunState.of(journal.events)
    # In the manifest defaults are spelled out, which a point of existing images may not be given.
    suite = parse_suite(manifest.suite.model_dump(mode="json", exclude_defaults=True), str(folder.manifest))
    points = operating_points(suite)
    identity, shard_size = manifest.identity, manifest.suite.shard_size
    shards = {point.id: len(plan_shards(identity.num_images_of(point), shard_size)) for point in points}
    scored = [point.id for point in points if state.point(point.id).scores]
    return {
        "folder": str(path),
        "suite": manifest.suite.name,
        "created": manifest.created,
        "config_hash": manifest.config_hash,
        "num_images": identity.num_images,
        "seed": identity.seed,
        "reference": identity.reference,
        "device": identity.device,
        "commands": [{"time": event.time, "command": event.command} for event in state.sessions],
        "finished": len(scored) == len(points),
        "scored_points": f"{len(scored)} of {len(points)}",
        "report": str(path / "report" / "index.html") if state.report else None,
        "damaged_journal_lines": journal.damaged_lines,
        "points": {point.id: _point(state.point(point.id), shards[point.id]) for point in points},
    }


def _point(state: PointState, shards: int) -> dict[str, Any]:
    scores = state.scores.scores if state.scores else {}
    return {
        "shards": f"{len(state.shards)} of {shards}",
        "scores": {name: _shown(score) for name, score in scores.items()},
    }


def _shown(score: ScoreRecord) -> float | str | None:
    """A score, or why there is none."""
    return score.reason if score.value is None else score.value
