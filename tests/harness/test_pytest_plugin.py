"""The plugin as another repository has it: by its entry point, in a pytest of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "quality_gate"
MARKED = """
import pytest

@pytest.mark.quality_suite({arguments})
def test_quality(quality_gate):
    quality_gate()
"""


@pytest.fixture
def session(tmp_path):
    """Runs pytest in a folder of its own, with warnings as errors; gives the exit code and what it printed."""

    def session(*arguments, folder=tmp_path, **files):
        for name, text in files.items():
            (folder / f"{name}.py").write_text(text)
        command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:cacheprovider", "--rootdir", folder]
        finished = subprocess.run(
            [*map(str, command), *map(str, arguments)],
            capture_output=True, text=True, check=False, cwd=folder, env={**os.environ, "OMP_NUM_THREADS": "1"},
        )  # fmt: skip
        return finished.returncode, finished.stdout + finished.stderr

    return session


def test_unused_it_loads_nothing(session):
    code, out = session(
        test_a="import sys\n"
        "def test_what_is_loaded():\n"
        "    heavy = {'torch', 'numpy', 'pydantic', 'scipy', 'pandas', 'typer'}\n"
        "    assert heavy & {name.split('.')[0] for name in sys.modules} == set()\n"
        "    ours = sorted(name for name in sys.modules if name.startswith('beatgans'))\n"
        "    assert ours == ['beatgans', 'beatgans.harness', 'beatgans.harness.pytest_plugin']\n"
    )
    assert code == 0, out


def test_marker_and_options_are_known(session):
    assert "@pytest.mark.quality_suite(suite, baseline=" in session("--markers")[1]
    assert "--quality-accept=REASON" in session("--help")[1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def test_quality(quality_gate):\n    quality_gate()\n", "quality_gate needs a suite: mark the test with"),
        (MARKED.format(arguments="'suite.yaml'"), "quality_suite: missing a required argument: 'baseline'"),
        (MARKED.format(arguments="'nosuite', baseline='b.json'"), "there is no suite named 'nosuite'"),
        (MARKED.format(arguments="'absent.yaml', 'b.json'"), "absent.yaml cannot be read"),
    ],
)
def test_what_is_not_well_asked_for_is_one_sentence(session, text, message):
    code, out = session(test_a=text)
    assert code == 1
    assert message in out
    assert "Traceback" not in out
    assert "InputError" not in out


def test_a_run_is_accepted_and_then_passes_and_another_one_fails(session, suite_file, tmp_path):
    shutil.copy(suite_file, tmp_path / "tiny.yaml")
    marked = MARKED.format(arguments="'tiny.yaml', baseline='b.json', overrides=('points.1.truncation=1',)")
    code, out = session(test_a=marked)
    assert code == 1
    assert f"there is no baseline {tmp_path}/b.json" in out
    assert session("--quality-accept", "the first", test_a=marked)[0] == 0
    assert session("--quality-runs", "kept", test_a=marked)[0] == 0
    assert (tmp_path / "kept" / "tiny" / "report" / "index.html").is_file()
    code, out = session(test_a=marked.replace("truncation=1", "truncation=0.25"))
    assert code == 1
    assert "FID of digits-gan_truncation1: the run has no such point" in out
    assert "pytest --quality-accept REASON" in out


def test_a_function_that_is_slower_fails_and_one_that_may_be_does_not(session):
    code, out = session(
        test_a="def work():\n    return sum(range(20_000))\n\n"
        "def nothing():\n    pass\n\n"
        "def test_slower(speed_gate):\n    speed_gate(work, nothing)\n\n"
        "def test_allowed(speed_gate):\n    assert speed_gate(work, nothing, factor=1e9).ratio > 1\n"
    )
    assert code == 1
    assert "1 failed, 1 passed" in out
    assert "(9 rounds in turns, p = " in out


@pytest.fixture
def example(tmp_path):
    """A copy of the worked example, in which a change can be applied."""
    folder = Path(shutil.copytree(EXAMPLE, tmp_path / "example"))

    def apply(change):
        subprocess.run(["git", "apply", f"changes/{change}.patch"], cwd=folder, check=True)

    return folder, apply


def test_the_example_passes_as_it_is(session, example):
    assert session(folder=example[0])[0] == 0


def test_the_examples_harmless_change_passes(session, example):
    folder, apply = example
    apply("faster")
    assert session(folder=folder)[0] == 0


def test_the_examples_broken_change_fails_with_proof(session, example):
    folder, apply = example
    apply("off_by_one")
    code, out = session(folder=folder)
    assert code == 1
    assert "regression of digits-ddim10: FID of samples: 0.07 -> 0.20" in out
