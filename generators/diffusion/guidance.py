"""Classifier guidance: pushing samples towards what a classifier recognizes (2105.05233, section 4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from .process import Denoiser, GaussianDiffusion, Prediction

Classifier = Callable[[Tensor, Tensor], Tensor]
"""``(x_t, timesteps float [N]) -> logits [N, classes]``."""

Gradient = Callable[[Tensor, int], Tensor]
"""``(x_t, step) -> scale * gradient of log p(label | x_t)``, shaped as x_t."""


class ClassifierGradient:
    """The scaled gradient, with respect to x_t, of the log-probability that a classifier gives to the labels.

    The classifier's parameters should not require gradients: computing theirs too would double the cost.
    """

    def __init__(self, classifier: Classifier, diffusion: GaussianDiffusion, labels: Tensor, scale: float) -> None:
        self.classifier = classifier
        self.diffusion = diffusion
        self.labels = labels
        self.scale = scale
        self.evaluations = 0

    def __call__(self, x: Tensor, step: int) -> Tensor:
        """The gradient at images ``x``, shaped as they are."""
        self.evaluations += 1
        with torch.inference_mode(False), torch.enable_grad():  # samplers run in inference mode
            x = x.clone().requires_grad_()
            logits = self.classifier(x, self.diffusion.timesteps[step].expand(len(x)))
            log_probabilities = F.log_softmax(logits, dim=1).gather(1, self.labels[:, None])
            (gradient,) = torch.autograd.grad(log_probabilities.sum(), x)
        return self.scale * gradient


@dataclass(frozen=True)
class MeanGuidance:
    """Shifts the mean of x_{t-1} by variance times gradient: for ancestral sampling (2105.05233, algorithm 1).

    The gradient is taken at x_t, as in guided-diffusion, rather than at the mean.
    """

    denoiser: Denoiser
    gradient: Gradient

    @property
    def diffusion(self) -> GaussianDiffusion:
        """The diffusion of the denoiser."""
        return self.denoiser.diffusion

    def __call__(self, x: Tensor, step: int) -> Prediction:
        """The denoiser's prediction, guided."""
        prediction = self.denoiser(x, step)
        mean = prediction.mean + prediction.log_variance.exp() * self.gradient(x, step)
        return replace(prediction, mean=mean)


@dataclass(frozen=True)
class ScoreGuidance:
    """Shifts the score, and with it the predicted noise: for deterministic samplers (2105.05233, algorithm 2).

    As in guided-diffusion, the noise comes from the clipped clean image, and the shifted one is not clipped again.
    """

    denoiser: Denoiser
    gradient: Gradient

    @property
    def diffusion(self) -> GaussianDiffusion:
        """The diffusion of the denoiser."""
        return self.denoiser.diffusion

    def __call__(self, x: Tensor, step: int) -> Prediction:
        """The denoiser's prediction, guided."""
        diffusion = self.diffusion
        prediction = self.denoiser(x, step)
        noise = diffusion.predict_noise(x, step, prediction.x0)
        noise = noise - diffusion.sqrt_one_minus_alphas_cumprod[step] * self.gradient(x, step)
        x0 = diffusion.predict_x0(x, step, noise)
        return replace(prediction, x0=x0, mean=diffusion.posterior_mean(x0, x, step))
