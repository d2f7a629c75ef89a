from __future__ import annotations

from random import Random

from beatgans.harness import tasks as module
from beatgans.harness.tasks import LONGEST_POLL, LOOKS, POLL, Claim, Tasks, taken


def test_tasks_come_in_their_order_once_each():
    assert list(taken(Tasks([1, 2, 3]))) == [1, 2, 3]
    assert Tasks([]).take() is None


def test_those_of_others_come_last_if_they_are_not_done_by_then():
    claims = {1: [Claim.ELSEWHERE, Claim.DONE], 2: [Claim.MINE], 3: [Claim.ELSEWHERE, Claim.MINE], 4: [Claim.DONE]}
    assert list(taken(Tasks([1, 2, 3, 4], lambda task: claims[task].pop(0)))) == [2, 3]
    assert claims == {1: [], 2: [], 3: [], 4: []}


def test_where_all_that_are_left_are_at_work_elsewhere_they_are_waited_for(monkeypatch):
    waits = []
    monkeypatch.setattr(module.time, "sleep", waits.append)
    answers = [Claim.ELSEWHERE, Claim.ELSEWHERE, Claim.MINE]
    waiting = Tasks(["a"], lambda _: answers.pop(0))
    assert len(waiting) == 1
    assert list(taken(waiting)) == ["a"]
    assert len(waits) == 2
    assert len(waiting) == 0


class Shared:
    """Tasks that several processes share, with the claims that they have asked for."""

    def __init__(self, number):
        self.number, self.held, self.done, self.failed = number, set(), set(), 0

    def process(self, seed):
        return Tasks(range(self.number), self.claim, Random(seed))

    def claim(self, task):
        if task in self.done:
            return Claim.DONE
        if task in self.held:
            self.failed += 1
            return Claim.ELSEWHERE
        self.held.add(task)
        return Claim.MINE


def test_a_process_that_is_alone_keeps_to_the_order_whatever_its_places():
    assert list(taken(Shared(100).process(3))) == list(range(100))


def test_processes_that_share_tasks_do_not_walk_over_what_all_others_are_at():
    shared = Shared(1000)
    processes = [shared.process(seed) for seed in range(100)]
    made = []
    for _ in range(7):
        for process in processes:  # each in turn has finished one and takes another
            task = process.take()
            made.append(task)
            shared.done |= {made[-100]} if len(made) > 100 else set()
    assert len(set(made)) == 700
    assert shared.failed < 2 * len(made)  # 100 times as many in one order


def test_all_tasks_are_done_once_wherever_each_process_goes_on():
    shared = Shared(50)
    processes, made = [shared.process(seed) for seed in range(20)], []
    while len(shared.done) < 50:
        tasks = [process.take() for process in processes]
        made += [task for task in tasks if task is not None]
        shared.done |= shared.held
    assert sorted(made) == list(range(50))


def test_a_look_ends_after_some_tasks_of_others_and_goes_on_with_the_next():
    asked = []
    tasks = Tasks(range(100), lambda task: asked.append(task) or Claim.ELSEWHERE)
    assert (tasks.take(), tasks.take()) == (None, None)
    assert asked == list(range(2 * LOOKS))
    assert len(tasks) == 100


def test_pauses_grow_while_nothing_is_found_and_are_short_again_after_a_task(monkeypatch):
    waits, answers = [], [*[Claim.ELSEWHERE] * 30, Claim.MINE, *[Claim.ELSEWHERE] * 3, Claim.MINE]
    monkeypatch.setattr(module.time, "sleep", waits.append)
    tasks = Tasks(["a", "b"], lambda _: answers.pop(0))
    assert len(list(taken(tasks))) == 2
    assert waits[0] < 2 * POLL
    assert waits[14] == LONGEST_POLL
    assert waits[:15] == sorted(waits[:15])
    assert waits[-1] < 4 * POLL


def test_nothing_is_waited_for_once_all_is_done_elsewhere(monkeypatch):
    monkeypatch.setattr(module.time, "sleep", None)
    assert list(taken(Tasks(["a"], lambda _: Claim.DONE))) == []
