"""From settings to a sampler: which function, over which schedule, with which options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from torch import Tensor

from ..diffusion.process import Denoiser
from ..diffusion.schedule import Schedule
from ..diffusion.spacing import noise_levels
from ..generator import SamplerSettings
from ..settings import churned_levels
from .ancestral import ancestral
from .churn import raised_timesteps
from .ddim import ddim
from .dpm_solver import dpm_solver_plus_plus
from .heun import heun
from .unipc import unipc

if TYPE_CHECKING:
    from ..catalog import ScheduleEntry

Noise = Callable[[int], Tensor]
"""``step -> standard normal noise``, shaped as the images."""


@dataclass(frozen=True)
class ChosenSampler:
    """A sampler that is ready to run.

    Attributes:
        schedule: that of the denoiser which it takes.
        run: ``(denoiser, x_T, noise) -> images``.
    """

    schedule: Schedule
    run: Callable[[Denoiser, Tensor, Noise], Tensor]


def choose_sampler(entry: ScheduleEntry, settings: SamplerSettings) -> ChosenSampler:
    """The sampler that settings, which the model's entry has accepted, ask for."""
    respaced = entry.respaced(settings.respacing or "")
    if settings.sampler == "heun":
        return _heun(entry.respaced(""), respaced, settings)
    run: dict[str | None, Callable[[Denoiser, Tensor, Noise], Tensor]] = {
        "ddpm": ancestral,
        "ddim": lambda denoiser, x, noise: ddim(denoiser, x, noise, settings.eta),
        "dpm-solver++2m": lambda denoiser, x, _: dpm_solver_plus_plus(denoiser, x, order=2),
        "dpm-solver++3m": lambda denoiser, x, _: dpm_solver_plus_plus(denoiser, x, order=3),
        "unipc": lambda denoiser, x, _: unipc(denoiser, x, order=2),
        "unipc3": lambda denoiser, x, _: unipc(denoiser, x, order=3),
    }
    return ChosenSampler(respaced, run[settings.sampler])


def _heun(whole: Schedule, respaced: Schedule, settings: SamplerSettings) -> ChosenSampler:
    """Heun's method over the model's whole schedule, as churn leads to timesteps between those that it visits."""
    steps = respaced.timesteps.tolist()
    levels = noise_levels(whole.alphas_cumprod)
    raised = raised_timesteps(levels, respaced.timesteps, settings.churn, *churned_levels(settings))
    return ChosenSampler(
        whole, lambda denoiser, x, noise: heun(denoiser, x, noise, steps, raised, settings.churn_noise)
    )
