from __future__ import annotations

import io

import pandas as pd
import pytest
import yaml

from beatgans.harness.cli import main


def test_the_scores_of_runs_are_written_flat(undisturbed, tmp_path, capsys):
    for form in ("csv", "parquet"):
        assert main(["export", str(undisturbed), "--to", form, "-o", str(tmp_path / f"scores.{form}")]) == 0
        assert capsys.readouterr().out == f"Written: {tmp_path / f'scores.{form}'}\n"
    text = pd.read_csv(tmp_path / "scores.csv")
    assert len(text) == len(pd.read_parquet(tmp_path / "scores.parquet")) == 4 * 5
    assert set(text["run"]) == {"undisturbed"}
    assert io.StringIO((tmp_path / "scores.csv").read_text()).readline().startswith("run,suite,")


def test_a_model_s_card_is_written(undisturbed, tmp_path):
    file = tmp_path / "card.md"
    assert main(["export", str(undisturbed), "--to", "model-card", "--model", "digits-gan", "-o", str(file)]) == 0
    assert yaml.safe_load(file.read_text().strip("-\n"))["model-index"][0]["name"] == "digits-gan"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--to", "xls"], "there is no format 'xls'"),
        (["--to", "model-card"], "the run has several models (digits-diffusion, digits-gan); choose one with --model"),
        (["--to", "model-card", "--model", "x"], "no score of a model 'x'"),
        (["--to", "csv", "--model", "digits-gan"], "--model is for model cards"),
    ],
)
def test_what_cannot_be_exported_is_bad_input(undisturbed, tmp_path, capsys, options, message):
    assert main(["export", str(undisturbed), *options, "-o", str(tmp_path / "file")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "file").exists()


def test_without_pyarrow_parquet_is_refused_with_the_cure(undisturbed, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    assert main(["export", str(undisturbed), "--to", "parquet", "-o", str(tmp_path / "file")]) == 2
    assert "pip install 'beatgans[parquet]'" in capsys.readouterr().err


def test_a_card_is_of_one_run(undisturbed, finished, tmp_path, capsys):
    command = ["export", str(undisturbed), str(finished), "--to", "model-card", "-o", str(tmp_path / "file")]
    assert main(command) == 2
    assert "name one run alone" in capsys.readouterr().err
