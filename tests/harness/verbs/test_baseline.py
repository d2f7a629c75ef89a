from __future__ import annotations

import pytest

from beatgans.harness.baseline import read_baseline
from beatgans.harness.cli import main
from beatgans.reports import to_json


@pytest.fixture
def accept(make_run, steady, tmp_path, capsys):
    """Accepts a run by the verb; gives the exit code, standard output and standard error."""

    def accept(*arguments, **changes):
        (tmp_path / "results.json").write_text(to_json(make_run(steady, **changes)))
        code = main(["baseline", "accept", str(tmp_path), "-o", str(tmp_path / "b" / "made.json"), *arguments])
        return code, *capsys.readouterr()

    return accept


def test_the_file_is_written_with_who_and_why(accept, tmp_path):
    code, out, _ = accept("--reason", "the first", "--by", "a tester", "--margin", "fid=3%")
    assert code == 0
    assert out == f"{tmp_path}/b/made.json holds 2 operating points of made; commit it.\n"
    baseline = read_baseline(tmp_path / "b" / "made.json")
    assert (baseline.accepted.who, baseline.accepted.why) == ("a tester", "the first")
    assert baseline.policy.margin("fid").relative == 0.03


def test_what_a_new_one_changes_is_printed(accept, steady):
    accept("--reason", "the first")
    steady["few-steps"]["fid"] = steady["few-steps"]["fid"] - 1
    code, out, _ = accept("--reason", "a better sampler", "--margin", "recall=0.03")
    assert code == 0
    assert out.splitlines()[:2] == ["margin of recall: 0.02 -> 0.03", "few-steps fid: 9.82 ± 0.20 -> 8.82 ± 0.20"]


@pytest.mark.parametrize(
    ("arguments", "changes", "message"),
    [
        (["--reason", ""], {}, "--reason is empty"),
        ([], {}, "--reason"),
        (["--reason", "x", "--margin", "fid"], {}, "such as fid=2%"),
        (["--reason", "x"], {"status": "partial"}, "is partial"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2_and_writes_nothing(accept, tmp_path, arguments, changes, message):
    code, out, err = accept(*arguments, **changes)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert not (tmp_path / "b").exists()


def test_a_file_that_is_no_baseline_is_not_written_over(accept, tmp_path):
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "made.json").write_text("a letter")
    code, _, err = accept("--reason", "x")
    assert code == 2
    assert "nothing was written" in err
    assert (tmp_path / "b" / "made.json").read_text() == "a letter"


def test_without_a_verb_of_its_own_it_is_usage(capsys):
    assert main(["baseline"]) == 2
    assert "Missing command" in capsys.readouterr().err
