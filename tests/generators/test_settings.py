"""What can be asked of a diffusion model beyond a sampler and its steps; test_catalog.py has the rest."""

from __future__ import annotations

from dataclasses import replace

import pytest

from beatgans.generators import SamplerSettings, find_model
from beatgans.generators.diffusion.entries import DiffusionEntry
from beatgans.generators.interval import parse_interval
from beatgans.reference_batches import InputError

HEUN = SamplerSettings("heun", "karras10")


@pytest.fixture
def entry() -> DiffusionEntry:
    """The digits model, as if it had been trained with a label for no class too."""
    found = find_model("digits-diffusion")
    assert isinstance(found, DiffusionEntry)
    return found.model_copy(update={"null_label": 9})


@pytest.mark.parametrize(
    ("settings", "steps", "expected"),
    [
        (SamplerSettings("dpm-solver++2m", "uniform10"), 10, (10, 0)),
        (SamplerSettings("unipc3", "10", guidance=1.0), 10, (10, 10)),
        (HEUN, 10, (19, 0)),
        (replace(HEUN, guidance=1.0), 10, (19, 19)),
        (SamplerSettings("ddim", "ddim10", classifier_free=1.0), 10, (20, 0)),
        (SamplerSettings("ddim", "ddim10", classifier_free=1.0, guidance=1.0), 10, (20, 10)),
        # Of 0, 100, ..., 900 these are 200 to 500.
        (SamplerSettings("ddim", "ddim10", guidance=1.0, guidance_interval="150-500"), 10, (10, 4)),
        (SamplerSettings("ddim", "ddim10", classifier_free=1.0, guidance_interval="150-500"), 10, (14, 0)),
        (SamplerSettings("ddim", "ddim10", guidance=1.0, guidance_interval="901-999"), 10, (10, 0)),
    ],
)
def test_evaluations_and_steps_follow_from_the_settings(
    entry: DiffusionEntry, settings: SamplerSettings, steps: int, expected: tuple[int, int]
):
    assert entry.steps(settings) == steps
    assert entry.evaluations(settings) == expected


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (replace(HEUN, churn=-1.0), "churn -1.0 is out of range"),
        (replace(HEUN, churn=float("inf")), "churn inf is out of range"),
        (replace(HEUN, churn=1.0, churn_noise=0.0), "churn_noise 0.0 is out of range"),
        (replace(HEUN, churn_interval="1-2"), "churn_interval and churn_noise do nothing where churn is 0"),
        (replace(HEUN, eta=0.5), "eta is an option of the sampler ddim, not of heun"),
        (replace(HEUN, classifier_free=float("nan")), "classifier_free nan is out of range"),
        (replace(HEUN, guidance_interval="1-2"), "guidance_interval does nothing without guidance"),
        (replace(HEUN, guidance=1.0, guidance_interval="800-1000"), "goes beyond the timesteps of digits-diffusion"),
        (SamplerSettings("unipc", "25", churn=1.0), "churn is an option of the sampler heun, not of unipc"),
        (SamplerSettings("unipk", "25"), "sampler 'unipk' is unknown to digits-diffusion; did you mean unipc"),
    ],
)
def test_what_does_not_go_together_is_refused(entry: DiffusionEntry, settings: SamplerSettings, message: str):
    with pytest.raises(InputError, match=message):
        entry.check(settings)


def test_classifier_free_guidance_takes_a_label_for_no_class():
    with pytest.raises(InputError, match="digits-diffusion was trained without a label for no class"):
        find_model("digits-diffusion").check(replace(HEUN, classifier_free=1.0))


@pytest.mark.parametrize("sampler", ["dpm-solver++3m", "unipc3"])
def test_third_order_at_steep_guidance_is_warned_of(entry: DiffusionEntry, sampler: str):
    steep, mild = (SamplerSettings(sampler, "uniform10", guidance=scale) for scale in (4.0, 3.9))
    assert entry.warnings(mild) == []
    (warning,) = entry.warnings(steep)
    assert warning.startswith(f"Guidance of scale 4 makes the solution too steep for {sampler}")


def test_guided_ddim_from_the_end_is_not_warned_of_where_it_is_not_guided_there(entry: DiffusionEntry):
    settings = SamplerSettings("ddim", "25", guidance=1.0)
    assert len(entry.warnings(settings)) == 1
    assert entry.warnings(replace(settings, guidance_interval="0-900")) == []


@pytest.mark.parametrize(("text", "ends"), [("200-800", (200, 800)), ("0.05-50", (0.05, 50)), ("3-3", (3, 3))])
def test_intervals_are_read_as_people_write_them(text: str, ends: tuple[float, float]):
    assert parse_interval("field", text) == ends


@pytest.mark.parametrize("text", ["", "5", "1-2-3", "a-b", "-1-2", "1 - 2", "1e3-2", "９-10", "1" * 400])
def test_what_is_no_interval_is_refused_in_a_short_sentence(text: str):
    with pytest.raises(InputError, match=r"^field .* is not understood; write two numbers such as 200-800$") as caught:
        parse_interval("field", text)
    assert len(str(caught.value)) < 200
