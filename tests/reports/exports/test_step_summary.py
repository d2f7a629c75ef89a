from __future__ import annotations

from beatgans.reports.exports import step_summary

GOLDEN = """\
### ❌ regression of digits: FID of a\\|b: it rose &lt;a lot&gt; (and 3 more)

| Point | Score | Baseline | Run | Change | Margin | p | Finding | Images to decide |
| --- | --- | ---: | ---: | ---: | ---: | ---: | --- | ---: |
| a\\|b | FID ↓ | 2.00 | 2.50 | +0.50 ± 0.05 | 0.1 | 0.0001 | worse | – |
| gone | FID ↓ | 3.00 | – | – | – | – | not compared | – |
| a\\|b | sFID ↓ | 4.00 | 3.00 | -1.00 ± 0.10 | 0.1 | 0.001 | better, tolerated | – |
| a\\|b | IS ↑ | 7.5 | 7.2 | -0.3 ± 0.2 | 0.1 | 0.6 | inconclusive | 12,000 |
| a\\|b | Recall ↑ | 0.610 | 0.612 | +0.002 ± 0.011 | 0.1 | 1 | unchanged | – |

1 of 6 scores: the images are identical to the baseline's.

- Speeds are not judged.
- Baseline: accepted by A. Tester &lt;a@b.example&gt; on 2025-01-31T12:00:00+00:00: the first
- Changes are run less baseline, ± one standard error; p is corrected for all scores (Holm), and proof is below 0.05.
"""


def test_the_worst_comes_first_and_what_is_identical_is_counted(verdict):
    assert step_summary(verdict) == GOLDEN


def test_without_a_table_the_reasons_are_listed(refused):
    lines = step_summary(refused).splitlines()
    assert lines[0].startswith("### ⚠️ cannot judge digits")
    assert lines[2:] == ["- protocols differ: k is 3 in the baseline and 5 in the run", "- references differ"]


def test_a_long_table_is_cut_and_says_so(verdict):
    many = tuple(verdict.comparisons[1].model_copy(update={"point": f"point{number}"}) for number in range(300))
    text = step_summary(verdict.model_copy(update={"comparisons": many}))
    assert text.count("| unchanged |") == 200
    assert "100 more rows are in the JSON." in text
