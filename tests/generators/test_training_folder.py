"""The folder of a training, its checkpoints and its log."""

import contextlib
import errno
import os

import pytest
import torch
import yaml

from beatgans.generators import find_entry, load_generator, load_network
from beatgans.generators.checkpoint import read_tensors
from beatgans.generators.training import checkpoints
from beatgans.generators.training.checkpoints import checkpoint_steps, load_checkpoint, remove_all_but
from beatgans.generators.training.folder import TrainingFolder, check_training, open_training, recipe_text
from beatgans.generators.training.images import open_training_images
from beatgans.generators.training.loop import train
from beatgans.generators.training.model import takes_labels, trained_entry
from beatgans.generators.training.progress_file import ProgressFile, read_progress
from beatgans.generators.training.recipe import parse_recipe
from beatgans.generators.training.trainer import Trainer
from beatgans.reference_batches import InputError

pytestmark = pytest.mark.usefixtures("one_thread")


def recipe_of(path, **changes):
    return parse_recipe({**yaml.safe_load(path.read_text()), **changes}, path.stem)


def run(path, out, resume=False, **changes):
    recipe = recipe_of(path, **changes)
    entry = trained_entry(recipe)
    options = recipe.data.options(entry.image_size, takes_labels(recipe, entry))
    steps = []
    with open_training(out, recipe, resume) as folder:
        outcome = train(
            recipe, entry, open_training_images("digits", options), folder, "cpu", "pytest", lambda s: steps.append(s)
        )
    return outcome, steps


def test_a_training_leaves_its_model_and_two_checkpoints(tiny_recipe, tmp_path):
    outcome, steps = run(tiny_recipe, tmp_path)
    assert [step.number for step in steps] == list(range(1, 13))
    assert (outcome.first_step, outcome.steps, outcome.last["step"]) == (0, 12, 12)
    assert checkpoint_steps(tmp_path) == [8, 12]
    files = {path.name for path in tmp_path.iterdir()}
    discriminator = {f"discriminator{opt}0000{step}.pt" for opt in ("", "_opt") for step in ("08", "12")}
    expected = {
        *(
            f"{name}0000{step}.pt"
            for name in ("model", "opt", "state", "ema_0.9_", "ema_0.5_")
            for step in ("08", "12")
        ),
        *(discriminator if tiny_recipe.stem == "gan" else ()),
        *("recipe.yaml", "progress.csv", "weights.safetensors", "weights.json", "model.yaml", ".lock"),
    }
    assert files == expected
    assert recipe_of(tmp_path / "recipe.yaml") == recipe_of(tiny_recipe)
    progress = read_progress(tmp_path / "progress.csv")
    assert progress["step"] == [3, 4, 6, 8, 9, 12]
    assert all(torch.isfinite(torch.tensor(column)).all() for column in progress.values())


def test_what_a_killed_training_left_half_written_is_removed(tiny_recipe, tmp_path):
    (tmp_path / "scores").mkdir()
    left = [tmp_path / ".beatgans-x1y2z3_4.tmp", tmp_path / "scores" / ".beatgans-x1y2z3_4.tmp"]
    (tmp_path / "recipe.yaml").write_text(recipe_text(recipe_of(tiny_recipe)))
    for path in left:
        path.write_bytes(b"half")
    with open_training(tmp_path, recipe_of(tiny_recipe), resume=True):
        assert not any(path.exists() for path in left)


def test_a_full_disk_is_named_as_one(tiny_recipe, tmp_path, monkeypatch):
    """PyTorch answers with a RuntimeError of its own to what the file says."""

    @contextlib.contextmanager
    def onto_a_full_disk(path):
        yield FullDisk()

    monkeypatch.setattr(checkpoints, "atomic_write", onto_a_full_disk)
    with pytest.raises(OSError, match="No space left on device"):
        run(tiny_recipe, tmp_path, steps=2)
    assert checkpoint_steps(tmp_path) == []


class FullDisk:
    def write(self, _):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def flush(self):
        pass


def test_what_comes_out_is_a_model_like_any_other(tiny_recipe, tmp_path):
    run(tiny_recipe, tmp_path, steps=2)
    entry = find_entry(str(tmp_path / "model.yaml"))
    assert (entry.name, entry.family) == (f"tiny-{tiny_recipe.stem}", tiny_recipe.stem)
    network = load_network(str(tmp_path / "model.yaml"))
    average = read_tensors(tmp_path / "ema_0.9_000002.pt")
    if tiny_recipe.stem != "gan":  # whose spectral norm is folded into its weights
        assert all(torch.equal(average[name], tensor) for name, tensor in network.state_dict().items())
        assert set(average) == set(read_tensors(tmp_path / "model000002.pt"))
    if tiny_recipe.stem in {"diffusion", "gan"}:
        assert load_generator(str(tmp_path / "model.yaml")).num_classes == 10


def test_checkpoints_are_state_dicts_under_openais_names(tiny_recipes, tmp_path):
    run(tiny_recipes["diffusion"], tmp_path, steps=2)
    names = set(read_tensors(tmp_path / "model000002.pt"))
    assert {"time_embed.0.weight", "label_emb.weight", "input_blocks.1.0.in_layers.0.weight", "out.2.bias"} <= names
    optimizer = torch.load(tmp_path / "opt000002.pt", weights_only=True)
    torch.optim.AdamW(load_network(str(tmp_path / "model.yaml")).parameters()).load_state_dict(optimizer)


def test_a_training_goes_on_from_its_last_checkpoint(tiny_recipes, tmp_path):
    path = tiny_recipes["classifier"]
    run(path, tmp_path / "whole")
    run(path, tmp_path / "cut")
    remove_all_but(tmp_path / "cut", [8])
    (tmp_path / "cut" / "model.yaml").unlink()
    outcome, steps = run(path, tmp_path / "cut", resume=True)
    assert outcome.first_step == 8
    assert [step.number for step in steps] == [9, 10, 11, 12]
    assert (tmp_path / "cut/weights.safetensors").read_bytes() == (tmp_path / "whole/weights.safetensors").read_bytes()
    whole, cut = (read_progress(tmp_path / name / "progress.csv") for name in ("whole", "cut"))
    assert {name: cut[name] for name in ("step", "loss", "gradient_norm")} == {
        name: whole[name] for name in ("step", "loss", "gradient_norm")
    }


def test_other_images_are_no_continuation(tiny_recipes, tmp_path):
    path = tiny_recipes["classifier"]
    run(path, tmp_path, steps=1)
    recipe = recipe_of(path, steps=1)
    entry = trained_entry(recipe)
    images = open_training_images("digits-heldout", recipe.data.options(8, takes_labels=True))
    with (
        open_training(tmp_path, recipe, resume=True) as folder,
        pytest.raises(InputError, match="was trained on 1,297 images so far, and digits now has 500"),
    ):
        train(recipe, entry, images, folder, "cpu", "pytest")


def test_a_damaged_checkpoint_is_named(tiny_recipes, tmp_path):
    path = tiny_recipes["classifier"]
    run(path, tmp_path, steps=1)
    (tmp_path / "opt000001.pt").write_bytes(b"PK nonsense")
    recipe = recipe_of(path, steps=1)
    with pytest.raises(InputError, match=r"opt000001\.pt cannot be used .*; delete those of its step"):
        load_checkpoint(tmp_path, 1, Trainer(recipe, trained_entry(recipe), "cpu"))


def test_two_trainings_in_one_folder_are_refused(tiny_recipes, tmp_path):
    recipe = recipe_of(tiny_recipes["classifier"])
    with (
        open_training(tmp_path, recipe, resume=False),
        pytest.raises(InputError, match="another process is training"),
        open_training(tmp_path, recipe, resume=True),
    ):
        pass


def test_a_training_is_not_overwritten(tiny_recipes, tmp_path):
    recipe = recipe_of(tiny_recipes["classifier"])
    with open_training(tmp_path, recipe, resume=False):
        pass
    folder = TrainingFolder(tmp_path)
    with pytest.raises(InputError, match="holds a training already; go on with it by --resume"):
        check_training(folder, recipe, resume=False)
    check_training(folder, recipe, resume=True)
    other = recipe_of(tiny_recipes["classifier"], learning_rate=0.5)
    with pytest.raises(InputError, match=r"another recipe: learning_rate is 0\.01 there and 0\.5 here"):
        check_training(folder, other, resume=True)
    with pytest.raises(InputError, match=r"family is 'classifier' there and 'gan' here|another recipe"):
        check_training(folder, recipe_of(tiny_recipes["gan"]), resume=True)
    check_training(folder, recipe_of(tiny_recipes["classifier"], log_every=1, checkpoint_every=7), resume=True)


@pytest.mark.parametrize("text", ["[1", "- a list", "family: none", "\0"])
def test_a_damaged_recipe_is_told_of(tiny_recipes, tmp_path, text):
    (tmp_path / "recipe.yaml").write_text(text)
    with pytest.raises(InputError, match=r"recipe\.yaml"):
        check_training(TrainingFolder(tmp_path), recipe_of(tiny_recipes["gan"]), resume=True)


def test_a_folder_of_something_else_is_left_alone(tiny_recipes, tmp_path):
    (tmp_path / "thesis.tex").touch()
    recipe = recipe_of(tiny_recipes["classifier"])
    with pytest.raises(InputError, match="is not empty and holds no training"), open_training(tmp_path, recipe, False):
        pass
    with pytest.raises(InputError, match="is a file"):
        check_training(TrainingFolder(tmp_path / "thesis.tex"), recipe, resume=False)


def test_the_log_forgets_what_came_after_the_checkpoint(tmp_path):
    path = tmp_path / "progress.csv"
    log = ProgressFile(path, 0)
    for step in (2, 4, 6):
        log.write({"step": step, "loss": 1 / step})
    with path.open("a") as file:
        file.write("8,0.1")  # killed within the line
    ProgressFile(path, 4).write({"step": 6, "loss": 0.5})
    assert path.read_text() == "step,loss\n2,0.5\n4,0.25\n6,0.5\n"
