"""The whole of a study, interrupted and gone on with."""

from __future__ import annotations

import csv
import json
import signal
import time

import yaml

from beatgans.generators.training.recipe import parse_recipe
from beatgans.harness import Progress
from beatgans.harness.ablations import measuring
from beatgans.harness.ablations.folder import open_study
from beatgans.harness.ablations.measuring import bound_value, measure_bound
from beatgans.harness.ablations.study import BoundSetting
from beatgans.harness.cli import main
from beatgans.harness.training import Job, train_one
from beatgans.reference_batches import Batch, digits_heldout, write_batch

DEADLINE = 240  # seconds


def outputs(folder):
    """All that a study comes to, by name: the record, the report, the models, the measures and the scores."""
    files = [folder / "results.json", *(path for path in (folder / "report").rglob("*") if path.is_file())]
    files += [path for part in ("guided", "bounds", "gradients") for path in (folder / part).iterdir()]
    files += list((folder / "trainings").glob("*/weights.safetensors"))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def wait_until(happened, process):
    deadline = time.monotonic() + DEADLINE
    while not happened():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_interrupted_and_gone_on_with_it_comes_to_the_same_bytes(study_file, tmp_path, start, capsys):
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    arguments = ["ablate", study_file, "-o", broken, "--device", "cpu"]
    process = start(*arguments)
    wait_until((broken / "trainings" / "vlb-seed0" / "state000004.pt").is_file, process)
    process.send_signal(signal.SIGINT)
    assert process.wait(DEADLINE) == 130
    assert "interrupted; give the same command again to go on" in process.stderr.read()
    assert not (broken / "results.json").exists()

    process = start(*arguments, "--workers", "1")
    wait_until(lambda: list((broken / "runs" / "tiny-seed0").glob("points/*/shards/*.npz")), process)
    process.kill()
    process.wait(DEADLINE)
    kept = {path: path.stat().st_mtime_ns for path in (broken / "trainings").glob("*/weights.safetensors")}
    assert len(kept) == 6
    assert not (broken / "results.json").exists()

    assert main([str(part) for part in (*arguments, "--workers", "1")]) == 0
    told = capsys.readouterr().out
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert main(["ablate", str(study_file), "-o", str(whole), "--device", "cpu", "--workers", "1"]) == 0
    assert capsys.readouterr().out == told.replace("broken", "whole")
    there, here = outputs(broken), outputs(whole)
    moved = {name for name in there if name.startswith("bounds/")}  # they name their model by its path
    assert set(there) == set(here)
    assert [name for name in here if name not in moved and there[name] != here[name]] == []
    check_what_came_out(whole)

    assert main([str(part) for part in (*arguments, "--set", "recipes.diffusion.steps=13")]) == 2
    assert "hybrid-seed0 holds a training of another recipe: steps is 12 there and 13 here" in capsys.readouterr().err
    assert main([str(part) for part in (*arguments, "--set", "samples.num_images=50")]) == 2
    assert "; move it elsewhere, and the same trainings are sampled anew" in capsys.readouterr().err
    assert main([str(part) for part in (*arguments, "--seeds", "1", "--only", "guidance")]) == 0  # all is there already
    assert "not decided: It helps." in capsys.readouterr().out
    (question,) = json.loads((broken / "results.json").read_text())["questions"]
    (ordering,) = question["orderings"]
    assert (ordering["low"], ordering["reason"]) == (None, "one seed has no standard error")


def check_what_came_out(folder):
    """Tables and record agree with the runs and files that they are made of."""
    record = json.loads((folder / "results.json").read_text())
    objective, guidance = record["questions"]
    assert [arm["title"] for arm in objective["arms"]] == ["hybrid", "bound"]
    values = {measure["name"]: measure["values"] for measure in objective["measures"]}
    for seed in (0, 1):
        run = json.loads((folder / "runs" / f"tiny-seed{seed}" / "results.json").read_text())
        scores = {point["model"]: point["scores"]["fid"]["value"] for point in run["points"]}
        assert scores.keys() == {f"{arm}-seed{seed}" for arm in ("hybrid", "vlb", "guided")}
        assert run["seed"] == seed
        for measure in (objective["measures"][0], guidance["measures"][0]):
            for arm, row in measure["values"].items():
                assert abs(row[seed] - scores[f"{arm}-seed{seed}"]) < 1e-6 * row[seed]
        bound = json.loads((folder / "bounds" / f"vlb-seed{seed}.json").read_text())
        assert abs(bound["scores"]["bpd"]["value"] - values["bpd"]["vlb"][seed]) < 1e-6
        assert bound["data"]["num_images"] == 4
    assert values["noise"].keys() == {"hybrid", "vlb"}
    assert {ordering["answer"] for ordering in objective["orderings"]} <= {"holds", "does not hold", "not decided"}
    with (folder / "report" / "tables" / "objective.csv").open() as file:
        rows = list(csv.DictReader(file))
    means = objective["measures"][0]["means"]
    assert [float(row["fid"]) for row in rows] == [means["hybrid"], means["vlb"]]
    report = (folder / "report" / "ablations.md").read_text()
    assert "a paper (recalled)" in report
    assert "are not decided by 2 training seeds" in report


def test_a_training_that_diverges_leaves_the_others_their_report(tree, tmp_path, capsys):
    """And the next command does not train it again, as it would come to the same end."""
    tree["arms"]["vlb"]["set"] += ["learning_rate=1e30"]
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(tree, sort_keys=False))
    arguments = ["ablate", str(tmp_path / "study.yaml"), "-o", str(tmp_path / "out"), "--device", "cpu"]
    for _ in range(2):
        assert main([*arguments, "--workers", "1", "--seeds", "1"]) == 0
    assert capsys.readouterr().err.count("the training vlb-seed0 diverged, and its measures are left out") == 1
    record = json.loads((tmp_path / "out" / "results.json").read_text())
    fid, bpd, noise = record["questions"][0]["measures"]
    for measure in (fid, bpd, noise):
        assert measure["values"]["vlb"] == [None]
        assert "seed 0: the training of vlb diverged: the gradient of step" in measure["reasons"]["vlb"]
        assert measure["values"]["hybrid"][0] is not None


def test_bits_of_images_that_were_replaced_are_taken_again(tree, tmp_path):
    images = tmp_path / "heldout.npz"
    write_batch(images, Batch(*(part[:8] for part in digits_heldout())))
    setting = BoundSetting(images=str(images), number=4)
    recipe = parse_recipe({**tree["recipes"]["diffusion"], "name": "a", "steps": 2}, "test")
    job = Job(recipe, tmp_path / "a", "cpu", "pytest", resume=True)
    train_one(job, Progress(quiet=True), lambda _: None)
    measure_bound(job, tmp_path / "bound.json", setting)
    assert bound_value(job.out, tmp_path / "bound.json", setting) is not None
    write_batch(images, Batch(*(part[8:16] for part in digits_heldout())))
    measuring._images_sha256.cache_clear()  # another process
    assert bound_value(job.out, tmp_path / "bound.json", setting) is None


def test_a_folder_that_is_worked_on_is_refused_to_others(study_file, tmp_path, capsys):
    with open_study(tmp_path / "out"):
        assert main(["ablate", str(study_file), "-o", str(tmp_path / "out")]) == 2
    assert "another process works on the study in" in capsys.readouterr().err


def test_a_folder_of_something_else_is_left_alone(study_file, tmp_path, capsys):
    (tmp_path / "results.json").write_text("of a run")
    assert main(["ablate", str(study_file), "-o", str(tmp_path)]) == 2
    assert "is not empty and holds no study (it has no trainings)" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir() if path != study_file] == ["results.json"]


def test_what_is_wrong_is_code_2_and_leaves_nothing(study_file, tmp_path, capsys):
    out = tmp_path / "out"
    for arguments, message in (
        (["digit"], "there is no study named 'digit'; did you mean digits"),
        ([str(study_file), "--only", "x"], "--only x: there is no such question"),
        ([str(study_file), "--set", "recipes.diffusion.lss=vlb"], "arms.hybrid: lss: unknown key; did you mean loss"),
    ):
        assert main(["ablate", *arguments, "-o", str(out)]) == 2
        assert message in capsys.readouterr().err
        assert not out.exists()
