import os
import threading
import time

import pytest

from beatgans.reference_batches.parallel import map_in_order, map_in_processes


def test_results_come_in_order_whoever_is_first_done():
    def work(number):
        time.sleep(0.02 * (number % 3 == 0))
        return number * number

    assert list(map_in_order(work, range(30), threads=4)) == [number * number for number in range(30)]


def test_several_threads_work_at_once():
    together = threading.Barrier(3, timeout=10)  # breaks unless three are inside at the same time
    assert len(list(map_in_order(lambda _: together.wait(), range(3), threads=3))) == 3


def test_no_more_is_taken_than_a_few_items_ahead():
    taken = []

    def items():
        for number in range(1_000):
            taken.append(number)
            yield number

    results = map_in_order(lambda number: number, items(), threads=2)
    assert next(results) == 0
    assert len(taken) <= 6
    results.close()
    assert len(taken) <= 6


def test_an_error_comes_at_the_place_of_its_item():
    def work(number):
        if number == 3:
            raise ValueError("three")
        return number

    results = map_in_order(work, range(10), threads=2)
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="three"):
        next(results)


def test_long_work_can_be_told_to_stop_where_no_more_is_wanted():
    stopped = threading.Event()

    def work(number):
        if number:
            assert stopped.wait(timeout=10)
        return number

    results = map_in_order(work, range(10), threads=2, stop=stopped.set)
    assert next(results) == 0
    results.close()
    assert stopped.is_set()


def square(number):
    if number == 13:
        raise ValueError("thirteen")
    return number * number, os.getpid()


@pytest.mark.parametrize("processes", [1, 2])
def test_processes_give_the_same_as_threads(processes):
    results = map_in_processes(square, range(20), processes)
    found = [next(results) for _ in range(13)]
    assert [number for number, _ in found] == [number * number for number in range(13)]
    assert ({pid for _, pid in found} == {os.getpid()}) == (processes == 1)
    with pytest.raises(ValueError, match="thirteen"):
        next(results)
