from __future__ import annotations

import json

import pytest

from beatgans.harness.cli import main


def test_the_papers_and_their_tables_are_listed(capsys):
    assert main(["papers"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("ADM (arXiv:2105.05233v4)\n    32  Table 5: sample quality\n")
    assert "IDDPM (arXiv:2102.09672)" in out


def test_a_table_is_found_by_words(capsys):
    assert main(["papers", "adm", "table 6", "imagenet 512"]) == 0
    out = capsys.readouterr().out
    assert "ADM-G, ADM-U, 250+250 steps" in out
    assert "3.85" in out


@pytest.mark.parametrize(
    ("form", "sign"), [("markdown", "| ADM |"), ("latex", r"\toprule"), ("csv", "ADM,arXiv"), ("html", "<table")]
)
def test_what_is_found_is_printed_in_a_notation(capsys, form, sign):
    assert main(["papers", "adm", "table 6", "--format", form]) == 0
    assert sign in capsys.readouterr().out


def test_json_has_the_provenance(capsys):
    assert main(["papers", "iddpm", "table 3", "glow", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["scores"] == []
    assert [one["provenance"]["confidence"] for one in found["quantities"]] == ["recalled", "sourced"]
    assert main(["papers", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0] == {
        "paper": "ADM", "citation": "arXiv:2105.05233v4", "table": "Table 5: sample quality", "rows": 32,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["no-such-model"], "no published number is found"), (["adm", "--format", "pdf"], "there is no format 'pdf'")],
)
def test_what_is_not_there_is_bad_input(capsys, arguments, message):
    assert main(["papers", *arguments]) == 2
    assert message in capsys.readouterr().err
