"""Runs as a whole: whatever happens to them, they end with the same images and the same numbers."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from beatgans.harness import Progress, RunOptions, load_suite, run_suite
from beatgans.harness.cli import main
from beatgans.harness.folder import REPORT_FILES
from beatgans.harness.journal import Journal
from beatgans.reference_batches import Batch, InputError, digits_heldout, read_batch, write_batch
from beatgans.reports import read_record

POINTS = ["digits-diffusion_ddim2", "digits-diffusion_ddim2_guidance1", "digits-gan_truncation0.5", "digits-heldout"]
CHILDREN = Path("/proc/self/task")


def run(suite_file, folder, *overrides, **options):
    return run_suite(load_suite(str(suite_file), overrides), folder, RunOptions(device="cpu", **options), Progress())


def shards(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("shards/*.npz"))}


def scores(folder):
    record = read_record(folder / "results.json")
    return record.status, record.protocol, {point.id: (point.samples_sha256, point.scores) for point in record.points}


def wait_for_lines(folder, number, process):
    """Waits until the journal has so many lines, or the process has ended by itself."""
    journal = folder / "journal.jsonl"
    while process.poll() is None and (not journal.exists() or journal.read_bytes().count(b"\n") < number):
        time.sleep(0.002)


def children_of(process):
    task = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return [int(child) for child in task.read_text().split()] if task.exists() else []


def wait_until_gone(pids):
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(Path(f"/proc/{pid}/cmdline").exists() for pid in pids):
        time.sleep(0.01)
    return [pid for pid in pids if Path(f"/proc/{pid}/cmdline").exists()]


def test_a_run_that_is_killed_again_and_again_ends_like_an_undisturbed_one(start, suite_file, undisturbed, tmp_path):
    folder = tmp_path / "killed"
    moments = sorted(random.Random(0).sample(range(3, 24), 3))
    interrupted, *killed = moments

    process = start("run", suite_file, "-o", folder, "--device", "cpu", "--workers", 2)
    wait_for_lines(folder, interrupted, process)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "beatgans: interrupted; give the same command again to continue"

    for workers, lines in enumerate(killed, start=1):
        process = start("run", suite_file, "-o", folder, "--device", "cpu", "--workers", workers)
        wait_for_lines(folder, lines, process)
        children = children_of(process)
        process.kill()
        process.communicate(timeout=30)
        assert process.returncode == -signal.SIGKILL, "the run ended before it was killed"
        assert wait_until_gone(children) == []

    outcome = run(suite_file, folder)
    assert outcome.had_work
    assert shards(folder) == shards(undisturbed)
    assert scores(folder) == scores(undisturbed)


@pytest.mark.skipif(not CHILDREN.exists(), reason="only Linux tells of a process's children")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("delay", [0, 0.5])  # while processes are started, and while they import what they need
def test_a_signal_to_all_processes_while_they_start_is_answered_once(suite_file, tmp_path, number, delay):
    command = [sys.executable, "-m", "beatgans.harness", "run", suite_file, "-o", tmp_path / "run", "--workers", "2"]
    process = subprocess.Popen(
        [*map(str, command), "--device", "cpu"], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while process.poll() is None and len(children_of(process)) < 3:  # two workers, and what tracks their resources
        time.sleep(0.002)
    time.sleep(delay)
    os.killpg(process.pid, number)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "Traceback" not in err
    assert err.splitlines()[-1] == "beatgans: interrupted; give the same command again to continue"


def test_another_batch_size_and_other_labels_of_circumstance_change_no_image(suite_file, undisturbed, tmp_path):
    run(suite_file, tmp_path / "run", "title=Another", batch_size=3, only=("*ddim2*",))

    made = shards(tmp_path / "run")
    assert len(made) == 8
    for name, content in made.items():
        if (
            content != shards(undisturbed)[name]
        ):  # a platform whose sums depend on the batch: then by a rounding at most
            ours, theirs = (read_batch(folder / name).images.astype(int) for folder in (tmp_path / "run", undisturbed))
            assert abs(ours - theirs).max() <= 1


def test_a_finished_run_says_so_at_once_and_without_torch(suite_file, undisturbed):
    code = (
        "import sys; from beatgans.harness.cli import main; code = main(sys.argv[1:]);"
        "assert not {'torch', 'pandas', 'matplotlib', 'sklearn'} & set(sys.modules); sys.exit(code)"
    )
    finished = subprocess.run(
        [sys.executable, "-c", code, "run", str(suite_file), "-o", str(undisturbed)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert finished.stderr == ""
    assert finished.stdout.splitlines() == [
        f"{undisturbed} is complete: all 4 operating points were sampled and scored.",
        f"Report: {undisturbed / 'report' / 'index.html'}",
    ]


@pytest.mark.parametrize("harm", ["flip a bit", "cut short", "remove"])
def test_a_damaged_shard_is_named_and_made_again_with_all_that_came_of_it(
    suite_file, undisturbed, finished, capsys, harm
):
    shard = finished / "points" / POINTS[2] / "shards" / "00002.npz"
    content = bytearray(shard.read_bytes())
    if harm == "remove":
        shard.unlink()
    else:
        content[300] ^= 1
        shard.write_bytes(content if harm == "flip a bit" else content[:300])
    lines = (finished / "journal.jsonl").read_text().count("\n")

    run(suite_file, finished)

    assert f"{shard} is {'missing' if harm == 'remove' else 'damaged'}; it is made again\n" in capsys.readouterr().err
    assert shards(finished) == shards(undisturbed)
    assert scores(finished) == scores(undisturbed)
    added = (finished / "journal.jsonl").read_text().splitlines()[lines:]
    assert [line.split('"event":"')[1].split('"')[0] for line in added] == [
        "session",
        "shard",
        "features",
        "scores",
        "report",
        "command",
    ]


def test_damaged_features_results_and_pages_are_made_again(suite_file, undisturbed, finished, capsys):
    (finished / "points" / POINTS[0] / "features.npz").write_bytes(b"no features")
    run(suite_file, finished)
    assert "features.npz is damaged; it is made again" in capsys.readouterr().err
    assert scores(finished) == scores(undisturbed)

    (finished / "results.json").write_text("{}")
    assert run(suite_file, finished).had_work
    for name in REPORT_FILES:
        (finished / "report" / name).unlink()
        assert run(suite_file, finished).had_work
        assert (finished / "report" / name).is_file()
    assert scores(finished) == scores(undisturbed)
    assert not run(suite_file, finished).had_work


def test_a_damaged_journal_costs_only_what_it_recorded(suite_file, undisturbed, finished, capsys):
    journal = finished / "journal.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    journal.write_text("".join([lines[0], "gibberish\n", *lines[2:]]) + '{"event": "sha')

    run(suite_file, finished)

    assert "journal.jsonl is damaged in line 2; what it recorded there is made again" in capsys.readouterr().err
    assert shards(finished) == shards(undisturbed)
    assert scores(finished) == scores(undisturbed)


def test_a_finished_run_whose_first_journal_line_is_damaged_still_reports(suite_file, undisturbed, finished, capsys):
    journal = finished / "journal.jsonl"
    journal.write_text("gibberish\n" + journal.read_text().partition("\n")[2])

    record = run(suite_file, finished).record

    assert "journal.jsonl is damaged in line 1" in capsys.readouterr().err
    assert record.environment == {}
    assert shards(finished) == shards(undisturbed)
    assert scores(finished) == scores(undisturbed)


@pytest.mark.parametrize(
    ("override", "difference"),
    [("seed=1", "seed is 0 there and 1 here"), ("num_images=50", "num_images is 40 there and 50 here")],
)
def test_another_suite_in_the_folder_is_refused_and_nothing_is_touched(suite_file, finished, override, difference):
    before = {path: path.read_bytes() for path in finished.rglob("*") if path.is_file() and path.name != ".lock"}
    with pytest.raises(InputError, match=difference):
        run(suite_file, finished, override)
    assert {
        path: path.read_bytes() for path in finished.rglob("*") if path.is_file() and path.name != ".lock"
    } == before


def test_the_manifest_is_never_written_again(suite_file, finished):
    before = (finished / "manifest.json").stat()
    (finished / "points" / POINTS[2] / "features.npz").unlink()
    run(suite_file, finished)
    assert (finished / "manifest.json").stat().st_mtime_ns == before.st_mtime_ns


def test_a_title_is_not_what_a_run_is_but_its_report_shows_the_new_one(suite_file, finished, undisturbed):
    outcome = run(suite_file, finished, "title=A better title")
    assert outcome.record.title == "A better title"
    assert scores(finished) == scores(undisturbed)


def test_a_run_of_some_points_is_partial_until_the_others_follow(suite_file, undisturbed, tmp_path):
    folder = tmp_path / "run"
    first = run(suite_file, folder, only=("digits-gan*",)).record
    assert (first.status, [point.id for point in first.points]) == ("partial", [POINTS[2]])

    again = run(suite_file, folder, only=("digits-gan*",))
    assert not again.had_work
    assert again.record.status == "partial"

    assert run(suite_file, folder).record.status == "complete"
    assert shards(folder) == shards(undisturbed)
    assert scores(folder) == scores(undisturbed)


def test_damage_to_a_point_that_is_not_asked_for_makes_the_run_partial(suite_file, finished, capsys):
    (finished / "points" / POINTS[3] / "shards" / "00000.npz").unlink()
    record = run(suite_file, finished, only=("digits-gan*",)).record
    assert "is missing; it is made again by a run without --only" in capsys.readouterr().err
    assert [point.id for point in record.points] == POINTS[:3]


def work(events):
    """What of a journal's lines is work, each once, however many lines tell of it."""
    return [(event.event, event.point, getattr(event, "shard", None)) for event in events if hasattr(event, "point")]


def test_several_commands_share_out_a_run_even_if_one_is_killed(start, suite_file, undisturbed, tmp_path):
    folder = tmp_path / "run"
    processes = [start("run", suite_file, "-o", folder, "--device", "cpu", "--workers", 1) for _ in range(3)]
    wait_for_lines(folder, 6, processes[0])
    processes[0].kill()
    for process in processes[1:]:
        _, err = process.communicate(timeout=120)
        assert process.returncode == 0, err

    assert shards(folder) == shards(undisturbed)
    assert scores(folder) == scores(undisturbed)
    events = Journal.open(folder / "journal.jsonl").events
    done = work(events)
    assert len(done) - len(set(done)) <= 1, "work was done twice, and not for the process that was killed"
    by_process = {event.session for event in events if event.event == "shard"}
    assert len(by_process) > 1, "one process did all the work"
    assert not list(folder.rglob(".*.tmp"))


def test_torchrun_shares_out_a_run_and_one_process_reports(suite_file, undisturbed, tmp_path):
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "beatgans.harness", "run"]
    done = subprocess.run(
        [*launcher, str(suite_file), "-o", str(tmp_path / "run"), "--device", "cpu"],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("Report: ") == 1
    assert shards(tmp_path / "run") == shards(undisturbed)
    assert scores(tmp_path / "run") == scores(undisturbed)


def test_each_of_torchruns_processes_would_start_afresh_elsewhere(suite_file, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("WORLD_SIZE", "2")
    assert main(["run", str(suite_file), "-o", str(tmp_path / "run"), "--fresh"]) == 2
    assert "--fresh: each of torchrun's processes would take a folder of its own" in capsys.readouterr().err


def test_features_of_many_images_are_extracted_in_parts_and_are_the_same(
    suite_file, undisturbed, tmp_path, monkeypatch
):
    monkeypatch.setattr("beatgans.harness.point_features.PART", 20)
    run(suite_file, tmp_path / "run", only=("*gan*",))
    point = tmp_path / "run" / "points" / POINTS[2]
    assert [path.name for path in sorted(point.iterdir())] == ["features.npz", "shards"]
    expected = scores(undisturbed)[2][POINTS[2]]
    assert scores(tmp_path / "run")[2][POINTS[2]] == expected

    (point / "features.npz").unlink()
    monkeypatch.setattr("beatgans.harness.scoring.features_of_point", _stop)
    with pytest.raises(KeyboardInterrupt):
        run(suite_file, tmp_path / "run", only=("*gan*",))
    parts = sorted((point / "parts").iterdir())
    assert len(parts) == 2
    parts[0].write_bytes(b"no features")
    monkeypatch.undo()
    monkeypatch.setattr("beatgans.harness.point_features.PART", 20)
    run(suite_file, tmp_path / "run", only=("*gan*",))
    assert scores(tmp_path / "run")[2][POINTS[2]] == expected
    assert not (point / "parts").exists()


def _stop(*arguments):
    raise KeyboardInterrupt


def test_bad_input_is_found_before_the_folder_is_made(suite_file, tmp_path):
    for override in ("reference=digit", "extractor=digit", "baseline=gan", "num_images=3"):
        with pytest.raises(InputError):
            run(suite_file, tmp_path / "run", override)
    with pytest.raises(InputError, match="matches no operating point"):
        run(suite_file, tmp_path / "run", only=("biggan*",))
    assert not (tmp_path / "run").exists()


PLUGINS = '''
from beatgans.evaluator import Features

class Brightness:
    """Means of rows and columns, as an extractor that gives pooled features alone."""
    name = "plugins:load"
    settings = {"extractor_resize": "none"}
    weights_sha256 = "0" * 64

    def __call__(self, images):
        import numpy as np
        pixels = images.astype(np.float32)
        pool = np.concatenate([pixels.mean(axis=(1, 3)), pixels.mean(axis=(2, 3))], axis=1)
        return Features(pool, np.empty((len(pool), 0), np.float32), np.empty((len(pool), 0), np.float32))

def load(weights, device):
    return Brightness()

def brightness(comparison):
    """Mean brightness of the samples."""
    return float(comparison.samples.pool.mean())
'''


def test_a_suite_takes_other_metrics_an_extractor_of_ones_own_and_a_file_of_statistics(
    start, suite_file, tmp_path, monkeypatch
):
    (tmp_path / "plugins.py").write_text(PLUGINS)
    np.savez(tmp_path / "statistics.npz", mu=np.full(16, 80.0), sigma=np.diag(np.full(16, 900.0)))
    monkeypatch.chdir(tmp_path)
    arguments = [
        *("run", suite_file, "-o", "run", "--device", "cpu", "--only", "digits-*t*", "--set", "baseline=null"),
        *("--set", "extractor=plugins:load", "--set", "reference=statistics.npz"),
        *("--set", "metrics=[fid, kid, precision, plugins:brightness]"),
    ]
    process = start(*arguments)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    record = read_record(tmp_path / "run" / "results.json")
    assert record.reference.num_images is None
    gan = next(point for point in record.points if point.family == "gan")
    assert set(gan.scores) == {"fid", "kid", "precision", "plugins:brightness"}
    assert gan.scores["fid"].value > 0
    assert gan.scores["plugins:brightness"].value == pytest.approx(
        np.concatenate([read_batch(path).images for path in sorted((tmp_path / "run").rglob("*gan*/shards/*"))]).mean(),
        rel=1e-5,
    )
    for missing in ("kid", "precision"):
        assert gan.scores[missing].value is None
        assert "statistics alone" in gan.scores[missing].reason
    assert "statistics of statistics.npz" in (tmp_path / "run" / "report" / "table.md").read_text()

    process = start(*arguments)  # knows its folder again
    assert process.communicate(timeout=120)[1] == ""
    (tmp_path / "plugins.py").write_text(PLUGINS.replace(".mean())", ".max())"))
    process = start(*arguments)
    assert "code_sha256.plugins:load is " in process.communicate(timeout=120)[1]
    assert process.returncode == 2


def test_a_suite_scores_with_inceptions_graph_where_it_is_named(suite_file, inception_graph, tmp_path):
    write_batch(tmp_path / "few.npz", Batch(digits_heldout().images[:8]))
    outcome = run(
        suite_file,
        tmp_path / "run",
        f"reference={tmp_path / 'few.npz'}",
        "extractor=inception",
        f"extractor_weights={inception_graph}",
        "metrics=[precision, recall]",
        "num_images=4",
        only=("*gan*",),
    )
    (point,) = outcome.record.points
    assert 0 <= point.scores["precision"].value <= 1
    assert outcome.record.protocol["extractor"] == "inception"
    assert any("2,048 dimensions of FID" in warning for warning in point.warnings)


@pytest.mark.parametrize(
    ("override", "sentence"),
    [
        ("metrics=[fid, kidd]", r"metrics\[1\]: there is no metric named 'kidd'; did you mean kid"),
        ("metrics=[fid, fid]", "metrics: 'fid' is listed twice"),
        ("metrics=[]", "metrics: the list is empty"),
        ("extractor_weights=nowhere.pb", "extractor_weights: nowhere.pb does not exist"),
    ],
)
def test_metrics_and_weights_that_are_not_there_are_refused_by_the_field(suite_file, tmp_path, override, sentence):
    with pytest.raises(InputError, match=sentence):
        run(suite_file, tmp_path / "run", override)
    assert not (tmp_path / "run").exists()
