"""What each family of models can be asked for, what it costs, and what it will probably not give. Needs no torch."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from ..reference_batches import InputError, hint
from .diffusion.spacing import noise_levels
from .generator import SamplerSettings
from .interval import parse_interval
from .samplers import SAMPLERS
from .samplers.churn import evaluated_timesteps, raised_timesteps

if TYPE_CHECKING:
    from .diffusion.entries import DenoisingEntry
    from .gan.entry import GanEntry

LARGEST_SHIFT = 1_000.0
"""Of the predicted image, in units of the scaled gradient. ADM's own strides stay under 220, on either schedule."""
STEEP_GUIDANCE = 4.0
"""The scale from which on third-order solvers are known to diverge on ADM's guided models (2211.01095, section 5)."""
DEFAULTS = SamplerSettings(sampler=None, respacing=None)
OPTION_OF = {"eta": "ddim", "churn": "heun", "churn_interval": "heun", "churn_noise": "heun"}
"""Settings that one sampler alone has."""


def check_diffusion_settings(entry: DenoisingEntry, settings: SamplerSettings) -> None:
    """Refuses settings that a diffusion model cannot be sampled with.

    Raises:
        InputError: a setting is missing, out of range, meant for a GAN or another sampler, or unknown.
    """
    name = entry.name
    if settings.sampler is None:
        raise InputError(f"{name} needs a sampler; choose one of {', '.join(SAMPLERS)}")
    if settings.sampler not in SAMPLERS:
        raise InputError(f"sampler {settings.sampler!r} is unknown to {name}; {hint(settings.sampler, SAMPLERS)}")
    if settings.respacing is None:
        raise InputError(f"{name} needs a respacing, the steps to sample in, such as '25' or 'ddim25'")
    if settings.truncation is not None:
        raise InputError(f"truncation is for GANs, and {name} is a diffusion model; leave truncation out")
    if settings.upsampler is not None:
        raise InputError(f"upsampler is for stacks of two models, and {name} is one; leave upsampler out")
    _check_sampler_options(settings)
    _check_guidance(entry, settings)
    entry.schedule.respaced(settings.respacing)


def _check_sampler_options(settings: SamplerSettings) -> None:
    for field, sampler in OPTION_OF.items():
        if getattr(settings, field) != getattr(DEFAULTS, field) and settings.sampler != sampler:
            raise InputError(
                f"{field} is an option of the sampler {sampler}, not of {settings.sampler}; leave {field} out"
            )
    if not 0 <= settings.eta <= 1:
        raise InputError(f"eta {settings.eta} is out of range; choose 0 to 1")
    if not 0 <= settings.churn < math.inf:
        raise InputError(f"churn {settings.churn} is out of range; choose 0 or more")
    if not 0 < settings.churn_noise < math.inf:
        raise InputError(f"churn_noise {settings.churn_noise} is out of range; choose over 0, about 1")
    if settings.churn == 0 and (settings.churn_interval is not None or settings.churn_noise != 1):
        raise InputError("churn_interval and churn_noise do nothing where churn is 0; leave them out or give churn")
    if settings.churn_interval is not None:
        parse_interval("churn_interval", settings.churn_interval)


def _check_guidance(entry: DenoisingEntry, settings: SamplerSettings) -> None:
    for field in ("guidance", "classifier_free"):
        if not 0 <= getattr(settings, field) < math.inf:
            raise InputError(f"{field} {getattr(settings, field)} is out of range; choose 0 or more")
    if settings.guidance > 0 and entry.classifier is None:
        raise InputError(f"{entry.name} has no classifier to guide it; set guidance to 0")
    if settings.classifier_free > 0 and entry.null_label is None:
        raise InputError(
            f"{entry.name} was trained without a label for no class, which classifier-free guidance needs; "
            "set classifier_free to 0"
        )
    if settings.guidance_interval is None:
        return
    if settings.guidance == settings.classifier_free == 0:
        raise InputError("guidance_interval does nothing without guidance; leave it out or give a scale")
    _, last = parse_interval("guidance_interval", settings.guidance_interval)
    if last >= entry.schedule.num_steps:
        raise InputError(
            f"guidance_interval {settings.guidance_interval} goes beyond the timesteps of {entry.name}, "
            f"0 to {entry.schedule.num_steps - 1}"
        )


def diffusion_steps(entry: DenoisingEntry, settings: SamplerSettings) -> int:
    """The number of sampling steps.

    Raises:
        InputError: as :func:`check_diffusion_settings`.
    """
    check_diffusion_settings(entry, settings)
    return len(entry.schedule.respaced(settings.respacing or ""))


def diffusion_evaluations(entry: DenoisingEntry, settings: SamplerSettings) -> tuple[int, int]:
    """The evaluations of the network and of the classifier that one image takes.

    Raises:
        InputError: as :func:`check_diffusion_settings`.
    """
    check_diffusion_settings(entry, settings)
    evaluated = _evaluated(entry, settings)
    low, high = guided_timesteps(settings)
    guided = sum(low <= timestep <= high for timestep in evaluated)
    without_label = guided if settings.classifier_free > 0 else 0
    return len(evaluated) + without_label, guided if settings.guidance > 0 else 0


def _evaluated(entry: DenoisingEntry, settings: SamplerSettings) -> tuple[int, ...]:
    """The timesteps at which the network is evaluated, in any order."""
    schedule = entry.schedule.respaced(settings.respacing or "")
    if settings.sampler != "heun":
        return tuple(schedule.timesteps.tolist())
    levels = noise_levels(entry.schedule.respaced("").alphas_cumprod)
    raised = raised_timesteps(levels, schedule.timesteps, settings.churn, *churned_levels(settings))
    return evaluated_timesteps(schedule.timesteps, raised)


def guided_timesteps(settings: SamplerSettings) -> tuple[float, float]:
    """The first and the last timestep at which guidance acts."""
    interval = settings.guidance_interval
    return (0, math.inf) if interval is None else parse_interval("guidance_interval", interval)


def churned_levels(settings: SamplerSettings) -> tuple[float, float]:
    """The lowest and the highest noise level at which noise is added anew."""
    interval = settings.churn_interval
    return (0, math.inf) if interval is None else parse_interval("churn_interval", interval)


def diffusion_warnings(entry: DenoisingEntry, settings: SamplerSettings) -> list[str]:
    """What settings that :func:`check_diffusion_settings` accepts will probably not give, in sentences.

    Guided DDIM shifts the predicted image by (1 - alpha_bar) / sqrt(alpha_bar) times the scaled gradient
    (2105.05233, algorithm 2), without a bound: near the end of a cosine schedule that is thousands of times.
    """
    if settings.guidance == 0 or settings.sampler == "ddpm":
        return []
    if settings.sampler in ("dpm-solver++3m", "unipc3") and settings.guidance >= STEEP_GUIDANCE:
        return [
            f"Guidance of scale {settings.guidance:g} makes the solution too steep for {settings.sampler}, of third"
            f" order: expect artefacts in few steps; a solver of second order bears more."
        ]
    schedule = entry.schedule.respaced(settings.respacing or "")
    alpha_bar = float(schedule.alphas_cumprod[-1])
    shift = (1 - alpha_bar) / alpha_bar**0.5
    first, last = guided_timesteps(settings)
    if shift <= LARGEST_SHIFT or settings.sampler != "ddim" or not first <= schedule.timesteps[-1] <= last:
        return []
    return [
        f"Guided DDIM starts here at timestep {schedule.timesteps[-1]}, where the classifier's gradient shifts the"
        f" predicted image by {shift:,.0f} times the scale: expect saturated images; a"
        " respacing such as ddim25 starts earlier."
    ]


def check_gan_settings(entry: GanEntry, settings: SamplerSettings) -> None:
    """Refuses settings that a GAN cannot be sampled with.

    Raises:
        InputError: the truncation is missing or out of range, or a setting is meant for diffusion models.
    """
    for field, default in vars(DEFAULTS).items():
        if field != "truncation" and getattr(settings, field) != default:
            raise InputError(f"{field} is for diffusion models, and {entry.name} is a GAN; leave {field} out")
    if settings.truncation is None:
        raise InputError(f"{entry.name} needs a truncation, the scale of its latent, over 0 and up to 1")
    if not 0 < settings.truncation <= 1:
        raise InputError(f"truncation {settings.truncation} is out of range; choose one over 0 and up to 1")
