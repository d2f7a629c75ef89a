from __future__ import annotations

import json

from beatgans.harness.cli import main


def test_everything_is_listed_under_its_heading(capsys):
    assert main(["list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {"models", "suites", "references", "extractors"} <= set(lines)
    assert any(line.startswith("  digits-gan") for line in lines)


def test_one_kind_is_listed_as_json(capsys):
    assert main(["list", "suites", "--json"]) == 0
    assert "digits" in json.loads(capsys.readouterr().out)["suites"]


def test_an_unknown_kind_is_code_2(capsys):
    assert main(["list", "suite"]) == 2
    assert "did you mean suites?" in capsys.readouterr().err
