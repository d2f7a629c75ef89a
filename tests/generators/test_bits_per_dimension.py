"""The bound of batches of the digits' own model, held to the original's formulas written out in NumPy's float64."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from beatgans.generators import load_generator
from beatgans.generators.diffusion.bits_per_dimension import bound_of_batch, mean_bound
from beatgans.generators.diffusion.bound import BoundTerms
from beatgans.generators.noise import Stream, standard_normal
from beatgans.reference_batches import InputError, digits_reference

STEPS = "2,3"
NUM_STEPS = 5
SEED = 7
INDICES = np.array([4, 90, 1200])


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def generator():
    return load_generator("digits-diffusion")


def bound(generator, chosen, on_step=lambda _: None) -> BoundTerms:
    images, labels = digits_reference()
    schedule = generator.entry.schedule.respaced(STEPS)
    return bound_of_batch(generator, schedule, images[chosen], labels[chosen], SEED, chosen, on_step)


def original_bound(generator, index):
    """total, prior, vb, mse and xstart_mse of one image as ``calc_bpd_loop`` has them (guided-diffusion)."""
    images, labels = digits_reference()
    assert generator.entry.schedule.kind == "cosine"
    alpha_bar = np.array([math.cos((t / 1000 + 0.008) / 1.008 * math.pi / 2) ** 2 for t in range(1001)])
    kept_bar = np.cumprod(1 - np.minimum(1 - alpha_bar[1:] / alpha_bar[:-1], 0.999))
    timesteps = [0, 499, 500, 750, 999]  # what --timestep_respacing 2,3 keeps of 1,000, rounding half to even
    kept_bar = kept_bar[timesteps]
    before = np.append(1.0, kept_bar[:-1])
    betas = 1 - kept_bar / before
    posterior = betas * (1 - before) / (1 - kept_bar)
    log_posterior = np.log(np.append(posterior[1], posterior[1:]))
    x0 = images[index].transpose(2, 0, 1) / 127.5 - 1
    vb, mse, xstart_mse = np.zeros(NUM_STEPS), np.zeros(NUM_STEPS), np.zeros(NUM_STEPS)
    for t in range(NUM_STEPS):
        noise = standard_normal(SEED, np.array([index]), Stream.BOUND, t, (3, 8, 8))[0].astype(np.float64)
        x = math.sqrt(kept_bar[t]) * x0 + math.sqrt(1 - kept_bar[t]) * noise
        with torch.inference_mode():
            tensors = torch.from_numpy(x[None]).float(), torch.tensor([float(timesteps[t])])
            output = generator.network(*tensors, torch.tensor([labels[index]]))[0].double().numpy()
        fraction = (output[3:] + 1) / 2
        log_variance = fraction * np.log(betas[t]) + (1 - fraction) * log_posterior[t]
        xstart = np.clip((x - math.sqrt(1 - kept_bar[t]) * output[:3]) / math.sqrt(kept_bar[t]), -1, 1)

        def mean_of(start, t=t, x=x):
            from_start = betas[t] * math.sqrt(before[t]) / (1 - kept_bar[t])
            from_x = (1 - before[t]) * math.sqrt(1 - betas[t]) / (1 - kept_bar[t])
            return from_start * start + from_x * x

        if t:
            difference = (mean_of(x0) - mean_of(xstart)) ** 2
            ratio = log_variance - log_posterior[t]
            nats = 0.5 * (-1 + ratio + np.exp(-ratio) + difference * np.exp(-log_variance))
        else:
            nats = -log_likelihood(x0, mean_of(xstart), np.exp(0.5 * log_variance))
        vb[t] = nats.mean() / math.log(2)
        epsilon = (x - math.sqrt(kept_bar[t]) * xstart) / math.sqrt(1 - kept_bar[t])
        mse[t], xstart_mse[t] = ((epsilon - noise) ** 2).mean(), ((xstart - x0) ** 2).mean()
    end = kept_bar[-1]
    prior = 0.5 * (-1 - math.log(1 - end) + (1 - end) + end * (x0**2).mean()) / math.log(2)
    return prior + vb.sum(), prior, vb, mse, xstart_mse


def log_likelihood(x, mean, deviation):
    def cdf(value):
        return 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (value + 0.044715 * value**3)))

    upper, lower = cdf((x - mean + 1 / 255) / deviation), cdf((x - mean - 1 / 255) / deviation)
    probability = np.where(x < -0.999, upper, np.where(x > 0.999, 1 - lower, upper - lower))
    return np.log(np.maximum(probability, 1e-12))


def test_every_number_is_that_of_the_originals_loop(generator):
    found = bound(generator, INDICES)
    for row, index in enumerate(INDICES):
        total, prior, vb, mse, xstart_mse = original_bound(generator, index)
        assert found.total[row].item() == pytest.approx(total, rel=1e-4)
        assert found.prior[row].item() == pytest.approx(prior, abs=1e-6)
        np.testing.assert_allclose(found.terms[row], vb, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(found.noise_error[row], mse, rtol=1e-4, atol=1e-6)
        # The last timestep's image is the network's rounding times ten thousands.
        np.testing.assert_allclose(found.image_error[row], xstart_mse, rtol=1e-3, atol=1e-6)


def test_an_image_costs_the_same_in_any_batch(generator):
    together = bound(generator, INDICES)
    for row, index in enumerate(INDICES):
        alone = bound(generator, np.array([index]))
        torch.testing.assert_close(alone.terms[0], together.terms[row], rtol=1e-4, atol=1e-5)


def test_progress_is_told_of_every_evaluation(generator):
    told = []
    bound(generator, INDICES, told.append)
    assert told == [len(INDICES)] * NUM_STEPS


def test_a_label_that_the_model_does_not_know_is_refused(generator):
    images = digits_reference().images[:1]
    schedule = generator.entry.schedule.respaced("2")
    with pytest.raises(InputError, match="label 10 is out of range"):
        bound_of_batch(generator, schedule, images, np.array([10]), 0, np.array([0]), lambda _: None)


def test_means_are_over_all_images_of_all_batches():
    random = np.random.default_rng(0)
    terms, prior = random.normal(size=(5, 4)), random.normal(size=5)

    def batch(rows: slice) -> BoundTerms:
        part = torch.from_numpy(terms[rows])
        return BoundTerms(part[:, 0], torch.from_numpy(prior[rows]), part, 2 * part, 3 * part)

    mean = mean_bound([batch(slice(0, 3)), batch(slice(3, 5))])

    total = prior + terms.sum(axis=1)
    assert mean.num_images == 5
    assert mean.total_bpd == pytest.approx(total.mean())
    assert mean.total_standard_error == pytest.approx(total.std(ddof=1) / math.sqrt(5))
    assert mean.prior_standard_error == pytest.approx(prior.std(ddof=1) / math.sqrt(5))
    assert mean.total_bpd == pytest.approx(mean.prior_bpd + mean.vb.sum(), rel=1e-12)
    np.testing.assert_allclose(mean.xstart_mse, 2 * terms.mean(axis=0))
    np.testing.assert_allclose(mean.mse, 3 * terms.mean(axis=0))
    assert mean_bound([batch(slice(0, 1))]).total_standard_error is None
