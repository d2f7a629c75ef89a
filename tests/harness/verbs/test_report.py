from __future__ import annotations

from beatgans.harness.cli import main
from beatgans.harness.folder import hold_folder


def test_the_report_of_a_run_is_drawn_again_into_another_folder(undisturbed, tmp_path, capsys):
    assert main(["report", str(undisturbed), "-o", str(tmp_path / "again")]) == 0

    out = capsys.readouterr().out
    assert out.endswith(f"Report: {tmp_path / 'again' / 'index.html'}\n")
    assert "DDIM 2, guidance 1" in out
    assert "Not reached: the best FID of digits-diffusion" in out
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


def test_several_runs_make_one_report(undisturbed, finished, tmp_path, capsys):
    assert main(["report", str(undisturbed), str(finished), "-o", str(tmp_path / "both")]) == 0
    assert "Shown once, as an earlier run has the same images and scores" in (tmp_path / "both/index.html").read_text()
    assert main(["report", str(undisturbed), str(finished)]) == 2
    assert "a report of several runs needs a folder of its own" in capsys.readouterr().err


def test_single_files_are_written_where_they_are_wanted(undisturbed, tmp_path, capsys):
    command = ["report", str(undisturbed), "-o", str(tmp_path), "--only", "fid_against_steps.png"]
    assert main(command) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["fid_against_steps.png"]
    assert capsys.readouterr().out == f"Report: {tmp_path}\n"
    assert main(["report", str(undisturbed), "--only", "table.md"]) == 2
    assert "a part of a report needs a folder of its own" in capsys.readouterr().err
