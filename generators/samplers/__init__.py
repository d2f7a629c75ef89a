"""Samplers: pure functions from noise to images, each one loop over the steps of a denoiser's schedule."""

from __future__ import annotations

SAMPLERS = {
    "ddpm": "ancestral sampling with the learned variance",
    "ddim": "DDIM, deterministic where eta is 0",
}
"""What the samplers are, by name; both evaluate the network once a step. Needs no torch."""
