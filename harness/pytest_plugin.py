"""The pytest plugin: model quality as a test in the repository of the model.

.. code-block:: python

    @pytest.mark.quality_suite("quality.yaml", baseline="baseline.json")
    def test_the_images_are_as_good_as_they_were(quality_gate):
        quality_gate()

pytest loads this module in every session of an environment that has the package, so it imports nothing until a test
asks for the fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from .quality_gate import QualityGate
    from .speed import SpeedComparison

MARKER = "quality_suite"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the two options of the gate."""
    group = parser.getgroup("beatgans", "quality gate of beatgans")
    group.addoption(
        "--quality-runs",
        metavar="DIR",
        help="keep the runs of quality suites in DIR, each in a folder of its own; temporary by default",
    )
    group.addoption(
        "--quality-accept",
        metavar="REASON",
        help="accept the runs of quality suites as their new baselines, for this reason, instead of judging them",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Declares the marker."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(suite, baseline=..., overrides=(), tolerate=()): the suite that the fixture quality_gate runs, and"
        " the baseline that it holds the run against; paths are relative to the test's file.",
    )


@pytest.fixture
def quality_gate(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> QualityGate:
    """Runs the suite of the marker when it is called, and fails the test unless it is no worse than its baseline."""
    from .quality_gate import QualityGate

    return QualityGate.of(request.node, tmp_path_factory)


@pytest.fixture
def speed_gate() -> Callable[..., SpeedComparison]:
    """``speed_gate(new, old, factor=1.1, rounds=9)`` fails the test if ``new()`` is proven slower than ``old()``."""
    from .quality_gate import hold_speed

    return hold_speed
