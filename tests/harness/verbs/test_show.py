from __future__ import annotations

import json

import yaml

from beatgans.harness.cli import main


def test_a_model_is_shown_as_yaml_and_as_json(capsys):
    assert main(["show", "digits-diffusion"]) == 0
    shown = yaml.safe_load(capsys.readouterr().out)
    assert main(["show", "digits-diffusion", "--json"]) == 0
    as_json = json.loads(capsys.readouterr().out)

    assert shown["model"] == as_json["models"]
    assert shown["model"]["family"] == "diffusion"


def test_an_unknown_name_is_code_2(capsys):
    assert main(["show", "digit-gan"]) == 2
    assert "did you mean digits-gan" in capsys.readouterr().err
