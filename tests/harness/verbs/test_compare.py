from __future__ import annotations

import json

import pytest

from beatgans.harness.cli import main
from beatgans.reports import to_json


@pytest.fixture
def compare(make_run, steady, tmp_path, capsys):
    """Compares a run with a changed one by the verb; gives the exit code, standard output and standard error."""

    def compare(*arguments, points=None, **changes):
        for name, run in (("a.json", make_run(steady)), ("b.json", make_run(points or steady, **changes))):
            (tmp_path / name).write_text(to_json(run))
        code = main(["compare", str(tmp_path / "a.json"), str(tmp_path / "b.json"), *arguments])
        return code, *capsys.readouterr()

    return compare


def test_identical_images_are_said_to_be_identical(compare):
    assert compare() == (0, "4 of 4 scores: the images are identical.\n", "")


def test_a_difference_is_no_failure_and_has_its_error(compare, steady):
    worse = steady | {"few-steps": steady["few-steps"] | {"fid": steady["few-steps"]["fid"] + 1}}
    code, out, _ = compare(points=worse, seed=1)
    assert code == 0
    assert "few-steps" in out
    assert "+1.0 ± 0.3" in out
    assert "unpaired" in out


def test_json_has_everything(compare, steady):
    code, out, _ = compare("--json", points={"few-steps": steady["few-steps"], "new": steady["many-steps"]})
    data = json.loads(out)
    assert code == 0
    assert (data["only_a"], data["only_b"]) == (["many-steps"], ["new"])
    assert {entry["finding"] for entry in data["comparisons"]} == {"identical"}


def test_runs_without_a_common_point_are_code_2(compare, steady):
    """They were said to be identical."""
    code, _, err = compare(points={"new": steady["many-steps"]})
    assert code == 2
    assert "no operating point is both in" in err


def test_points_of_one_run_alone_are_named(compare, steady):
    out = compare(points={"few-steps": steady["few-steps"], "new": steady["many-steps"]})[1]
    assert out.endswith("Only in A: many-steps.\nOnly in B: new.\n")


def test_runs_of_different_protocols_are_refused_with_code_2(compare):
    code, out, err = compare(protocol={"protocol": "exact"})
    assert (code, out) == (2, "")
    assert "protocols differ: extractor_sha256" in err
