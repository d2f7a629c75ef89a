"""A small diffusion model of handwritten digits: DDIM, with a denoiser that needs no network.

Of data that is a set of known images, the best guess at the clean image behind a noisy one is a weighted mean of them
(the posterior mean of a mixture of Gaussians), so the sampler can be tried without any training.
"""

import numpy as np
from scipy.spatial.distance import cdist

from beatgans.reference_batches import digits_reference

STEPS = 10
DIGITS = digits_reference().images[..., 0].reshape(-1, 64) / 127.5 - 1  # [1297, 64] in [-1, 1]


def schedule(steps: int) -> np.ndarray:
    """The share of signal at each step [steps + 1]: 1 for clean images, almost 0 for noise (arXiv 2102.09672)."""
    time = np.linspace(0, 0.98, steps + 1)
    return np.cos(time * np.pi / 2) ** 2


def denoise(x: np.ndarray, signal: float) -> np.ndarray:
    """The mean [N, 64] of the clean images that noisy ones [N, 64] may have been."""
    squared = cdist(x, np.sqrt(signal) * DIGITS, "sqeuclidean")
    weights = np.exp((squared.min(axis=1, keepdims=True) - squared) / (2 * (1 - signal)))
    return weights / weights.sum(axis=1, keepdims=True) @ DIGITS


def sample(number: int, seed: int = 0) -> np.ndarray:
    """Makes uint8 images [number, 8, 8, 3] (arXiv 2010.02502, equation 12)."""
    x = np.random.default_rng(seed).standard_normal((number, 64))
    signal = schedule(STEPS)
    for step in range(STEPS, 0, -1):
        clean = denoise(x, signal[step])
        noise = (x - np.sqrt(signal[step]) * clean) / np.sqrt(1 - signal[step])
        x = np.sqrt(signal[step - 1]) * clean + np.sqrt(1 - signal[step - 1]) * noise
    grey = ((x + 1) * 127.5).clip(0, 255).astype(np.uint8).reshape(-1, 8, 8)
    return np.repeat(grey[..., None], 3, axis=3)
