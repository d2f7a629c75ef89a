from __future__ import annotations

import re

import numpy as np
import pytest

from beatgans.generators import respacing_of, spacing_of
from beatgans.generators.diffusion.schedule import Schedule, space_timesteps
from beatgans.generators.diffusion.spacing import LOWEST_LOG_SNR, noise_levels, space_by_noise
from beatgans.reference_batches import InputError

WHOLE = {kind: Schedule.make(kind, 1000).alphas_cumprod for kind in ("linear", "cosine")}


@pytest.mark.parametrize("spread", ["uniform", "logsnr", "karras"])
@pytest.mark.parametrize("kind", ["linear", "cosine"])
@pytest.mark.parametrize("count", [2, 5, 18])
def test_steps_go_from_the_data_to_the_last_that_is_no_pure_noise(spread: str, kind: str, count: int):
    timesteps = space_by_noise(WHOLE[kind], f"{spread}{count}")
    log_snr = 0.5 * np.log(WHOLE[kind] / (1 - WHOLE[kind]))
    assert len(timesteps) == count
    assert list(timesteps) == sorted(set(timesteps))
    assert timesteps[0] == 0
    assert log_snr[timesteps[-1]] >= LOWEST_LOG_SNR
    assert timesteps[-1] == 999 or log_snr[timesteps[-1] + 1] < LOWEST_LOG_SNR


def test_a_linear_schedule_is_used_to_its_end_and_a_cosine_one_is_not():
    assert space_by_noise(WHOLE["linear"], "uniform10") == tuple(Schedule.make("linear", 1000, "10").timesteps)
    assert 980 < space_by_noise(WHOLE["cosine"], "uniform10")[-1] < 999


def test_uniform_steps_are_those_of_the_number_itself_on_a_linear_schedule():
    for count in range(2, 1001):
        assert space_by_noise(WHOLE["linear"], f"uniform{count}") == space_timesteps(1000, str(count))


def test_karras_steps_are_nearest_to_the_scale_of_edm():
    """2206.00364, equation 5, with rho 7."""
    levels = noise_levels(WHOLE["linear"])
    timesteps = np.array(space_by_noise(WHOLE["linear"], "karras10"))
    wanted = np.linspace(levels[0] ** (1 / 7), levels[999] ** (1 / 7), 10) ** 7
    found = levels[timesteps]
    for k in range(1, 9):
        neighbours = levels[[timesteps[k] - 1, timesteps[k] + 1]]
        assert np.abs(np.log(found[k] / wanted[k])) <= np.abs(np.log(neighbours / wanted[k])).min()


def test_logsnr_steps_are_even_in_the_logarithm_as_far_as_timesteps_allow():
    levels = noise_levels(WHOLE["linear"])
    steps = np.diff(np.log(levels[list(space_by_noise(WHOLE["linear"], "logsnr6"))]))
    assert steps == pytest.approx(steps.mean(), rel=0.15)


@pytest.mark.parametrize(
    ("respacing", "nearest"), [("uniform2000", "uniform1000"), ("karras500", "karras"), ("logsnr400", "logsnr")]
)
def test_too_many_steps_are_refused_with_the_nearest_number_that_works(respacing: str, nearest: str):
    with pytest.raises(
        InputError, match=f"would visit a timestep twice; the nearest that works is {nearest}"
    ) as caught:
        Schedule.make("linear", 1000, respacing)
    suggested = str(caught.value).split()[-1]
    assert len(Schedule.make("linear", 1000, suggested)) == int(re.sub("[a-z]", "", suggested))


@pytest.mark.parametrize("respacing", ["karras0", "karras", "karras05", "Karras5", "uniform5,5", "uniform-5"])
def test_other_texts_are_no_spacing(respacing: str):
    with pytest.raises(InputError, match="is not understood"):
        Schedule.make("linear", 1000, respacing)


@pytest.mark.parametrize(
    ("sampler", "respacing"),
    [("ddpm", "25"), ("ddim", "ddim25"), ("unipc", "uniform25"), ("dpm-solver++2m", "uniform25"), ("heun", "karras25")],
)
def test_a_number_of_steps_stands_for_the_samplers_own_spacing(sampler: str, respacing: str):
    assert respacing_of(sampler, 25) == respacing
    assert respacing.startswith(spacing_of(sampler))
