from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from beatgans.generators.diffusion.process import GaussianDiffusion, NetworkDenoiser
from beatgans.generators.diffusion.schedule import Schedule

SCHEDULE = Schedule.make("cosine", 1000, "25")
STEPS = [0, 1, 12, 24]


@pytest.fixture
def diffusion() -> GaussianDiffusion:
    return GaussianDiffusion(SCHEDULE, dtype=torch.float64)


def images(seed: int) -> torch.Tensor:
    return torch.randn(4, 3, 2, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("step", STEPS)
def test_noising_keeps_the_share_of_signal_that_alpha_bar_says(diffusion: GaussianDiffusion, step: int):
    alpha_bar = SCHEDULE.alphas_cumprod[step]
    x = diffusion.q_sample(torch.full((1, 1, 1, 1), 3.0), step, torch.full((1, 1, 1, 1), 5.0))
    assert x.item() == pytest.approx(3 * math.sqrt(alpha_bar) + 5 * math.sqrt(1 - alpha_bar))


@pytest.mark.parametrize("step", STEPS)
def test_image_and_noise_are_found_again_from_each_other(diffusion: GaussianDiffusion, step: int):
    x0, noise = images(0), images(1)
    x = diffusion.q_sample(x0, step, noise)
    torch.testing.assert_close(diffusion.predict_x0(x, step, noise), x0)
    torch.testing.assert_close(diffusion.predict_noise(x, step, x0), noise)


@pytest.mark.parametrize("step", STEPS[1:])
def test_the_posterior_mean_leaves_the_marginal_of_the_step_before(diffusion: GaussianDiffusion, step: int):
    """Over x_t of a known x_0, x_{t-1} has the mean sqrt(abar_prev) x_0 and, in all, the variance 1 - abar_prev."""
    x0, noise = torch.ones(1, 1, 1, 1, dtype=torch.float64), torch.zeros(1, 1, 1, 1, dtype=torch.float64)
    centre = diffusion.posterior_mean(x0, diffusion.q_sample(x0, step, noise), step)
    deviation = diffusion.posterior_mean(x0, diffusion.q_sample(x0, step, noise + 1), step) - centre
    previous = SCHEDULE.alphas_cumprod_prev[step]
    assert centre.item() == pytest.approx(math.sqrt(previous))
    assert deviation.item() ** 2 + SCHEDULE.posterior_variance[step] == pytest.approx(1 - previous)


@pytest.mark.parametrize("step", STEPS)
def test_the_learned_variance_lies_between_its_bounds_geometrically(diffusion: GaussianDiffusion, step: int):
    interpolation = torch.tensor([-1.0, 0.0, 1.0], dtype=torch.float64)
    variance = diffusion.learned_log_variance(interpolation, step).exp().numpy()
    low, high = SCHEDULE.posterior_variance[max(step, 1)], SCHEDULE.betas[step]
    np.testing.assert_allclose(variance, [low, math.sqrt(low * high), high])


def test_a_batch_of_different_steps_is_the_same_as_each_alone(diffusion: GaussianDiffusion):
    x, output = images(2), torch.cat([images(3), images(4)], dim=1)
    together = diffusion.predict(x, torch.tensor(STEPS), output)
    noised = diffusion.q_sample(x, torch.tensor(STEPS), images(5))
    for k, step in enumerate(STEPS):
        alone = diffusion.predict(x[k : k + 1], step, output[k : k + 1])
        assert torch.equal(together.x0[k : k + 1], alone.x0)
        assert torch.equal(together.mean[k : k + 1], alone.mean)
        assert torch.equal(together.log_variance[k : k + 1], alone.log_variance)
        assert torch.equal(noised[k : k + 1], diffusion.q_sample(x[k : k + 1], step, images(5)[k : k + 1]))


def test_clipping_bounds_the_image_and_moves_the_mean_with_it(diffusion: GaussianDiffusion):
    x, output = 3 * images(2), torch.cat([images(3), images(4)], dim=1)
    clipped, free = diffusion.predict(x, 12, output), diffusion.predict(x, 12, output, clip=False)
    assert free.x0.abs().max() > 1
    assert torch.equal(clipped.x0, free.x0.clamp(-1, 1))
    torch.testing.assert_close(clipped.mean, diffusion.posterior_mean(free.x0.clamp(-1, 1), x, 12))
    torch.testing.assert_close(free.mean, diffusion.posterior_mean(free.x0, x, 12))


@pytest.mark.parametrize("num_steps", [300, 1000, 3000, 4000])
def test_rescaled_timesteps_are_products_in_float32(num_steps: int):
    diffusion = GaussianDiffusion(Schedule.make("linear", num_steps), rescale_timesteps=True)
    factor = np.float32(1000 / num_steps)
    assert np.array_equal(diffusion.timesteps.numpy(), np.arange(num_steps, dtype=np.float32) * factor)


@pytest.mark.parametrize(("rescale", "expected"), [(False, 3999.0), (True, 999.75)])
def test_the_network_is_told_the_original_timesteps(rescale: bool, expected: float):
    diffusion = GaussianDiffusion(Schedule.make("linear", 4000, "25"), rescale_timesteps=rescale)
    labels = torch.tensor([3, 1])
    calls = []

    def network(x, timesteps, labels):
        calls.append((timesteps.tolist(), labels))
        return torch.cat([x, x], dim=1)

    denoiser = NetworkDenoiser(network, diffusion, labels)
    denoiser(torch.zeros(2, 3, 4, 4), 24)
    denoiser(torch.zeros(2, 3, 4, 4), 0)
    assert calls == [([expected] * 2, labels), ([0.0] * 2, labels)]
    assert denoiser.evaluations == 2


def test_the_first_channels_are_the_noise_and_the_last_the_variance(diffusion: GaussianDiffusion):
    x0, noise, interpolation = images(0).clamp(-1, 1), images(1), images(2)
    x = diffusion.q_sample(x0, 12, noise)
    prediction = NetworkDenoiser(lambda *_: torch.cat([noise, interpolation], dim=1), diffusion)(x, 12)
    torch.testing.assert_close(prediction.x0, x0)
    torch.testing.assert_close(prediction.log_variance, diffusion.learned_log_variance(interpolation, 12))


@pytest.mark.parametrize("step", STEPS)
def test_fixed_variances_are_the_posteriors_and_beta(step: int):
    """2006.11239, section 3.2; guided-diffusion puts the posterior's of step 1 in place of both at step 0."""
    x = images(1)
    for name, expected in (("fixed-small", SCHEDULE.posterior_variance), ("fixed-large", SCHEDULE.betas)):
        diffusion = GaussianDiffusion(SCHEDULE, dtype=torch.float64, variance=name)
        prediction = diffusion.predict(x, step, images(2))
        borrowed = SCHEDULE.posterior_variance[1] if step == 0 else expected[step]
        assert prediction.log_variance.shape == prediction.variance.shape == x.shape
        np.testing.assert_allclose(prediction.log_variance.exp().numpy(), borrowed)
        own = 0.0 if (name, step) == ("fixed-small", 0) else borrowed
        np.testing.assert_allclose(prediction.variance.numpy(), own)


def test_a_network_may_predict_the_image_itself():
    x, x0 = images(1), images(2)
    diffusion = GaussianDiffusion(SCHEDULE, dtype=torch.float64, variance="fixed-large", predicts="image")
    assert torch.equal(diffusion.predict(x, 12, x0, clip=False).x0, x0)
    assert torch.equal(diffusion.predict(x, 12, x0).x0, x0.clamp(-1, 1))
    torch.testing.assert_close(diffusion.predict(x, 12, x0, clip=False).mean, diffusion.posterior_mean(x0, x, 12))


@pytest.mark.parametrize(("variance", "channels"), [("learned-range", 3), ("fixed-large", 6)])
def test_an_output_of_another_number_of_channels_is_refused(variance: str, channels: int):
    diffusion = GaussianDiffusion(SCHEDULE, variance=variance)
    with pytest.raises(ValueError, match=f"gives {channels} channels; a {variance} variance takes {9 - channels}"):
        diffusion.predict(torch.zeros(1, 3, 4, 4), 5, torch.zeros(1, channels, 4, 4))


def test_a_denoiser_clips_only_if_it_is_to(diffusion: GaussianDiffusion):
    x, output = 3 * images(2), torch.cat([images(3), images(4)], dim=1)
    free = NetworkDenoiser(lambda *_: output, diffusion, clip=False)(x, 12)
    torch.testing.assert_close(free.x0, diffusion.predict(x, 12, output, clip=False).x0)
