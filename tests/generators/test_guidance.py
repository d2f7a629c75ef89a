from __future__ import annotations

import numpy as np
import pytest
import torch

from beatgans.generators.diffusion.guidance import (
    ClassifierFreeDenoiser,
    ClassifierGradient,
    LimitedGuidance,
    MeanGuidance,
    ScoreGuidance,
)
from beatgans.generators.diffusion.process import GaussianDiffusion, NetworkDenoiser
from beatgans.generators.diffusion.schedule import Schedule
from beatgans.generators.samplers.ancestral import ancestral
from beatgans.generators.samplers.ddim import ddim

SCHEDULE = Schedule.make("linear", 1000, "10")
SHAPE = (2, 3, 4, 4)


def random_images(seed: int, count: int) -> torch.Tensor:
    return torch.randn(count, *SHAPE, dtype=torch.float64, generator=torch.Generator().manual_seed(seed))


def network(x: torch.Tensor, timesteps: torch.Tensor, labels: torch.Tensor | None) -> torch.Tensor:
    """Nothing like a denoiser, so that much is clipped."""
    return torch.cat([torch.sin(2 * x) - timesteps[0] / 500, torch.cos(5 * x)], dim=1)


def gradient(x: torch.Tensor, step: int) -> torch.Tensor:
    return 0.3 * torch.cos(x + step)


@pytest.fixture
def denoiser() -> NetworkDenoiser:
    return NetworkDenoiser(network, GaussianDiffusion(SCHEDULE, dtype=torch.float64))


class LinearClassifier(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight = torch.nn.Parameter(random_images(3, 5)[:, 0].flatten(1).clone(), requires_grad=False)
        self.seen: list[list[float]] = []

    def forward(self, x: torch.Tensor, timesteps: torch.Tensor) -> torch.Tensor:
        self.seen.append(timesteps.tolist())
        return x.flatten(1) @ self.weight.T


@pytest.mark.parametrize("mode", [torch.inference_mode, torch.no_grad, torch.enable_grad])
def test_the_gradient_is_that_of_the_labels_log_probability(mode):
    """For logits W x it is W_label minus the mean of the rows of W under the predicted probabilities."""
    classifier, labels, x = LinearClassifier(), torch.tensor([4, 1]), random_images(0, 1)[0]
    guide = ClassifierGradient(classifier, GaussianDiffusion(SCHEDULE, dtype=torch.float64), labels, scale=2.5)
    with mode():
        result = guide(x + 0, 7)
    weight = classifier.weight.numpy()
    logits = x.flatten(1).numpy() @ weight.T
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    expected = 2.5 * (weight[labels.numpy()] - probabilities @ weight)
    np.testing.assert_allclose(result.flatten(1).numpy(), expected, rtol=1e-9)
    assert classifier.seen == [[float(SCHEDULE.timesteps[7])] * 2]
    assert classifier.weight.grad is None
    assert guide.evaluations == 1


def gather_as_guided_diffusion(x: np.ndarray, step: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Clipped x_0, mean and variance of the above network, in NumPy and in the formulas of the papers alone."""
    timesteps = SCHEDULE.timesteps
    alpha_bars = np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))
    abar = alpha_bars[timesteps[step]]
    abar_prev = alpha_bars[timesteps[step - 1]] if step else 1.0
    beta = 1 - abar / abar_prev
    tilde = beta * (1 - abar_prev) / (1 - abar)
    if step == 0:  # its logarithm is taken from step 1
        abar_1 = alpha_bars[timesteps[1]]
        tilde = (1 - abar_1 / abar) * (1 - abar) / (1 - abar_1)
    x0 = np.clip((x - np.sqrt(1 - abar) * (np.sin(2 * x) - timesteps[step] / 500)) / np.sqrt(abar), -1, 1)
    mean = (np.sqrt(abar_prev) * beta * x0 + np.sqrt(1 - beta) * (1 - abar_prev) * x) / (1 - abar)
    fraction = (np.cos(5 * x) + 1) / 2
    return x0, mean, np.exp(fraction * np.log(beta) + (1 - fraction) * np.log(tilde))


@pytest.mark.parametrize("step", [0, 1, 5, 9])
def test_guided_ancestral_sampling_shifts_the_mean_by_variance_times_gradient(denoiser: NetworkDenoiser, step: int):
    x = random_images(1, 1)[0]
    prediction = MeanGuidance(denoiser, gradient)(x, step)
    x0, mean, variance = gather_as_guided_diffusion(x.numpy(), step)
    shift = 0.3 * np.cos(x.numpy() + step)
    np.testing.assert_allclose(prediction.mean.numpy(), mean + variance * shift, atol=1e-12)
    np.testing.assert_allclose(prediction.x0.numpy(), x0, atol=1e-12)
    np.testing.assert_allclose(prediction.log_variance.exp().numpy(), variance, rtol=1e-10)


def test_guided_ddim_follows_the_original_derivation_step_by_step(denoiser: NetworkDenoiser):
    x = random_images(2, 1)[0]
    expected = x.numpy()
    clipped, beyond = 0.0, 0.0
    alpha_bars = np.cumprod(1 - np.linspace(1e-4, 0.02, 1000))
    for step in reversed(range(10)):
        abar = alpha_bars[SCHEDULE.timesteps[step]]
        abar_prev = alpha_bars[SCHEDULE.timesteps[step - 1]] if step else 1.0
        x0, _, _ = gather_as_guided_diffusion(expected, step)
        clipped += (np.abs(x0) == 1).mean() / 10
        epsilon = (expected - np.sqrt(abar) * x0) / np.sqrt(1 - abar)
        epsilon = epsilon - np.sqrt(1 - abar) * 0.3 * np.cos(expected + step)
        x0 = (expected - np.sqrt(1 - abar) * epsilon) / np.sqrt(abar)
        beyond += (np.abs(x0) > 1).mean() / 10
        expected = np.sqrt(abar_prev) * x0 + np.sqrt(1 - abar_prev) * epsilon
    images = ddim(ScoreGuidance(denoiser, gradient), x, lambda step: torch.zeros(SHAPE))
    assert clipped > 0.2  # else the order of clipping and shifting would not matter
    assert beyond > 0.1
    np.testing.assert_allclose(images.numpy(), expected, atol=1e-10)


def test_score_guidance_carries_the_shift_into_the_mean(denoiser: NetworkDenoiser):
    x = random_images(4, 1)[0]
    plain, guided = denoiser(x, 5), ScoreGuidance(denoiser, gradient)(x, 5)
    abar, abar_prev = SCHEDULE.alphas_cumprod[5], SCHEDULE.alphas_cumprod_prev[5]
    x0_shift = (1 - abar) / np.sqrt(abar) * gradient(x, 5)
    torch.testing.assert_close(guided.x0, plain.x0 + x0_shift)
    torch.testing.assert_close(guided.mean, plain.mean + np.sqrt(abar_prev) * SCHEDULE.betas[5] / (1 - abar) * x0_shift)


def test_a_constant_gradient_moves_the_ancestral_mean_by_the_sum_of_its_shifts(gaussian_world):
    """Each step adds variance * gradient, which the later steps shrink by their gain; computed with scalars alone."""
    world = gaussian_world("cosine", 1000, "50")
    schedule = world.schedule
    gains = schedule.posterior_mean_x0 * world.x0_gain + schedule.posterior_mean_xt
    variances = world.reverse_variance.copy()
    expected = 0.0
    for step in reversed(range(50)):
        expected = gains[step] * expected + 0.4 * variances[step]

    def noise(step: int) -> torch.Tensor:
        return torch.full((1, 1, 1, 1), 0.1, dtype=torch.float64)

    start = torch.zeros(1, 1, 1, 1, dtype=torch.float64)
    guided = MeanGuidance(world.denoiser(), lambda x, step: torch.full_like(x, 0.4))
    moved = ancestral(guided, start, noise) - ancestral(world.denoiser(), start, noise)
    assert moved.item() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(("sample", "guidance"), [(ancestral, MeanGuidance), (ddim, ScoreGuidance)])
@pytest.mark.parametrize("scale", [-6.0, 6.0])
def test_guided_samples_come_from_the_tilted_distribution(gaussian_world, sample, guidance, scale: float):
    """With p(y | x_0) proportional to exp(c x_0), p(x_0 | y) of N(m, s^2) is N(m + c s^2, s^2)."""
    world = gaussian_world("cosine", 1000, "500")

    def exact_gradient(x: torch.Tensor, step: int) -> torch.Tensor:
        return torch.full_like(x, scale * world.x0_gain[step])

    guided = guidance(world.denoiser(), exact_gradient)
    mean, variance = world.final_mean_and_variance(lambda x, noise: sample(guided, x, noise))
    assert mean - world.mean == pytest.approx(scale * world.std**2, rel=0.04)
    assert variance == pytest.approx(world.std**2, rel=0.06)


def labelled_network(x: torch.Tensor, timesteps: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    shift = labels.to(x.dtype)[:, None, None, None] / 10
    return torch.cat([torch.sin(2 * x) + shift, torch.cos(5 * x) * (1 - shift)], dim=1)


@pytest.mark.parametrize("scale", [0.0, 0.5, 3.0])
def test_classifier_free_guidance_extrapolates_the_noise_and_keeps_the_labels_variance(scale: float):
    """2207.12598, equation 6, against two evaluations by hand."""
    diffusion = GaussianDiffusion(SCHEDULE, dtype=torch.float64)
    labels, null_labels = torch.tensor([4, 1]), torch.tensor([9, 9])
    x = random_images(5, 1)[0]
    guided = ClassifierFreeDenoiser(labelled_network, diffusion, labels, null_labels, scale)
    given, without = (labelled_network(x, torch.zeros(2), y).chunk(2, dim=1) for y in (labels, null_labels))
    noise = (1 + scale) * given[0] - scale * without[0]
    prediction, expected = guided(x, 5), diffusion.predict(x, 5, torch.cat([noise, given[1]], dim=1))
    for field in ("x0", "mean", "log_variance"):
        torch.testing.assert_close(getattr(prediction, field), getattr(expected, field))
    assert guided.evaluations == 2


def test_limited_guidance_acts_at_the_timesteps_of_its_interval_alone(denoiser: NetworkDenoiser):
    calls = []

    def counted(x: torch.Tensor, step: int) -> torch.Tensor:
        calls.append(int(SCHEDULE.timesteps[step]))
        return gradient(x, step)

    low, high = float(SCHEDULE.timesteps[3]), float(SCHEDULE.timesteps[6])
    limited = LimitedGuidance(denoiser, ScoreGuidance(denoiser, counted), low, high)
    x = random_images(6, 1)[0]
    guided = ScoreGuidance(denoiser, gradient)
    for step in reversed(range(10)):
        expected = guided if 3 <= step <= 6 else denoiser
        assert torch.equal(limited(x, step).x0, expected(x, step).x0)
    assert calls == [int(SCHEDULE.timesteps[step]) for step in (6, 5, 4, 3)]
    assert limited.diffusion is denoiser.diffusion


def test_the_shifted_image_can_be_kept_within_bounds(denoiser: NetworkDenoiser):
    x = random_images(7, 1)[0]
    free, bounded = (ScoreGuidance(denoiser, gradient, clip)(x, 9) for clip in (False, True))
    assert free.x0.abs().max() > 1
    assert torch.equal(bounded.x0, free.x0.clamp(-1, 1))


def test_the_small_fixed_variance_guides_no_mean_at_step_0():
    """Its variance is 0 there, though its logarithm is borrowed from step 1."""
    diffusion = GaussianDiffusion(SCHEDULE, dtype=torch.float64, variance="fixed-small")
    plain = NetworkDenoiser(lambda x, timesteps, labels: torch.sin(x), diffusion)
    x = random_images(8, 1)[0]
    guided = MeanGuidance(plain, gradient)
    assert torch.equal(guided(x, 0).mean, plain(x, 0).mean)
    shift = guided(x, 5).mean - plain(x, 5).mean
    torch.testing.assert_close(shift, SCHEDULE.posterior_variance[5] * gradient(x, 5))
