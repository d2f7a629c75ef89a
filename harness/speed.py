"""The comparison of two speeds: in turns, in one process, by their medians and a rank test.

Times measured at different moments differ by whatever else the machine did then, by its clock and by its heat. Taking
turns gives both sides the same of each. A burst of other work does not move medians, and the rank test asks nothing of
how times are distributed (H. B. Mann and D. R. Whitney, "On a test of whether one of two random variables is
stochastically larger than the other", 1947).
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

from ..reference_batches import InputError

FEWEST_ROUNDS = 5
"""With fewer the rank test cannot reach its level, whatever the times."""
SIGNIFICANCE = 0.01


@dataclass(frozen=True)
class SpeedComparison:
    """Two speeds, measured in turns.

    Attributes:
        new_seconds: of each round of the new function.
        old_seconds: of each round of the old one.
    """

    new_seconds: tuple[float, ...]
    old_seconds: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """How many times longer the new one takes, by the medians."""
        return statistics.median(self.new_seconds) / statistics.median(self.old_seconds)

    @property
    def p_value(self) -> float:
        """One-sided: the chance of ranks at least so far apart where the new one is no slower."""
        from scipy.stats import mannwhitneyu  # imported where it is needed, as it takes a second

        return float(mannwhitneyu(self.new_seconds, self.old_seconds, alternative="greater").pvalue)

    def is_slower(self, factor: float) -> bool:
        """Whether the new one takes more than ``factor`` times as long, and that it is slower at all is proven."""
        return self.ratio > factor and self.p_value <= SIGNIFICANCE

    @property
    def sentence(self) -> str:
        """Both medians and what lies between them."""
        new, old = (statistics.median(seconds) for seconds in (self.new_seconds, self.old_seconds))
        return (
            f"{new:.3g} s against {old:.3g} s, {self.ratio:.2f} times as long"
            f" ({len(self.new_seconds)} rounds in turns, p = {self.p_value:.2g})"
        )


def compare_speeds(
    new: Callable[[], object],
    old: Callable[[], object],
    rounds: int = 9,
    clock: Callable[[], float] = time.perf_counter,
) -> SpeedComparison:
    """Times two functions in turns, each once beforehand to warm up. Which of the two begins a round alternates.

    A function must be done when it returns: on a GPU it has to wait for it.

    Raises:
        InputError: there are fewer than :data:`FEWEST_ROUNDS` rounds.
    """
    if rounds < FEWEST_ROUNDS:
        raise InputError(f"rounds is {rounds}; a rank test of speeds takes at least {FEWEST_ROUNDS}")
    seconds: dict[bool, list[float]] = {True: [], False: []}
    new()
    old()
    for number in range(rounds):
        for is_new in (True, False) if number % 2 else (False, True):
            began = clock()
            (new if is_new else old)()
            seconds[is_new].append(clock() - began)
    return SpeedComparison(tuple(seconds[True]), tuple(seconds[False]))
