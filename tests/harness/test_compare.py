from __future__ import annotations

import pytest

from beatgans.harness.compare import compare_runs
from beatgans.reference_batches import InputError


def test_the_difference_is_the_second_less_the_first_paired_where_seeds_are_shared(make_run, steady):
    before = make_run(steady)
    steady["few-steps"]["fid"] = steady["few-steps"]["fid"] + 0.5
    for seed, paired in ((0, True), (1, False)):
        compared = compare_runs(before, make_run(steady, seed=seed))
        (moved,) = [entry for entry in compared.comparisons if (entry.point, entry.metric) == ("few-steps", "fid")]
        assert moved.difference == pytest.approx(0.5)
        assert moved.paired is paired


def test_points_of_one_run_alone_are_named_and_partial_runs_can_be_compared(make_run, steady):
    before = make_run(steady)
    steady["new"] = steady.pop("few-steps")
    compared = compare_runs(before, make_run(steady, status="partial"))
    assert (compared.only_before, compared.only_after) == (["few-steps"], ["new"])
    assert {entry.point for entry in compared.comparisons} == {"many-steps"}


def test_runs_of_different_protocols_are_refused_naming_every_field(make_run, steady):
    other = make_run(steady, protocol={"protocol": "exact", "extractor_sha256": "ef" * 32, "neighbours": 3})
    with pytest.raises(InputError) as refusal:
        compare_runs(make_run(steady), other)
    assert str(refusal.value) == (
        "the two runs cannot be compared: protocols differ: extractor_sha256 is cdcdcdcdcdcd... in the first run and"
        ' efefefefefef... in the second; protocols differ: protocol is "adm" in the first run and "exact" in the second'
    )
