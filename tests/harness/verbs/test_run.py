from __future__ import annotations

import pytest

from beatgans.harness.cli import main
from beatgans.reports import read_record


@pytest.fixture
def run(suite_file, capsys):
    """Runs the tiny suite by its verb; gives the exit code, standard output and standard error."""

    def run(*arguments):
        code = main(["run", str(suite_file), "--device", "cpu", "--workers", "1", *map(str, arguments)])
        return code, *capsys.readouterr()

    return run


def test_standard_output_has_the_table_the_answer_and_where_the_report_is(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = run()

    assert code == 0
    assert "digits-gan" in out
    assert "FID" in out
    answer = read_record(tmp_path / "runs" / "tiny" / "results.json").answer.sentence
    assert answer in out.splitlines()
    assert out.splitlines()[-1] == "Report: runs/tiny/report/index.html"
    assert (tmp_path / "runs" / "tiny" / "report" / "index.html").is_file()
    sampled = [line for line in err.splitlines() if " sampled, " in line]
    assert [line.split()[1] for line in sampled] == [
        "digits-diffusion_ddim2",
        "digits-diffusion_ddim2_guidance1",
        "digits-gan_truncation0.5",
        "digits-heldout",
    ]
    few = "digits-diffusion_ddim2, digits-diffusion_ddim2_guidance1, digits-gan_truncation0.5 and 1 more: 40 samples"
    assert few in err


def test_a_fresh_run_takes_a_new_folder_and_leaves_the_old_one(run, finished):
    before = sorted(finished.rglob("*"))
    code, out, _ = run("-o", finished, "--fresh", "--only", "digits-heldout")

    assert code == 0
    assert out.splitlines()[-1] == f"Report: {finished}-2/report/index.html"
    assert sorted(finished.rglob("*")) == before


def test_a_part_that_is_done_says_what_is_missing(run, tmp_path):
    run("-o", tmp_path / "run", "--only", "digits-heldout")
    code, out, err = run("-o", tmp_path / "run", "--only", "digits-heldout")

    assert (code, err) == (0, "")
    assert "has all that --only asks for. 3 of the suite's 4 operating points are missing" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "points.0.guidanse=1"], "points[0].guidanse: unknown key; did you mean guidance?"),
        (["--set", "points.0.steps=333"], "points[0]: respacing 'ddim333'"),
        (["--set", "seed=1", "-o", "FINISHED"], "holds another run (seed is 0 there and 1 here)"),
        (["-o", "FOREIGN"], "is not empty and holds no run"),
        (["-o", "FOREIGN/file/run"], "cannot be written (Not a directory)"),
        (["--set", "points.0.steps=333"], "tiny.yaml: points[0]: "),
        (["-o", "HELD/manifest"], "manifest.json cannot be read (Is a directory)"),
        (["--set", "num_images=3", "-o", "NEW"], "num_images: 3 is too few"),
        (["--only", "nothing"], "--only nothing matches no operating point"),
        (["--device", "tpu"], "--device tpu: choose one of auto, cpu, cuda"),
    ],
)
def test_bad_input_is_one_sentence_and_code_2(run, undisturbed, tmp_path, arguments, message):
    (tmp_path / "file").touch()
    (tmp_path / "held" / "manifest" / "manifest.json").mkdir(parents=True)
    places = {
        "FINISHED": str(undisturbed),
        "FOREIGN": str(tmp_path),
        "HELD": f"{tmp_path}/held",
        "NEW": f"{tmp_path}/new",
    }
    for name, place in places.items():
        arguments = [argument.replace(name, place) for argument in arguments]

    code, out, err = run(*arguments)

    assert (code, out) == (2, "")
    assert err.startswith("beatgans: ")
    assert message in err
    assert err.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_a_folder_whose_name_is_no_text_and_a_command_that_is_none_are_no_matter(run, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["beatgans", "run", "\udcff"])
    code, _, _ = run("-o", f"{tmp_path}/o\udcff", "--only", "digits-heldout")
    assert code == 0
    assert read_record(f"{tmp_path}/o\udcff/results.json").command == "beatgans run '\\udcff'"


def test_a_disk_that_takes_no_more_is_code_3_and_the_run_can_go_on(run, finished):
    shards = finished / "points" / "digits-gan_truncation0.5" / "shards"
    moved = shards.rename(shards.with_name("moved"))
    shards.write_text("no folder can be here")

    code, out, err = run("-o", finished)
    assert (code, out) == (3, "")
    assert f"the run stopped at {shards}" in err
    assert "give the same command again to continue" in err

    shards.unlink()
    moved.rename(shards)
    assert run("-o", finished)[0] == 0
