from __future__ import annotations

import numpy as np
import pytest

from beatgans.generators.diffusion.schedule import (
    Schedule,
    cosine_betas,
    linear_betas,
    space_timesteps,
    stride_counts,
)
from beatgans.reference_batches import InputError

# The N for which guided-diffusion's "ddimN" works on 1,000 steps.
STRIDES_OF_1000 = [
    *range(2, 37), 38, 39, 40, 42, 44, 46, 48, 50, 53, 56, 59, 63, 67, 72, 77, 84, 91, 100, 112, 125, 143, 167, 200,
    250, 334, 500, 1000,
]  # fmt: skip


@pytest.mark.parametrize("num_steps", [100, 1000, 4000])
def test_linear_betas_keep_their_ends_over_any_number_of_steps(num_steps: int):
    betas = linear_betas(num_steps) * num_steps / 1000
    assert betas.shape == (num_steps,)
    assert betas.dtype == np.float64
    np.testing.assert_allclose([betas[0], betas[-1]], [1e-4, 0.02])
    np.testing.assert_allclose(np.diff(betas), np.diff(betas)[0])


def test_cosine_betas_give_the_papers_alpha_bar_up_to_the_limit():
    betas = cosine_betas(1000)
    time = np.arange(1, 1001) / 1000
    expected = np.cos((time + 0.008) / 1.008 * np.pi / 2) ** 2 / np.cos(0.008 / 1.008 * np.pi / 2) ** 2
    np.testing.assert_allclose(np.cumprod(1 - betas)[:-1], expected[:-1], rtol=1e-9)
    assert betas[-1] == 0.999


@pytest.mark.parametrize(
    ("respacing", "count", "first", "last"),
    [
        ("250", 250, [0, 4, 8, 12], 999),
        ("25", 25, [0, 42, 83], 999),
        ("10,15,20", 45, [0, 37, 74], 999),
        ("90,60,60,20,20", 250, [0, 2, 4, 7], 999),
        ("ddim25", 25, [0, 40, 80], 960),
        ("ddim250", 250, [0, 4, 8], 996),
        ("1000", 1000, [0, 1, 2], 999),
        ("", 1000, [0, 1, 2], 999),
    ],
)
def test_timesteps_are_those_of_guided_diffusion(respacing: str, count: int, first: list[int], last: int):
    timesteps = space_timesteps(1000, respacing)
    assert len(timesteps) == count
    assert list(timesteps[: len(first)]) == first
    assert timesteps[-1] == last
    assert list(timesteps) == sorted(set(timesteps))


def test_sections_are_equal_but_the_first_take_what_is_left_over():
    assert space_timesteps(10, "2,2,2") == (0, 3, 4, 6, 7, 9)
    assert space_timesteps(300, "10,15,20")[10] == 100
    assert space_timesteps(300, "10,15,20")[25] == 200


def test_halves_are_rounded_to_even():
    assert space_timesteps(6, "3") == (0, 2, 5)  # 2.5 becomes 2
    assert space_timesteps(8, "3") == (0, 4, 7)  # 3.5 becomes 4


def test_strides_exist_for_just_the_known_counts():
    assert stride_counts(1000) == STRIDES_OF_1000
    for count in STRIDES_OF_1000:
        assert len(space_timesteps(1000, f"ddim{count}")) == count


@pytest.mark.parametrize(
    ("respacing", "nearest"),
    [("ddim37", "ddim36 and ddim38"), ("ddim64", "ddim63 and ddim67"), ("ddim1", "ddim2"), ("ddim2000", "ddim1000")],
)
def test_a_stride_that_does_not_exist_is_refused_with_the_nearest_that_do(respacing: str, nearest: str):
    with pytest.raises(InputError, match=f"'{respacing}' .* 1000 timesteps; the nearest that work: {nearest}$"):
        space_timesteps(1000, respacing)


@pytest.mark.parametrize(
    "respacing",
    [
        "fast",
        "ddim",
        "ddim2.5",
        "10,,20",
        "0",
        "-5",
        "10,0",
        "2.5",
        " 5",
        "+5",
        "５",
        "05",
        "ddim05",
        "1_0",
        "10, 5",
        "10,",
        "ddim２５",
    ],
)
def test_a_text_that_is_no_respacing_is_refused(respacing: str):
    with pytest.raises(InputError, match="is not understood"):
        space_timesteps(1000, respacing)


def test_a_number_of_thousands_of_digits_is_refused_in_a_short_sentence():
    with pytest.raises(InputError, match="is not understood") as caught:
        space_timesteps(1000, "ddim" + "9" * 5_000)
    assert len(str(caught.value)) < 200


def test_more_steps_than_a_section_has_are_refused():
    with pytest.raises(InputError, match="asks for 501 steps of a section of 500; ask for 500 or fewer"):
        space_timesteps(1000, "10,501")


@pytest.mark.parametrize("kind", ["linear", "cosine"])
@pytest.mark.parametrize("respacing", ["", "25", "ddim25", "10,15,20"])
def test_respacing_keeps_the_noise_level_of_every_kept_step(kind: str, respacing: str):
    full, thinned = Schedule.make(kind, 1000), Schedule.make(kind, 1000, respacing)
    np.testing.assert_allclose(thinned.alphas_cumprod, full.alphas_cumprod[thinned.timesteps], rtol=1e-9)
    assert thinned.timesteps.tolist() == list(space_timesteps(1000, respacing))
    assert thinned.num_original_steps == 1000
    assert len(thinned) == len(thinned.timesteps)


def test_the_posterior_is_that_of_bayes():
    """It is proportional to N(x_t; sqrt(1-beta) x_{t-1}, beta) N(x_{t-1}; sqrt(abar_prev) x_0, 1-abar_prev)."""
    schedule = Schedule.make("cosine", 1000, "25")
    betas, previous = schedule.betas[1:], schedule.alphas_cumprod_prev[1:]  # at step 0 the second factor is a point
    precision = (1 - betas) / betas + 1 / (1 - previous)
    np.testing.assert_allclose(schedule.posterior_variance[1:], 1 / precision, rtol=1e-10)
    np.testing.assert_allclose(schedule.posterior_mean_xt[1:], np.sqrt(1 - betas) / betas / precision, rtol=1e-10)
    np.testing.assert_allclose(
        schedule.posterior_mean_x0[1:], np.sqrt(previous) / (1 - previous) / precision, rtol=1e-10
    )


def test_step_0_ends_at_the_predicted_image_and_borrows_its_log_variance():
    schedule = Schedule.make("linear", 1000, "50")
    assert schedule.posterior_variance[0] == 0
    assert schedule.posterior_mean_xt[0] == 0
    assert schedule.posterior_mean_x0[0] == pytest.approx(1, abs=1e-12)
    assert schedule.posterior_log_variance[0] == np.log(schedule.posterior_variance[1])


def test_an_unknown_schedule_is_refused():
    with pytest.raises(InputError, match="no noise schedule named 'sigmoid'; known are linear, cosine"):
        Schedule.make("sigmoid", 1000)


@pytest.mark.parametrize(("kind", "num_steps"), [("linear", 20), ("linear", 10), ("cosine", 1)])
def test_too_few_steps_for_the_schedule_are_refused(kind: str, num_steps: int):
    with pytest.raises(InputError, match=f"{kind} schedule of {num_steps} steps"):
        Schedule.make(kind, num_steps)


def test_a_single_step_is_refused():
    with pytest.raises(InputError, match="'1' leaves one step"):
        Schedule.make("cosine", 1000, "1")
