from __future__ import annotations

import json
import subprocess
import sys

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


def test_two_rates_are_refused(capsys):
    assert main(["plan", "digits", "--tflops", "1", "--images-per-second", "1"]) == 2
    assert "give either --images-per-second or --tflops" in capsys.readouterr().err


def test_a_plan_needs_no_torch():
    code = "import sys; from beatgans.harness.cli import main; code = main(sys.argv[1:]);"
    code += "assert not {'torch', 'pandas', 'matplotlib'} & set(sys.modules); sys.exit(code)"
    subprocess.run([sys.executable, "-c", code, "plan", "imagenet256"], check=True, capture_output=True)
