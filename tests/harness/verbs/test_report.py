from __future__ import annotations

from beatgans.harness.cli import main


def test_the_report_of_a_run_is_drawn_again_into_another_folder(undisturbed, tmp_path, capsys):
    assert main(["report", str(undisturbed), "-o", str(tmp_path / "again")]) == 0

    assert capsys.readouterr().out == f"Report: {tmp_path / 'again' / 'index.html'}\n"
    for name in ("index.html", "table.md", "table.csv", "table.tex"):
        assert (tmp_path / "again" / name).read_bytes() == (undisturbed / "report" / name).read_bytes()


def test_a_folder_without_results_is_named(tmp_path, capsys):
    assert main(["report", str(tmp_path)]) == 2
    assert f"{tmp_path / 'results.json'} cannot be read" in capsys.readouterr().err
