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


def test_a_released_model_is_shown_with_its_flags_and_where_its_weights_are(capsys):
    assert main(["show", "64x64_diffusion.pt", "--json"]) == 0
    model = json.loads(capsys.readouterr().out)["models"]
    assert model["name"] == "adm-imagenet64"
    assert model["network"]["flags"]["use_new_attention_order"] is True
    assert model["network"]["url"].endswith("/diffusion/jul-2021/64x64_diffusion.pt")
    assert (model["schedule"]["kind"], model["licence"]) == ("cosine", "MIT")
    assert model["reported"][0]["fid"] == 2.07
    assert model["weights_are"]["64x64_diffusion.pt"].startswith("to be fetched to ")


def test_a_model_file_is_shown_with_what_may_be_wrong_with_it(tmp_path, capsys):
    (tmp_path / "mine.yaml").write_text("weights: w.pt\nflags: --image_size 64")
    assert main(["show", str(tmp_path / "mine.yaml")]) == 0
    model = yaml.safe_load(capsys.readouterr().out)["model"]
    assert model["network"]["flags"]["num_channels"] == 128
    assert "use_new_attention_order" in model["cautions"][0]


def test_upsamplers_and_classifiers_are_shown_too(capsys):
    assert main(["show", "adm-imagenet128-to-512"]) == 0
    assert yaml.safe_load(capsys.readouterr().out)["model"]["small_size"] == 128
    assert main(["show", "no/such/model.yaml"]) == 2
    assert "no/such/model.yaml cannot be read" in capsys.readouterr().err
