"""Learning rates over a training."""

from __future__ import annotations


def rate_factor(step: int, steps: int, warm_up: int, anneal_from: float | None) -> float:
    """What the learning rate is multiplied by at a step.

    It rises linearly over the warm-up, to 1 at its end, and falls linearly to 0 over what is left of the training after
    the share ``anneal_from``; the lower of the two counts.

    Args:
        step: counted from 0.
        steps: of the whole training.
        warm_up: steps of the rise; 0 for none.
        anneal_from: in [0, 1); None where it never falls.
    """
    rise = (step + 1) / warm_up if warm_up else 1.0
    fall = 1.0 if anneal_from is None else (1 - step / steps) / (1 - anneal_from)
    return min(1.0, rise, fall)
