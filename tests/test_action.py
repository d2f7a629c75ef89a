"""The GitHub Action: its shell steps are run as they stand, with what a runner gives them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from beatgans.harness.cli import main

ACTION = Path(__file__).parents[1] / "action.yml"
STEPS = {step["name"]: step for step in yaml.safe_load(ACTION.read_text())["runs"]["steps"]}
SUITE = """
name: tiny
reference: digits
extractor: digits
num_images: 40
shard_size: 10
points:
  - {model: digits-gan, truncation: 0.5}
"""


@pytest.fixture
def runner(tmp_path):
    """Runs a step in a workspace; gives the exit code and the two files that steps write to."""
    (tmp_path / "suite.yaml").write_text(SUITE)
    program = tmp_path / "bin" / "beatgans"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m beatgans.harness "$@"\n')
    program.chmod(0o755)
    summary, output = tmp_path / "summary.md", tmp_path / "output"

    def run(name, **inputs):
        step = STEPS[name]
        given = {
            "suite": "suite.yaml",
            "baseline": "baseline.json",
            "output": "run",
            "set": "",
            "tolerate": "",
        } | inputs
        variables = {key: re.sub(r"\${{ inputs\.(\w+) }}", lambda match: given[match[1]], value)
                     for key, value in step["env"].items()}  # fmt: skip
        environment = {
            **os.environ, **variables, "PATH": f"{program.parent}:{os.environ['PATH']}", "OMP_NUM_THREADS": "1",
            "GITHUB_STEP_SUMMARY": str(summary), "GITHUB_OUTPUT": str(output),
        }  # fmt: skip
        command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step["run"]]  # as GitHub's runners do
        finished = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        return finished.returncode, *(path.read_text() if path.exists() else "" for path in (summary, output))

    return run


def test_the_steps_run_a_suite_and_judge_it(runner, tmp_path):
    assert runner("Run the suite", set="num_images=50\n\ntitle=A title of words\n")[0] == 0
    assert (tmp_path / "run" / "report" / "index.html").is_file()
    code, summary, output = runner("Hold it against the baseline")
    assert (code, output) == (4, "outcome=cannot judge\n")
    assert summary.startswith("### ⚠️ cannot judge tiny: there is no baseline baseline.json")
    assert (
        main(["baseline", "accept", str(tmp_path / "run"), "-o", str(tmp_path / "baseline.json"), "--reason", "x"]) == 0
    )
    code, summary, output = runner("Hold it against the baseline", tolerate="inconclusive\nbetter\n")
    assert (code, output.splitlines()[-1]) == (0, "outcome=pass")
    assert "### ✅ no regression of tiny" in summary
    assert (tmp_path / "run" / "gate.xml").is_file()


def test_the_page_is_kept_whatever_the_verdict():
    kept = STEPS["Keep the report"]
    assert kept["if"].startswith("always()")
    assert "${{ inputs.output }}/report" in kept["with"]["path"]


def test_no_input_is_pasted_into_a_script():
    assert [name for name, step in STEPS.items() if "${{" in step.get("run", "")] == []


def test_every_input_that_is_used_is_declared():
    action = yaml.safe_load(ACTION.read_text())
    used = set(re.findall(r"inputs\.(\w+)", ACTION.read_text()))
    assert used == set(action["inputs"])
    assert all("default" in entry or entry["required"] for entry in action["inputs"].values())
