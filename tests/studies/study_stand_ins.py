"""The paper's suites from plan to report, on small files of the real formats from a server on the loopback interface.

``nox -s standins`` runs it; twenty minutes of one core. Suites, names, addresses, steps and settings are those that
ship; networks are small (:mod:`stand_ins.small_models`), images few, and every other download breaks off.
"""

from __future__ import annotations

import csv
import json
import shutil
import time

import pytest

from beatgans.generators import MODELS
from beatgans.generators.stack import StackEntry
from beatgans.harness import load_suite
from beatgans.harness.cli import main
from beatgans.harness.points import operating_points
from beatgans.harness.suite import suite_names
from beatgans.reference_batches import cache_folder, catalog, download
from beatgans.reports import parse_record, read_record, to_json
from beatgans.reports.published import published_beside, why_not_beside
from stand_ins.mirror import Mirror
from stand_ins.small_models import small_models

SUITES = [name for name in suite_names() if name not in {"digits", "few-steps-digits"}]
METRICS = {"fid", "sfid", "inception_score", "precision", "recall"}
NUM_IMAGES = 4  # the fewest that have a precision
GRAPH = "classify_image_graph_def.pb"
POINTS = {
    "few-steps-256": 21,
    "guidance-sweep-128": 8,
    "imagenet128": 4,
    "imagenet256": 4,
    "imagenet512": 4,
    "imagenet64": 4,
    "lsun-bedroom": 5,
    "lsun-cat": 4,
    "lsun-horse": 4,
    "released-samples": 6,
    "released-samples-128": 4,
    "released-samples-512": 6,
    "released-samples-64": 3,
    "truncation-sweep-128": 15,
    "upsampling-256": 4,
    "upsampling-512": 6,
}
"""Rows of each suite's table, counted by hand from the tables and figures of the paper."""
PUBLISHED = {
    "imagenet64": ["4.06", "2.92", "2.61", "2.07"],
    "imagenet128": ["6.02", "5.91", "5.98", "2.97"],
    "imagenet256": ["12.26", "6.95", "10.94", "5.44", "4.59", "7.49", "3.94"],
    "imagenet512": ["8.43", "23.24", "8.41", "7.72", "9.96", "5.96", "4.11", "3.85"],
    "lsun-bedroom": ["4.89", "4.24", "2.35", "1.90", "2.31", "2.02"],
    "lsun-cat": ["17.1", "7.25", "5.57", "7.03", "5.94"],
    "lsun-horse": ["3.84", "2.95", "2.57", "3.45", "2.83"],
}
"""The FIDs of the paper's Tables 5, 6 and 16 by the reference, without those that it quotes from others."""


@pytest.fixture(scope="module")
def files(inception_graph, tmp_path_factory):
    mirror = Mirror(tmp_path_factory.mktemp("mirror"), small_models(), NUM_IMAGES)
    mirror.add_graph(inception_graph)
    return mirror


@pytest.fixture
def server(files, monkeypatch):
    with files.served(monkeypatch) as server:
        yield server
    shutil.rmtree(cache_folder())


def test_there_are_sixteen():
    assert sorted(POINTS) == SUITES


@pytest.mark.parametrize("name", SUITES)
def test_a_suite_of_the_paper_runs_from_plan_to_report(name, files, server, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    suite = load_suite(name)
    points = operating_points(suite)
    batches = list(dict.fromkeys([suite.reference, *(point.images for point in points if point.images)]))
    for batch in batches:
        files.add_batch(batch)
    files.add_points(points)
    options = [name, "--set", f"num_images={NUM_IMAGES}", "--set", "shard_size=4"]
    began = time.monotonic()

    def plan():
        capsys.readouterr()
        assert main(["plan", *options, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    def run():
        return main(["run", *options, "--workers", "1"])

    planned = plan()
    assert [point["id"] for point in planned["points"]] == [point.id for point in points]
    assert len(points) == POINTS[name]
    weights = [download["name"] for download in planned["downloads"] if download["name"].endswith((".pt", ".bin"))]
    assert {download["name"] for download in planned["downloads"]} == {*batches, *weights, GRAPH}
    assert sorted(weights) == sorted(needed_weights(points))

    # What has to be asked for is named, all of it, before the first byte.
    assert run() == 2
    assert f"`beatgans reference fetch {' '.join(batches)}`" in capsys.readouterr().err
    assert server.requests == []
    reference = catalog()[suite.reference].file
    server.cuts[reference] = [10_000_000, 20_000_000]
    assert main(["reference", "fetch", *batches]) == 0
    assert server.fetched(reference) == [0, whole_pieces(10_000_000), whole_pieces(20_000_000)]

    # A download that breaks off for good ends the run, and the same command goes on from there.
    breaking = weights[-1] if weights else GRAPH
    server.cuts[breaking] = [1_000_000] + [0] * download.ATTEMPTS
    assert run() == 2
    assert "the same command continues from there" in capsys.readouterr().err
    assert run() == 0
    assert server.fetched(breaking) == [0, *[whole_pieces(1_000_000)] * (download.ATTEMPTS + 1)]
    assert all(len(server.fetched(file)) == 1 for file in {*weights, GRAPH} - {breaking})

    record = read_record(f"runs/{name}/results.json")
    check_record(record, suite, points)
    check_published(record)
    done = plan()
    assert done["downloads"] == []
    arrays = [path.stat().st_size for path in (tmp_path / "runs").rglob("*.npz")]
    assert 0 <= sum(arrays) - done["totals"]["bytes"] < 2_000 * len(arrays)  # names and shapes are not planned
    assert {point["num_done"] for point in done["points"]} == {NUM_IMAGES}
    assert {point["num_images"] for point in done["points"]} == {NUM_IMAGES}

    assert main(["report", f"runs/{name}", "-o", "report"]) == 0
    assert (tmp_path / "report" / "index.html").stat().st_size > 10_000
    with (tmp_path / "report" / "table.csv").open() as table:
        assert [row["id"] for row in csv.DictReader(table)] == [point.id for point in points]
    with capsys.disabled():
        print(f"\n{name}: {len(points)} points in {time.monotonic() - began:.0f} s")


def needed_weights(points):
    """The files of weights that operating points need, a classifier's where it guides."""
    files = set()
    for point in points:
        if point.settings is None:
            continue
        entry = MODELS[point.model]
        stages = entry.stages if isinstance(entry, StackEntry) else (entry,)
        for stage in stages:
            files.add(stage.network.file)
            if point.settings.guidance > 0 and getattr(stage, "classifier", None) is not None:
                files.add(stage.classifier.file)
    return files


def whole_pieces(number):
    return number // download.CHUNK_BYTES * download.CHUNK_BYTES


def check_record(record, suite, points):
    """Every point is there and scored, with what is to be known of its files."""
    assert record.status == "complete"
    assert parse_record(to_json(record), "the record") == record
    assert [point.id for point in record.points] == [point.id for point in points]
    assert record.reference.released is False
    assert any(warning.startswith(f"{suite.reference} holds 4 images") for warning in record.warnings)
    assert (record.answer is None) == (suite.baseline is None)
    for point, asked in zip(record.points, points, strict=True):
        assert set(point.scores) == METRICS
        assert all(score.value is not None and score.n == NUM_IMAGES for score in point.scores.values())
        evaluations = asked.evaluations() if asked.settings else (None, None)
        assert (point.profile.network_evaluations, point.profile.classifier_evaluations) == evaluations
        if asked.images is None:
            assert point.released is None
            continue
        assert point.released is False
        assert any("so that it is another" in warning for warning in point.warnings)
        trap = catalog()[asked.images].trap
        assert trap is None or trap in point.warnings
    noted = f"the reference {suite.reference}: {catalog()[suite.reference].note}"
    assert all(noted in point.warnings for point in record.points)


def check_published(record):
    """No published row stands beside the stand-ins; of files as the paper has them, those of the same images do."""
    assert published_beside(record).rows == ()
    assert "is not the released one" in why_not_beside(record)
    size = catalog()[record.reference.name].resolution
    as_the_paper = {"num_images": 50_000, "image_size": (size, size), "released": None}
    whole = record.model_copy(
        update={
            "num_images": 50_000,
            "reference": record.reference.model_copy(update={"released": True}),
            "points": tuple(point.model_copy(update=as_the_paper) for point in record.points),
        }
    )
    fids = [row.cells["fid"].text for row in published_beside(whole).rows]
    assert fids == PUBLISHED[record.reference.name]
