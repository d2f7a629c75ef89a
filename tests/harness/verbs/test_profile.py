from __future__ import annotations

import json

import pytest

from beatgans.harness.cli import main

QUICK = ["--repeats", "1", "--batch-size", "2", "--device", "cpu"]


def test_a_model_is_profiled_over_the_settings_given(tmp_path, capsys):
    file = tmp_path / "profile.json"
    folder = tmp_path / "out"
    model = ["profile", "digits-diffusion", "--set", "steps=[2,4]", "--set", "guidance=1"]
    assert main([*model, *QUICK, "--json", str(file), "-o", str(folder)]) == 0

    record = json.loads(file.read_text())
    assert record["schema"] == "beatgans/profile/1"
    assert [point["id"] for point in record["points"]] == [
        "digits-diffusion_ddim2_guidance1",
        "digits-diffusion_ddim4_guidance1",
    ]
    environment = record["environment"]
    assert (environment["compile"], environment["dtype"], environment["workers"]) == (False, "float32", 1)
    assert {"cpu", "torch", "gpu_driver", "cpu_capability", "threads"} <= set(environment)
    assert (folder / "profile.json").read_text() == file.read_text()
    assert "| digits-diffusion\\_ddim2\\_guidance1 | 2 |" in (folder / "profile.md").read_text()
    out = capsys.readouterr().out
    assert "Where the time of an image goes, in ms" in out
    assert "No joules per image (energy is read from NVIDIA GPUs alone): all points." in out


def test_a_suite_is_profiled_but_for_images_that_exist(suite_file, tmp_path, capsys):
    file = tmp_path / "profile.json"
    assert main(["profile", str(suite_file), *QUICK, "--only", "*gan*", "--json", str(file)]) == 0
    assert [point["id"] for point in json.loads(file.read_text())["points"]] == ["digits-gan_truncation0.5"]
    assert main(["profile", str(suite_file), *QUICK, "--only", "*heldout*"]) == 2
    assert "nothing to profile" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["digits-difusion"], "there is no model named 'digits-difusion'; did you mean digits-diffusion or"),
        (["digits-diffusion", "--set", "guidanse=1"], "model digits-diffusion: guidanse: unknown key"),
        (
            ["digits-gan", "--set", "steps=5"],
            "model digits-gan.steps: digits-gan is a GAN and makes an image in one step",
        ),
        (["digits", "--only", "nothing"], "--only nothing matches no operating point"),
        (["digits-gan", "--dtype", "float64"], "dtype 'float64' is unknown"),
    ],
)
def test_what_cannot_be_profiled_is_refused_in_a_sentence(arguments, message, capsys):
    assert main(["profile", *arguments, "--device", "cpu"]) == 2
    assert message in capsys.readouterr().err
