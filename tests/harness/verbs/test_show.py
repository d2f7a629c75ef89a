from __future__ import annotations

import json

import pytest
import yaml

from beatgans.harness.cli import main


def test_a_model_is_shown_as_yaml_and_as_json(capsys):
    assert main(["show", "digits-diffusion"]) == 0
    shown = yaml.safe_load(capsys.readouterr().out)
    assert main(["show", "digits-diffusion", "--json"]) == 0
    as_json = json.loads(capsys.readouterr().out)

    assert shown["model"] == as_json["models"]
    assert shown["model"]["family"] == "diffusion"


def test_an_unknown_name_is_code_2(tmp_path, monkeypatch, capsys):
    assert main(["show", "digit-gan"]) == 2
    assert "did you mean digits-gan" in capsys.readouterr().err
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    assert main(["show", "empty"]) == 2
    assert capsys.readouterr().err == "beatgans: nothing is named 'empty'; `beatgans list` has all names\n"


def test_a_run_is_shown_with_how_far_it_is(finished, capsys):
    assert main(["show", str(finished), "--json"]) == 0
    run = json.loads(capsys.readouterr().out)["runs"]
    assert run["finished"] is True
    results = json.loads((finished / "results.json").read_text())
    for point in results["points"]:
        shown = run["points"][point["id"]]
        assert shown["shards"] == "4 of 4"
        assert shown["scores"]["fid"] == pytest.approx(point["scores"]["fid"]["value"], rel=1e-5)

    lines = (finished / "journal.jsonl").read_text().splitlines(keepends=True)
    kept = [line for line in lines if json.loads(line)["event"] not in ("scores", "report")]
    (finished / "journal.jsonl").write_text("".join(kept[:-1]) + "no json\n")
    assert main(["show", str(finished)]) == 0
    run = yaml.safe_load(capsys.readouterr().out)["run"]
    assert (run["finished"], run["report"]) == (False, None)
    assert run["scored_points"] == f"0 of {len(results['points'])}"
    assert run["damaged_journal_lines"] == [len(kept)]


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
