from __future__ import annotations

from beatgans.evaluator import ALL_METRICS
from beatgans.reports.columns import metric_title


def test_metrics_are_called_as_in_papers_and_those_of_ones_own_by_their_object():
    assert {name: metric_title(name) for name in ALL_METRICS} == {name: m.title for name, m in ALL_METRICS.items()}
    assert metric_title("my_package.metrics:gap") == "gap"
