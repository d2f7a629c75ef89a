from __future__ import annotations

import itertools

import numpy as np
import pytest

from beatgans.generators import SamplerSettings, load_generator
from beatgans.generators.stopwatch import Stopwatch, sum_of_seconds


def generate(model, settings, count=4):
    generator = load_generator(model)
    return generator.generate(0, np.arange(count), np.arange(count) % 10, settings)


def test_spans_of_a_kind_add_up():
    ticks = itertools.count()
    watch = Stopwatch(clock=lambda: float(next(ticks)))
    with watch.span("network"):
        pass
    assert watch.timed("noise", lambda value, twice: value * twice)(3, twice=2) == 6
    with watch.span("network"):
        pass
    assert watch.seconds() == {"network": 2.0, "noise": 1.0}


def test_the_seconds_of_two_stages_add_up_by_kind():
    assert sum_of_seconds({"network": 1.0, "noise": 2.0}, {"network": 3.0}) == {"network": 4.0, "noise": 2.0}


@pytest.mark.parametrize(
    ("model", "settings", "kinds"),
    [
        ("digits-diffusion", SamplerSettings("ddim", "ddim2"), {"network", "noise", "transfer"}),
        ("digits-diffusion", SamplerSettings("ddpm", "2", 1.0), {"network", "guidance", "noise", "transfer"}),
        ("digits-gan", SamplerSettings(None, None, truncation=1.0), {"network", "noise", "transfer"}),
    ],
)
def test_a_batch_tells_where_its_time_went(model, settings, kinds):
    seconds = generate(model, settings).seconds
    assert set(seconds) == kinds
    assert all(value > 0 for value in seconds.values())
