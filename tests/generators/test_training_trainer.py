"""Steps of training: pieces, precision, and what each kind of training is fed."""

import numpy as np
import pytest
import torch
import yaml

from beatgans.generators.training.batches import batches
from beatgans.generators.training.draws import Draws
from beatgans.generators.training.images import open_training_images
from beatgans.generators.training.model import takes_labels, trained_entry
from beatgans.generators.training.objective import Piece
from beatgans.generators.training.precision import LossScale
from beatgans.generators.training.recipe import parse_recipe
from beatgans.generators.training.trainer import Trainer
from beatgans.generators.training.upsampler import shrink

pytestmark = pytest.mark.usefixtures("one_thread")


def trainer_of(path, **changes):
    recipe = parse_recipe({**yaml.safe_load(path.read_text()), **changes}, path.stem)
    entry = trained_entry(recipe)
    images = open_training_images(
        recipe.data.images, recipe.data.options(entry.image_size, takes_labels(recipe, entry))
    )
    trainer = Trainer(recipe, entry, "cpu")
    return trainer, batches(images, recipe.batch_size, recipe.seed)


def trained(path, steps, **changes):
    trainer, source = trainer_of(path, **changes)
    reports = [trainer.step(step, next(source)) for step in range(steps)]
    return trainer, reports


def weights_of(trainer):
    return torch.cat([parameter.detach().flatten() for parameter in trainer.networks["model"].parameters()])


def gradients_of(trainer):
    return torch.cat([p.grad.flatten() for p in trainer.networks["model"].parameters()])


def without_dropout(path):
    tree = yaml.safe_load(path.read_text())["model"]
    tree["architecture"]["dropout"] = 0.0
    return tree


@pytest.mark.parametrize("family", ["diffusion", "upsampler", "classifier"])
def test_a_step_in_pieces_is_the_step_at_once(tiny_recipes, family):
    path = tiny_recipes[family]
    (whole, [at_once]), (pieces, [in_pieces]) = (
        trained(path, 1, model=without_dropout(path), microbatch=size) for size in (None, 6)
    )
    assert torch.allclose(gradients_of(whole), gradients_of(pieces), atol=1e-6)
    assert gradients_of(whole).norm() > 1e-3
    assert {name: part.item() for name, part in at_once.parts.items()} == pytest.approx(
        {name: part.item() for name, part in in_pieces.parts.items()}
    )


def test_dropout_depends_on_seed_step_and_place(tiny_recipes):
    path = tiny_recipes["diffusion"]
    first, second = (trained(path, 2)[1][1].parts["loss"] for _ in range(2))
    torch.manual_seed(5)
    assert first == second
    assert trained(path, 2, seed=1)[1][1].parts["loss"] != first


def test_every_kind_learns(tiny_recipe):
    """Ten steps on the same images lower the loss; of the GAN that of its discriminator."""
    trainer, source = trainer_of(tiny_recipe, steps=1000, batch_size=32, microbatch=None)
    batch = next(source)
    losses = [trainer.step(step, batch).parts["loss"].item() for step in range(40)]
    assert np.mean(losses[-5:]) < np.mean(losses[:5])


def test_averages_follow_the_weights_at_their_rates(tiny_recipes):
    trainer, _ = trained(tiny_recipes["classifier"], 6)
    distance = {
        rate: (weights_of(trainer) - torch.cat([p.flatten() for p in average.model.parameters()])).norm()
        for rate, average in trainer.averages.items()
    }
    assert 0 < distance[0.5] < distance[0.9]


def test_a_gradient_is_clipped_to_its_norm(tiny_recipes):
    path = tiny_recipes["classifier"]
    (_, [report]), (_, [clipped]) = (trained(path, 1, gradient_clip=clip) for clip in (None, 1e-3))
    assert clipped.gradient_norms == report.gradient_norms  # as logged, before clipping
    assert report.gradient_norms["model"] > 1e-3
    trainer, _ = trained(path, 1, gradient_clip=1e-3)
    assert gradients_of(trainer).norm().item() == pytest.approx(1e-3, rel=1e-4)


def test_a_gradient_that_is_no_number_ends_the_training(tiny_recipes):
    trainer, source = trainer_of(tiny_recipes["classifier"])
    with torch.no_grad():
        next(trainer.networks["model"].parameters()).fill_(torch.nan)
    with pytest.raises(FloatingPointError, match="the gradient of step 8 is infinite or not a number"):
        trainer.step(7, next(source))


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
@pytest.mark.parametrize("family", ["diffusion", "classifier"])
def test_fewer_bits_come_to_nearly_the_same_gradient(tiny_recipes, family, precision):
    path = tiny_recipes[family]
    changes = {"model": without_dropout(path), "initial_log2_loss_scale": 8, "gradient_clip": None}
    gradients = []
    for each in ("float32", precision):
        trainer, [report] = trained(path, 1, precision=each, **changes)
        assert report.was_taken
        gradients.append(gradients_of(trainer))
        assert all(parameter.dtype == torch.float32 for parameter in trainer.networks["model"].parameters())
    exact, rounded = gradients
    assert 0 < (exact - rounded).norm() / exact.norm() < 0.03


def test_convolutions_take_the_fewer_bits_and_embeddings_and_output_do_not(tiny_recipes):
    trainer, source = trainer_of(tiny_recipes["diffusion"], precision="bfloat16")
    dtypes = {}
    network = trainer.networks["model"]
    for name in ("time_embed.2", "input_blocks.1.0.in_layers.2", "input_blocks.1.0.emb_layers.1", "out"):
        network.get_submodule(name).register_forward_hook(
            lambda _, inputs, output, name=name: dtypes.update({name: output.dtype})
        )
    trainer.step(0, next(source))
    assert dtypes == {
        "time_embed.2": torch.float32,
        "input_blocks.1.0.in_layers.2": torch.bfloat16,
        "input_blocks.1.0.emb_layers.1": torch.float32,
        "out": torch.float32,
    }


def test_an_overflowing_step_is_skipped_and_the_scale_lowered(tiny_recipes):
    trainer, source = trainer_of(tiny_recipes["diffusion"], precision="float16", initial_log2_loss_scale=200)
    before, average = weights_of(trainer), trainer.averages[0.5].steps
    report = trainer.step(0, next(source))
    assert not report.was_taken
    assert torch.equal(weights_of(trainer), before)
    assert (trainer.loss_scale.log2, trainer.loss_scale.skipped) == (199, 1)
    assert trainer.averages[0.5].steps == average
    trainer.loss_scale.log2 = 8.0
    assert trainer.step(1, next(source)).was_taken
    assert trainer.loss_scale.log2 == pytest.approx(8.001)
    assert not torch.equal(weights_of(trainer), before)


def test_the_scale_follows_guided_diffusion():
    scale = LossScale("float16", 20, 0.001)
    assert scale.scale == 2.0**20
    assert [scale.accepts(finite, 0) for finite in (True, False, True)] == [True, False, True]
    assert scale.log2 == pytest.approx(19.002)
    assert LossScale("bfloat16", 20, 0.001).scale == 1


def test_a_training_whose_every_step_overflows_ends():
    scale = LossScale("float16", 3, 0.001)
    answers = [scale.accepts(False, 99) for _ in range(27)]
    assert not any(answers)
    assert scale.scale == 2.0**-24
    with pytest.raises(FloatingPointError, match=r"up to 100 are infinite.*train anew in bfloat16 or float32"):
        scale.accepts(False, 99)


def test_the_second_moment_learns_from_the_losses_of_a_step(tiny_recipes):
    trainer, reports = trained(tiny_recipes["diffusion"], 10)
    timesteps = trainer.objective.timesteps
    assert timesteps.is_warm
    assert timesteps.counts.tolist() == [10] * 4
    assert timesteps.probabilities().std() > 0
    assert all(torch.isfinite(report.parts["vb"]) for report in reports)


def test_pieces_do_not_change_the_timesteps_of_a_step(tiny_recipes):
    path = tiny_recipes["diffusion"]
    model = without_dropout(path)
    histories = []
    for size in (None, 4):
        trainer, _ = trained(path, 6, model=model, microbatch=size)
        histories.append(trainer.objective.timesteps.state()["losses"])
    assert torch.allclose(*histories, rtol=0.05)


def test_an_upsampler_sees_means_of_squares_of_pixels(tiny_recipes):
    images = torch.arange(64.0).view(1, 1, 8, 8).expand(1, 3, 8, 8)
    assert shrink(images, 4)[0, 0, 0, 0] == (0 + 1 + 8 + 9) / 4
    trainer, source = trainer_of(tiny_recipes["upsampler"])
    seen = []
    trainer.networks["model"].register_forward_pre_hook(
        lambda _, args, kwargs: seen.append(kwargs["low_res"]), with_kwargs=True
    )
    batch = next(source)
    trainer.step(0, batch)
    first = batch.images[0].permute(2, 0, 1).float() / 127.5 - 1
    assert torch.allclose(seen[0][0], first.view(3, 4, 2, 4, 2).mean(dim=(2, 4)), atol=1e-6)


def test_the_generator_of_a_gan_is_moved_by_what_the_moved_discriminator_thinks(tiny_recipes):
    trainer, source = trainer_of(tiny_recipes["gan"])
    batch = next(source)
    images = batch.images.permute(0, 3, 1, 2).float() / 127.5 - 1
    piece = Piece(images, batch.labels, Draws(0, 0, np.arange(16)), is_whole=True)
    objective = trainer.objective
    before = objective.discriminator_losses(piece)
    assert torch.allclose(
        before.total, (1 - before.parts["real_score"]).relu() + (1 + before.parts["made_score"]).relu()
    )
    after = objective.generator_losses(piece)
    gradient = torch.autograd.grad(after.total.sum(), [*objective.generator.parameters()])
    assert sum(part.abs().sum() for part in gradient) > 0
    assert all(parameter.requires_grad for parameter in objective.discriminator.parameters())


def test_a_classifier_of_clean_images_sees_no_noise(tiny_recipes):
    seen = {}
    for clean in (False, True):
        trainer, source = trainer_of(tiny_recipes["classifier"], clean_images=clean)
        (piece,) = trainer.pieces(0, next(source))
        trainer.objective.network = lambda x, timesteps, clean=clean: seen.setdefault(clean, (x, timesteps))[
            0
        ].new_zeros(len(x), 10)
        trainer.objective.losses(piece)
    assert torch.equal(seen[True][0], piece.images)
    assert not torch.equal(seen[False][0], piece.images)
    assert torch.equal(seen[True][1], seen[False][1])  # the timesteps are the same all the same
    assert len(seen[True][1].unique()) > 1
