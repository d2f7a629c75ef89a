"""The main job: brings a run's folder from whatever state it is in to a finished report."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ..reference_batches import InputError, atomic_write, sha256_file
from ..reports import RunRecord, parse_record, to_json
from .claims import Claims
from .device import check_device, default_workers, prepare_device
from .extractor import find_weights
from .folder import RunFolder, check_folder, open_folder
from .identity import differences, identify, in_short
from .journal import CommandEvent, Journal, ReportEvent, SessionEvent
from .manifest import Manifest, read_manifest, write_manifest
from .needed_files import check_needed_files
from .open_run import OpenRun
from .overhead import REPORT, SAMPLING, SCORING, STARTING, Overhead, overheads, write_overheads
from .points import OperatingPoint, operating_points, select_points
from .progress import Progress
from .results import build_record
from .state import RunState
from .suite import Suite
from .weights import fetch_weights_of


@dataclass(frozen=True)
class RunOptions:
    """How to carry a run out. None of it changes what comes out, up to the arithmetic of the platform.

    Attributes:
        device: ``auto``, ``cpu`` or ``cuda``; a run that is continued stays on its kind of device under ``auto``.
        only: shell patterns for the ids of the operating points to work on; none for all.
        batch_size: images sampled at once; the suite's by default, or else a whole shard.
        workers: processes that sample at once; None is one for each core or each GPU. A script that asks for several
            must start its work under ``if __name__ == "__main__":``.
        command: the command line, for the record.
        report: whether to draw the report; the results are written in any case.
        way_out: what the user can do where the folder holds another run, for the message.
    """

    device: str = "auto"
    only: tuple[str, ...] = ()
    batch_size: int | None = None
    workers: int | None = 1
    command: str = ""
    report: bool = True
    way_out: str = "choose another folder with -o, or a new one with --fresh"


@dataclass(frozen=True)
class Outcome:
    """What came of a run.

    Attributes:
        folder: where it is.
        record: its results.
        had_work: whether there was anything left to do.
        overhead: where the command's time went; None where nothing was sampled or scored.
    """

    folder: RunFolder
    record: RunRecord
    had_work: bool
    overhead: Overhead | None = None


def run_suite(suite: Suite, path: Path, options: RunOptions, progress: Progress) -> Outcome:
    """Runs a suite in a folder, or what is missing of it. Imports torch only if something is.

    Raises:
        InputError: the suite, an option or the folder cannot be used.
        OSError: something cannot be written.
    """
    began = time.perf_counter()
    check_device(options.device)
    points = operating_points(suite)
    chosen = select_points(points, options.only)
    check_folder(path)
    check_needed_files(suite, points)
    fetch_weights_of(points, progress)
    find_weights(suite.extractor, suite.extractor_weights, progress)  # fetches them, and shows how far it is
    manifest = _manifest(suite, points, RunFolder(path), options.device)
    with open_folder(path) as folder, Claims(folder.claims) as claims:
        with claims.hold("manifest"):
            manifest = _settle_manifest(folder, manifest, options.way_out)
        journal = Journal.open(folder.journal)
        run = OpenRun(suite, points, folder, manifest, journal, RunState.of(journal.events), claims, progress)
        run.verify(chosen)
        workers = _work(run, chosen, options)
        with claims.hold("report"):
            with run.watch.span(REPORT):
                run.refresh()
                record = build_record(suite, points, manifest, run.state)
                drawn = _report(run, record) if options.report else _write_results(run, to_json(record).encode())
            overhead = _account(run, workers, time.perf_counter() - began) if workers else None
    return Outcome(folder, record, drawn or workers is not None, overhead)


def _manifest(suite: Suite, points: tuple[OperatingPoint, ...], folder: RunFolder, device: str) -> Manifest:
    """What this command takes the run for: everything about its input is read, and nothing written."""
    if not folder.manifest.exists():
        from .feasibility import check_feasible  # needs torch, as a new run does

        prepared = prepare_device(device)
        identity = identify(suite, points, prepared)
        check_feasible(suite, points, identity, prepared)
        return Manifest.of(suite, identity)
    there = read_manifest(folder.manifest).identity
    return Manifest.of(suite, identify(suite, points, there.device if device == "auto" else device, there.images))


def _settle_manifest(folder: RunFolder, manifest: Manifest, way_out: str) -> Manifest:
    """The manifest that is there, or that of a new run, written; refuses to continue another run."""
    if not folder.manifest.exists():
        write_manifest(folder.manifest, manifest)
        return manifest
    there = read_manifest(folder.manifest)
    differing = differences(there.identity, manifest.identity)
    if differing:
        raise InputError(f"{folder.path} holds another run ({in_short(differing)}); {way_out}")
    return there


def _work(run: OpenRun, chosen: Sequence[OperatingPoint], options: RunOptions) -> int | None:
    """Samples and scores what is missing of the chosen points.

    Returns:
        By how many processes it was sampled; None where nothing was missing.
    """
    if all(run.state.point(point.id).scores for point in chosen):
        return None
    # These need torch, which takes seconds that a finished run should not.
    from .environment import describe_computation
    from .sampling import sample_points
    from .scoring import score_points

    device = prepare_device(run.manifest.identity.device)
    workers = options.workers or default_workers(device)
    environment = {**describe_computation(device, workers), "dtype": run.suite.dtype}
    run.record(SessionEvent(command=options.command, environment=environment))
    batch_size = options.batch_size or run.suite.batch_size or run.suite.shard_size
    with run.watch.span(SAMPLING):
        sample_points(run, chosen, device, batch_size, workers)
    with run.watch.span(SCORING):
        score_points(run, chosen, device)
    return workers


def _account(run: OpenRun, workers: int, wall: float) -> Overhead:
    """Notes where the command's ``wall`` seconds went, which changes nothing about the results.

    Raises:
        OSError: the journal or the account cannot be written.
    """
    seconds = run.watch.seconds()
    seconds[STARTING] = wall - sum(seconds[stage] for stage in (SAMPLING, SCORING, REPORT))
    run.record(CommandEvent(workers=workers, wall_seconds=wall, seconds=seconds))
    accounts = overheads(run.journal.events)
    write_overheads(run.folder.overhead, accounts)
    return accounts[-1]


def _report(run: OpenRun, record: RunRecord) -> bool:
    """Writes results and report unless those that are there show this record, and says whether it did."""
    text = to_json(record).encode()
    digest = hashlib.sha256(text).hexdigest()
    shown = run.state.report is not None and run.state.report.results_sha256 == digest
    if shown and run.folder.results.is_file() and sha256_file(run.folder.results) == digest and run.folder.has_report():
        return False
    from .report import report_of, write_report

    _write_results(run, text)
    run.progress.note("drawing the report")
    shown_record = parse_record(text.decode(), str(run.folder.results))
    write_report(report_of(run.folder, shown_record), run.folder.report)
    run.record(ReportEvent(results_sha256=digest))
    return True


def _write_results(run: OpenRun, text: bytes) -> bool:
    """Writes a record, and says that it did."""
    with atomic_write(run.folder.results) as file:
        file.write(text)
    return True
