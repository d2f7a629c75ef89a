from __future__ import annotations

from beatgans.harness.cli import main
from beatgans.harness.folder import hold_folder


def test_the_report_of_a_run_is_drawn_again_into_another_folder(undisturbed, tmp_path, capsys):
    assert main(["report", str(undisturbed), "-o", str(tmp_path / "again")]) == 0

    assert capsys.readouterr().out == f"Report: {tmp_path / 'again' / 'index.html'}\n"
    for name in ("index.html", "table.md", "table.csv", "table.tex"):
        assert (tmp_path / "again" / name).read_bytes() == (undisturbed / "report" / name).read_bytes()


def test_the_report_of_a_run_at_work_is_drawn_beside_it(undisturbed, tmp_path, capsys):
    with hold_folder(undisturbed):
        assert main(["report", str(undisturbed)]) == 0
        assert main(["report", str(undisturbed), "-o", str(tmp_path / "elsewhere")]) == 0


def test_a_file_in_place_of_the_folder_is_bad_input(undisturbed, tmp_path, capsys):
    (tmp_path / "file").touch()
    for place in ("file", "file/deeper"):
        assert main(["report", str(undisturbed), "-o", str(tmp_path / place)]) == 2
        assert f"the folder {tmp_path / place} cannot be written" in capsys.readouterr().err


def test_a_folder_without_results_is_named(tmp_path, capsys):
    assert main(["report", str(tmp_path)]) == 2
    assert f"{tmp_path / 'results.json'} cannot be read" in capsys.readouterr().err
