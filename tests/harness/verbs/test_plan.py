from __future__ import annotations

import json
import subprocess
import sys

import pytest

from beatgans.harness.cli import main


def test_a_suite_is_planned_for_a_machine_that_does_not_exist(capsys):
    assert main(["plan", "imagenet256", "--gpus", "64", "--tflops", "200"]) == 0
    out = capsys.readouterr().out
    assert "adm-imagenet256_ddpm250_guidance1" in out
    assert "4 operating points: 200,000 images, 26,300,000 network evaluations" in out
    assert "hours of one GPU, " in out
    assert "hours on 64 of them" in out
    assert "256x256_diffusion.pt (2.2 GB)" in out


def test_without_a_rate_it_says_what_would_give_hours(capsys):
    assert main(["plan", "imagenet256"]) == 0
    assert "Hours are not known: give --tflops or --images-per-second" in capsys.readouterr().out


def test_what_a_run_has_done_is_counted(undisturbed, suite_file, capsys):
    assert main(["plan", str(suite_file), "-o", str(undisturbed), "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert {point["num_done"] for point in plan["points"]} == {40}
    assert plan["totals"]["hours_left"] == 0


@pytest.mark.parametrize(
    ("override", "difference"),
    [
        ("num_images=20", "num_images is 40 there and 20 here"),
        ("seed=1", "seed is 0 there and 1 here"),
        ("points.1.truncation=1", "points.digits-gan_truncation0.5 is present there and absent here"),
    ],
)
def test_another_runs_shards_are_not_counted_and_that_is_said(undisturbed, suite_file, capsys, override, difference):
    assert main(["plan", str(suite_file), "-o", str(undisturbed), "--set", override, "--json"]) == 0
    printed = capsys.readouterr()
    assert {point["num_done"] for point in json.loads(printed.out)["points"]} == {0}
    assert printed.err.startswith(f"beatgans: {undisturbed} holds another run (")
    assert difference in printed.err
    assert printed.err.endswith("); nothing in it is counted as done\n")


def test_a_run_of_another_version_is_not_counted_either(finished, suite_file, capsys):
    (finished / "manifest.json").write_text("{}")
    assert main(["plan", str(suite_file), "-o", str(finished), "--json"]) == 0
    printed = capsys.readouterr()
    assert {point["num_done"] for point in json.loads(printed.out)["points"]} == {0}
    assert "manifest.json is damaged or of another version of beatgans" in printed.err


def test_two_rates_are_refused(capsys):
    assert main(["plan", "digits", "--tflops", "1", "--images-per-second", "1"]) == 2
    assert "give either --images-per-second or --tflops" in capsys.readouterr().err


@pytest.mark.parametrize("override", ["seed=0", "seed=1"])
def test_a_plan_needs_no_torch_where_a_run_is_there_either(undisturbed, suite_file, override):
    code = "import sys; from beatgans.harness.cli import main; code = main(sys.argv[1:]);"
    code += "assert 'torch' not in sys.modules; sys.exit(code)"
    arguments = ["plan", str(suite_file), "-o", str(undisturbed), "--set", override]
    subprocess.run([sys.executable, "-c", code, *arguments], check=True, capture_output=True)


def test_a_plan_needs_no_torch():
    code = "import sys; from beatgans.harness.cli import main; code = main(sys.argv[1:]);"
    code += "assert not {'torch', 'pandas', 'matplotlib'} & set(sys.modules); sys.exit(code)"
    subprocess.run([sys.executable, "-c", code, "plan", "imagenet256"], check=True, capture_output=True)
