from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import version

import pytest

from beatgans.harness.cli import VERBS, describe_error, main
from beatgans.harness.errors import InterruptionError, RunError
from beatgans.reference_batches import InputError
from beatgans.reports import RecordError

HEAVY = ("torch", "pandas", "matplotlib", "sklearn", "scipy", "seaborn")
WATCH = (
    "import sys; from beatgans.harness.cli import main; code = main(sys.argv[1:]);"
    "print('HEAVY', *(m for m in {} if m in sys.modules)); sys.exit(code)"
)


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["list"], ["show", "digits"], ["env", "--json"]])
def test_what_computes_nothing_starts_without_what_computes(arguments):
    finished = subprocess.run(
        [sys.executable, "-c", WATCH.format(HEAVY), *arguments], capture_output=True, text=True, check=True
    )
    assert finished.stdout.splitlines()[-1] == "HEAVY"


def test_help_names_every_verb_and_comes_without_arguments_too(capsys):
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f" {verb} " in text for verb in VERBS)
    assert main([]) == 0
    assert capsys.readouterr().out == text


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help(verb, capsys):
    assert main([verb, "--help"]) == 0
    assert "Usage: beatgans" in capsys.readouterr().out


def test_the_version_is_that_of_the_package(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"beatgans {version('beatgans')}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["runn", "digits"], "runn"),
        (["run"], "suite"),
        (["run", "digits", "--fast"], "--fast"),
        (["run", "digits", "--batch-size", "0"], "--batch-size"),
        (["sample", "digits-gan", "-n", "many", "-o", "a.npz"], "-n"),
    ],
)
def test_wrong_usage_is_one_sentence_and_code_2(arguments, message, capsys):
    assert main(arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("beatgans: ")
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (InputError("a.npz does not exist"), 2, "a.npz does not exist"),
        (RecordError("results.json is not JSON"), 2, "results.json is not JSON"),
        (RunError("a worker died"), 3, "a worker died"),
        (InterruptionError("stopped"), 130, "stopped"),
        (OSError(28, "No space left on device", "a.npz"), 3, "the system refused: No space left on device (a.npz)"),
        (FloatingPointError("no pixels; lower the guidance"), 3, "no pixels; lower the guidance"),
        (RuntimeError("two\nlines"), 3, "unexpected RuntimeError: two lines (--debug shows where)"),
    ],
)
def test_every_error_has_its_code_and_its_sentence(error, code, message):
    assert describe_error(error) == (code, message)


def test_a_traceback_comes_only_with_debug_anywhere_on_the_line(capsys):
    assert main(["run", "digit"]) == 2
    assert "Traceback" not in capsys.readouterr().err
    for arguments in (["--debug", "run", "digit"], ["run", "digit", "--debug"]):
        with pytest.raises(InputError, match="digit"):
            main(arguments)


def test_the_module_is_the_program():
    finished = subprocess.run(
        [sys.executable, "-m", "beatgans.harness", "show", "nothing"], capture_output=True, text=True, check=False
    )
    assert finished.returncode == 2
    assert finished.stderr.startswith("beatgans: nothing is named 'nothing'")


def test_a_terminal_of_few_letters_gets_question_marks_and_no_error(undisturbed):
    command = [sys.executable, "-m", "beatgans.harness", "report", "\u2193.\udcff"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    finished = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert finished.returncode == 2
    assert finished.stderr.startswith("beatgans: ?.?/results.json cannot be read")


@pytest.mark.parametrize("arguments", [["list"], ["show", "digits"], ["--help"]])
def test_output_that_nobody_reads_ends_the_program_quietly(arguments):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "beatgans.harness", *arguments]
    finished = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    os.close(writer)
    assert (finished.returncode, finished.stderr) == (141, "")
