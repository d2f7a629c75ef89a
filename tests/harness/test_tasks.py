from __future__ import annotations

from beatgans.harness import tasks as module
from beatgans.harness.tasks import Claim, Tasks, taken


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
