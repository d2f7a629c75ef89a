"""Every exit code of the gate: each once as a process of its own, and every way to it through the program's entry."""

from __future__ import annotations

import json
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from beatgans.harness.baseline import read_baseline, write_baseline
from beatgans.harness.baseline_acceptance import accept
from beatgans.harness.cli import main
from beatgans.reports import to_json

FIRST = "few-steps"


@pytest.fixture
def files(tmp_path, make_run, steady, capsys):
    """A run's results, a baseline that it passes, and a way to change and to judge them."""

    class Files:
        run = tmp_path / "run" / "results.json"
        baseline = tmp_path / "baseline.json"

        def write_run(self, points=steady, **changes):
            self.run.parent.mkdir(exist_ok=True)
            self.run.write_text(to_json(make_run(points, **changes)))

        def gate(self, *arguments):
            """Runs the program in this process; gives exit code, standard output and standard error."""
            code = main(["gate", str(self.run.parent), "--baseline", str(self.baseline), *map(str, arguments)])
            out, err = capsys.readouterr()
            assert err.count("\n") == (code != 0)
            return code, out, err

        def process(self):
            """Runs the program as a process of its own."""
            command = [sys.executable, "-m", "beatgans.harness", "gate", str(self.run.parent)]
            finished = subprocess.run(
                [*command, "--baseline", str(self.baseline)], capture_output=True, text=True, check=False
            )
            assert "Traceback" not in finished.stderr
            return finished.returncode

    write_baseline(Files.baseline, accept(make_run(steady), "for the tests", "a tester"))
    files = Files()
    files.write_run()
    return files


def shifted(steady, shift, noise=1e-3):
    """The run with another FID at its first point, of the same seeds."""
    wobble = [noise * (-1) ** group for group in range(20)]
    return steady | {FIRST: steady[FIRST] | {"fid": steady[FIRST]["fid"] + shift + wobble}}


def test_the_process_ends_with_the_code(files, steady):
    assert files.process() == 0
    files.write_run(shifted(steady, 0.5))
    assert files.process() == 1
    files.write_run(shifted(steady, 0.5), status="partial")
    assert files.process() == 4
    files.run.write_text("{}")
    assert files.process() == 2


def test_0_for_identical_images(files):
    code, out, err = files.gate()
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "No regression of made: of 4 scores 4 identical."


def test_0_for_a_change_within_the_margin(files, steady):
    files.write_run(shifted(steady, 0.02))
    code, out, _ = files.gate()
    assert code == 0
    assert out.splitlines()[-1].endswith("of 4 scores 3 identical, 1 no worse than the margin allows.") or (
        "2 identical, 2 no worse" in out
    )


def test_1_for_a_proven_regression_with_the_reason(files, steady):
    files.write_run(shifted(steady, 0.5))
    code, out, err = files.gate()
    assert code == 1
    assert "worse" in out
    assert err.startswith("beatgans: regression of made: FID of few-steps: 9.8")


@pytest.mark.parametrize("arguments", [["--tolerate", "worse"], ["--fast"], ["--junit"]])
def test_2_for_wrong_usage(files, arguments):
    assert files.gate(*arguments)[0] == 2


def test_2_without_a_baseline_option_or_a_run(files, tmp_path, capsys):
    absent = ["gate", str(tmp_path / "absent"), "--baseline", str(files.baseline)]
    for arguments in (["gate", str(tmp_path)], ["gate", "--baseline", "b.json"], absent):
        assert main(arguments) == 2
        assert capsys.readouterr().err.count("\n") == 1


def test_2_for_results_that_are_none(files):
    files.run.write_text("{}")
    code, _, err = files.gate()
    assert code == 2
    assert "is not a beatgans result record" in err
    files.run.unlink()
    assert files.gate()[0] == 2


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"status": "partial"}, "is partial"),
        ({"protocol": {"protocol": "exact"}}, "protocols differ"),
        ({"labels": "uniform"}, "label policies differ"),
    ],
)
def test_4_for_a_run_that_is_not_comparable(files, changes, message):
    files.write_run(**changes)
    code, _, err = files.gate()
    assert code == 4
    assert message in err


def test_4_for_another_reference(files):
    data = json.loads(files.run.read_text())
    data["reference"]["sha256"] = "0" * 64
    files.run.write_text(json.dumps(data))
    code, _, err = files.gate()
    assert code == 4
    assert "references differ" in err


def test_4_for_a_point_that_is_missing_renamed_or_of_other_numbers(files, steady):
    for points in ({FIRST: steady[FIRST]}, {"renamed": steady[FIRST], "many-steps": steady["many-steps"]}, {}):
        files.write_run(points)
        code, _, err = files.gate()
        assert code == 4
        assert "the run has no such point" in err or "nothing was compared" in err


def test_4_for_a_score_that_is_missing(files, steady):
    files.write_run(steady | {FIRST: {"fid": steady[FIRST]["fid"]}})
    code, _, err = files.gate()
    assert code == 4
    assert "Recall of few-steps: the run has no such score" in err


def test_4_for_what_chance_leaves_open_and_how_many_images_would_not(files, steady):
    files.write_run(shifted(steady, 0.1), seed=1)
    code, _, err = files.gate()
    assert code == 4
    assert "images would decide" in err
    assert files.gate("--tolerate", "inconclusive")[0] == 0


def test_4_for_a_score_that_is_too_good(files, steady):
    files.write_run(shifted(steady, -0.5))
    code, _, err = files.gate()
    assert code == 4
    assert "a better model or a broken pipeline" in err
    assert files.gate("--tolerate", "better")[0] == 0


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "there is no baseline"),
        ("", "is not JSON"),
        ("{}", "is no baseline"),
        ('{"schema": "beatgans/results/2"}', "is no baseline"),
        ('{"schema": "beatgans/baseline/9"}', "newer schema"),
        ('{"schema": "beatgans/baseline/1"}', "is not a valid beatgans/baseline/1 file"),
    ],
)
def test_4_for_a_baseline_that_is_none(files, content, message):
    files.baseline.unlink()
    if content is not None:
        files.baseline.write_text(content)
    code, _, err = files.gate()
    assert code == 4
    assert message in err


def test_4_for_a_run_that_has_not_ended(files):
    files.run.unlink()
    (files.run.parent / "manifest.json").write_text("{}")
    code, _, err = files.gate()
    assert code == 4
    assert "has no results yet" in err


def test_4_for_results_from_before_there_were_replicates_unless_images_are_identical(files, steady):
    def age():
        data = json.loads(files.run.read_text())
        for point in data["points"]:
            for score in point["scores"].values():
                del score["replicates"]
        files.run.write_text(json.dumps(data | {"schema": "beatgans/results/1"}))

    age()
    assert files.gate()[0] == 0
    files.write_run(shifted(steady, 0.5))
    age()
    code, _, err = files.gate()
    assert code == 4
    assert "the run has no replicates" in err


def test_the_verdict_is_written_as_json_junit_and_markdown_whatever_it_is(files, steady, tmp_path):
    files.write_run(shifted(steady, 0.5))
    paths = {kind: tmp_path / "out" / kind for kind in ("json", "junit")} | {"summary": tmp_path / "summary.md"}
    paths["summary"].write_text("before\n")
    arguments = [text for kind, path in paths.items() for text in (f"--{kind}", path)]
    assert files.gate(*arguments)[0] == 1
    assert json.loads(paths["json"].read_text())["outcome"] == "regression"
    suite = ElementTree.parse(paths["junit"]).getroot()
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "1", "0")
    assert paths["summary"].read_text().startswith("before\n### ❌ regression of made")
    files.baseline.unlink()
    assert files.gate(*arguments)[0] == 4
    assert json.loads(paths["json"].read_text())["outcome"] == "cannot judge"
    assert ElementTree.parse(paths["junit"]).getroot().get("errors") == "1"


def test_a_file_that_cannot_be_written_is_no_verdict(files, tmp_path):
    code, _, err = files.gate("--summary", tmp_path)
    assert code == 2
    assert "--summary" in err
    assert "cannot be written (Is a directory); name another file" in err


def test_results_outside_a_folder_are_judged_too(files, tmp_path):
    moved = files.run.rename(tmp_path / "candidate.json")
    assert main(["gate", str(moved), "--baseline", str(files.baseline)]) == 0


def test_it_computes_without_what_is_heavy(files, steady):
    files.write_run(shifted(steady, 0.5))
    script = (
        "import sys; from beatgans.harness.cli import main; code = main(sys.argv[1:]);"
        "print('HEAVY', *(m for m in ('torch', 'pandas', 'matplotlib', 'sklearn', 'seaborn') if m in sys.modules))"
    )
    command = [sys.executable, "-c", script, "gate", str(files.run.parent), "--baseline", str(files.baseline)]
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    assert finished.stdout.splitlines()[-1] == "HEAVY"


def test_a_real_run_passes_against_itself(undisturbed, tmp_path):
    baseline = tmp_path / "baseline.json"
    assert main(["baseline", "accept", str(undisturbed), "-o", str(baseline), "--reason", "first"]) == 0
    assert main(["gate", str(undisturbed), "--baseline", str(baseline)]) == 0
    scores = read_baseline(baseline).points["digits-gan_truncation0.5"].scores
    assert all(len(score.replicates) == 20 for score in scores.values())
