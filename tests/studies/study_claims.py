"""How many locks a thousand processes ask for that share out one point, simulated with the package's own code.

Shards take 158 s, up to 5 % more or less. Each process is the package's :class:`Tasks`; locks and clock are simulated.
"""

from __future__ import annotations

import heapq
from collections import Counter
from random import Random

import pytest

from beatgans.harness.tasks import Claim, Tasks

SECONDS = 158.0
STARTING = 10


class Simulation:
    """Processes that share out shards; ``own_places`` as in a run, else all go on with the next one."""

    def __init__(self, processes, shards, own_places):
        self.random = Random(0)
        self.held, self.done, self.made = set(), set(), [None] * processes
        self.shards, self.time = shards, 0.0
        self.requests = Counter()  # by second
        self.refused_while_free = 0
        self.tasks = [
            Tasks(range(shards), self.claim, Random(number) if own_places else None) for number in range(processes)
        ]

    def claim(self, shard):
        if shard in self.done:
            return Claim.DONE
        self.requests[int(self.time)] += 1
        if shard in self.held:
            self.refused_while_free += len(self.done) + len(self.held) < self.shards
            return Claim.ELSEWHERE
        self.held.add(shard)
        return Claim.MINE

    def run(self):
        """Lets the time pass, and returns when the last process sees that all is done."""
        queue = [(self.random.random(), number) for number in range(len(self.tasks))]
        heapq.heapify(queue)
        while queue:
            self.time, number = heapq.heappop(queue)
            if self.made[number] is not None:
                self.held.discard(self.made[number])
                self.done.add(self.made[number])
            tasks = self.tasks[number]
            self.made[number] = tasks.take()
            if self.made[number] is not None:
                heapq.heappush(queue, (self.time + SECONDS * self.random.uniform(0.95, 1.05), number))
            elif tasks:
                heapq.heappush(queue, (self.time + tasks.pause, number))
        return self.time


@pytest.mark.parametrize(("processes", "shards"), [(100, 2_000), (1_000, 20_000)])
def test_how_many_locks_are_asked_for(processes, shards):
    simulation = Simulation(processes, shards, own_places=True)
    wall = simulation.run()
    late = max(number for second, number in simulation.requests.items() if second >= STARTING)
    total = simulation.requests.total()
    print(
        f"\n{processes:,} processes, {shards:,} shards: {wall:,.0f} s, {total:,} requests, {total / wall:.0f} a second,"
        f" at most {late:,} in one and {max(simulation.requests.values()):,} at the start;"
        f" refused while shards are free: {simulation.refused_while_free / shards:.1f} a shard"
    )
    assert len(simulation.done) == shards
    assert total / wall < processes
