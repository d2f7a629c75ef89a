"""Samplers: pure functions from noise to images, each one loop over the steps of a denoiser's schedule."""

from __future__ import annotations

SAMPLERS = {
    "ddpm": "ancestral sampling with the model's variance",
    "ddim": "DDIM, deterministic where eta is 0",
    "dpm-solver++2m": "DPM-Solver++ of second order, multistep",
    "dpm-solver++3m": "DPM-Solver++ of third order, multistep",
    "unipc": "UniPC of second order",
    "unipc3": "UniPC of third order",
    "heun": "Heun's method as in EDM, two evaluations a step, with noise added anew where churn is over 0",
}
"""What the samplers are, by name. Needs no torch; all but heun evaluate the network once a step."""

SPACINGS = {"ddpm": "", "ddim": "ddim", "heun": "karras"}
"""What a number of steps is preceded by in the respacing that it stands for; ``uniform`` where nothing is said."""


def spacing_of(sampler: str | None) -> str:
    """What a number of steps is preceded by in the respacing that it stands for with a sampler."""
    return SPACINGS.get(sampler or "", "uniform")


def respacing_of(sampler: str | None, steps: int) -> str:
    """The respacing that a number of steps stands for.

    The paper's stride for DDIM, evenly spread steps for ancestral sampling; for the others steps from the last timestep
    whose image can still be told from noise, spread evenly in time or, for heun, in EDM's scale of noise levels.
    """
    return f"{spacing_of(sampler)}{steps}"
