from __future__ import annotations

from beatgans.harness.cli import main


def test_what_cannot_be_trained_is_code_2(tmp_path, capsys):
    assert main(["train", "digit", "-o", str(tmp_path / "out")]) == 2
    assert "there is no training of 'digit'; did you mean digits?" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
