from __future__ import annotations

import multiprocessing
import os
import signal

import pytest

from beatgans.generators import SamplerSettings
from beatgans.harness.errors import RunError
from beatgans.harness.folder import RunFolder
from beatgans.harness.plan import plan_shards
from beatgans.harness.points import OperatingPoint
from beatgans.harness.shard_maker import SamplingJob, Task
from beatgans.harness.tasks import Claim, Tasks
from beatgans.harness.workers import make_shards

POINT = OperatingPoint("ddim2", "digits-diffusion", "diffusion", SamplerSettings("ddim", "ddim2", guidance=1.0))
TASKS = [Task(POINT, shard) for shard in plan_shards(40, 10)]


def job(folder):
    return SamplingJob(RunFolder(folder), seed=0, num_images=40, labels="balanced", device="cpu", batch_size=10)


def nothing(*arguments):
    pass


def test_several_workers_make_the_shards_of_one(tmp_path):
    alone, together, images = {}, {}, []
    make_shards(
        job(tmp_path / "1"),
        Tasks(TASKS),
        1,
        nothing,
        lambda task, event: alone.update({task.shard.index: event.sha256}),
    )
    make_shards(
        job(tmp_path / "2"),
        Tasks(TASKS),
        2,
        lambda task, number: images.append(number),
        lambda task, event: together.update({task.shard.index: event.sha256}),
    )

    assert len(alone) == len(TASKS)
    assert together == alone
    assert sum(images) == 40
    assert multiprocessing.active_children() == []


def test_a_worker_that_dies_is_reported_and_leaves_no_other_behind(tmp_path):
    def kill_one(task, images):
        for process in multiprocessing.active_children()[:1]:
            os.kill(process.pid, signal.SIGKILL)

    with pytest.raises(RunError, match="a sampling process died"):
        make_shards(job(tmp_path), Tasks(TASKS), 2, kill_one, nothing)
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_a_worker_is_raised_as_what_it_was(tmp_path, workers):
    (tmp_path / "points").write_text("a file where a folder must be")
    with pytest.raises(OSError, match="points") as caught:
        make_shards(job(tmp_path), Tasks(TASKS[:2]), workers, nothing, nothing)
    assert isinstance(caught.value, FileExistsError | NotADirectoryError)
    if workers > 1:  # the traceback of the other process comes along
        assert "write_shard" in caught.value.__notes__[0]


@pytest.mark.parametrize("workers", [1, 2])
def test_tasks_of_other_commands_are_waited_for_and_made_here_if_those_die(tmp_path, workers):
    answers = {task: [Claim.MINE] for task in TASKS} | {TASKS[1]: [Claim.ELSEWHERE] * 3 + [Claim.DONE]}
    answers[TASKS[2]] = [Claim.ELSEWHERE] * 2 + [Claim.MINE]
    made = []
    make_shards(
        job(tmp_path),
        Tasks(TASKS, lambda task: answers[task].pop(0)),
        workers,
        nothing,
        lambda task, event: made.append(task.shard.index),
    )
    assert sorted(made) == [0, 2, 3]
