from __future__ import annotations

from functools import partial

import pytest
import torch

from beatgans.generators.diffusion.process import GaussianDiffusion, NetworkDenoiser
from beatgans.generators.diffusion.schedule import Schedule
from beatgans.generators.samplers.ancestral import ancestral
from beatgans.generators.samplers.ddim import ddim, invert, invert_step


def no_noise(step: int) -> torch.Tensor:
    raise AssertionError(f"noise was asked for step {step}")


def error_of_the_flow(world) -> float:
    """How far DDIM lands from the exact probability flow, which scales the deviation from the mean."""
    alpha_bar, std = world.schedule.alphas_cumprod[-1], world.marginal_variance[-1] ** 0.5
    x = torch.full((1, 1, 1, 1), 0.7 * std + alpha_bar**0.5 * world.mean, dtype=torch.float64)
    exact = world.mean + 0.7 * world.std
    return abs(ddim(world.denoiser(), x, no_noise).item() - exact)


def test_the_deterministic_sampler_converges_to_the_exact_flow_at_first_order(gaussian_world):
    errors = [error_of_the_flow(gaussian_world("cosine", 2**15, f"ddim{2**k}")) for k in (6, 7, 8)]
    assert errors[0] < 0.01
    assert errors[0] / errors[1] == pytest.approx(2, rel=0.1)
    assert errors[1] / errors[2] == pytest.approx(2, rel=0.1)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("kind", ["linear", "cosine"])
def test_a_perfect_model_gives_back_the_data_the_better_the_more_steps_at_any_eta(
    gaussian_world, kind: str, eta: float
):
    missing = []
    for steps in ("500", "1000"):
        world = gaussian_world(kind, 4000, steps)
        mean, variance = world.final_mean_and_variance(partial(ddim, world.denoiser(), eta=eta))
        assert mean == pytest.approx(world.mean, rel=1e-9)
        missing.append(1 - variance / world.std**2)
    assert 0 < missing[1] < 0.08
    assert 1.7 < missing[0] / missing[1] < 2.1


def test_eta_1_is_ancestral_sampling_with_the_smaller_variance():
    """2010.02502, section 4.1; the two formulas share nothing but the network."""
    generator = torch.Generator().manual_seed(0)
    noises = torch.randn(26, 2, 3, 4, 4, dtype=torch.float64, generator=generator)

    def network(x, timesteps, labels):
        return torch.cat([torch.sin(3 * x) + timesteps[0] / 1000, torch.full_like(x, -1)], dim=1)

    denoiser = NetworkDenoiser(network, GaussianDiffusion(Schedule.make("cosine", 1000, "25"), dtype=torch.float64))
    expected = ancestral(denoiser, noises[25], noises.__getitem__)
    torch.testing.assert_close(ddim(denoiser, noises[25], noises.__getitem__, eta=1.0), expected)
    assert (ddim(denoiser, noises[25], noises.__getitem__, eta=0.5) - expected).abs().max() > 0.01


@pytest.mark.parametrize(("kind", "steps", "respacing"), [("cosine", 1000, "2"), ("linear", 4000, "2")])
def test_eta_1_over_long_steps_has_no_root_of_a_rounding_below_zero(kind: str, steps: int, respacing: str):
    diffusion = GaussianDiffusion(Schedule.make(kind, steps, respacing))
    denoiser = NetworkDenoiser(lambda x, *_: torch.cat([x, torch.zeros_like(x)], dim=1), diffusion)
    noise = torch.randn(1, 3, 4, 4, generator=torch.Generator().manual_seed(0))
    assert torch.isfinite(ddim(denoiser, noise, lambda _: noise, eta=1.0)).all()


@pytest.mark.parametrize("eta", [0.5, 1.0])
def test_eta_scales_the_standard_deviation_of_the_added_noise(eta: float):
    """2010.02502, equation 16: sigma is eta times that of the posterior; step 0 divides it by sqrt(abar)."""
    schedule = Schedule.make("cosine", 1000, "25")

    def no_noise_predicted(x, timesteps, labels):
        return torch.cat([torch.zeros_like(x), torch.zeros_like(x)], dim=1)

    denoiser = NetworkDenoiser(no_noise_predicted, GaussianDiffusion(schedule, dtype=torch.float64))
    start = torch.zeros(1, 1, 1, 1, dtype=torch.float64)
    image = ddim(denoiser, start, lambda step: torch.full_like(start, step == 1), eta=eta)
    expected = eta * (schedule.posterior_variance[1] / schedule.alphas_cumprod[0]) ** 0.5
    assert image.item() == pytest.approx(expected, rel=1e-9)


def test_the_last_step_ends_at_the_predicted_image_without_noise(gaussian_world):
    asked = []

    def noise(step: int) -> torch.Tensor:
        asked.append(step)
        return torch.zeros(1, 1, 1, 1)

    denoiser = gaussian_world("cosine", 1000, "ddim5").denoiser()
    ddim(denoiser, torch.zeros(1, 1, 1, 1, dtype=torch.float64), noise, eta=1.0)
    assert asked == [4, 3, 2, 1]
    assert denoiser.evaluations == 5


def test_inversion_and_sampling_undo_each_other_the_better_the_more_steps(gaussian_world):
    errors = []
    for steps in (50, 100, 200):
        denoiser = gaussian_world("linear", 1000, f"ddim{steps}").denoiser()
        image = torch.tensor([[[[0.05, 0.2, 0.31]]]], dtype=torch.float64)
        noise = invert(denoiser, image)
        assert denoiser.evaluations == steps - 1
        assert noise.std() > 0.5
        errors.append((ddim(denoiser, noise, no_noise) - image).abs().max().item())
    assert errors[0] < 0.1
    assert errors[0] > 1.5 * errors[1] > 1.5**2 * errors[2]


def test_a_step_of_the_inversion_follows_the_noise_that_is_predicted(gaussian_world):
    """2010.02502, equation 13, from alpha_bar of a step to that of the next; beyond the last there is noise alone."""
    world = gaussian_world("cosine", 1000, "5")
    x = torch.tensor([[[[0.3]]]], dtype=torch.float64)
    for step in range(5):
        alpha_bar = world.schedule.alphas_cumprod
        noise = (
            (1 - alpha_bar[step]) ** 0.5 * (0.3 - alpha_bar[step] ** 0.5 * world.mean) / world.marginal_variance[step]
        )
        x0 = (0.3 - (1 - alpha_bar[step]) ** 0.5 * noise) / alpha_bar[step] ** 0.5
        after = alpha_bar[step + 1] if step < 4 else 0.0
        expected = after**0.5 * x0 + (1 - after) ** 0.5 * noise
        assert invert_step(world.denoiser(), x, step).item() == pytest.approx(expected, rel=1e-9)
