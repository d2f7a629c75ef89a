"""Guidance: pushing samples towards their labels, by a classifier (2105.05233, section 4) or by the network itself."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from .process import Denoiser, GaussianDiffusion, Network, Prediction

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
        # Samplers run in inference mode. On a GPU the gradients of fused attention would differ from time to time.
        attention = sdpa_kernel(SDPBackend.MATH) if x.is_cuda else contextlib.nullcontext()
        with torch.inference_mode(False), torch.enable_grad(), attention:
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
        mean = prediction.mean + prediction.variance * self.gradient(x, step)
        return replace(prediction, mean=mean)


@dataclass(frozen=True)
class ScoreGuidance:
    """Shifts the score, and with it the predicted noise: for deterministic samplers (2105.05233, algorithm 2).

    As in guided-diffusion, the noise comes from the clipped clean image, and the shifted one is not clipped again
    unless ``clip`` says so: solvers of higher order, which extrapolate it, stay finite by that.
    """

    denoiser: Denoiser
    gradient: Gradient
    clip: bool = False

    @property
    def diffusion(self) -> GaussianDiffusion:
        """The diffusion of the denoiser."""
        return self.denoiser.diffusion

    def __call__(self, x: Tensor, step: int) -> Prediction:
        """The denoiser's prediction, guided."""
        diffusion = self.diffusion
        prediction = self.denoiser(x, step)
        noise = diffusion.predict_noise(x, step, prediction.x0)
        # The root is taken in the images' precision: at a cosine schedule's end the last bit of it shows in x0.
        noise = noise - (1 - diffusion.alphas_cumprod[step]).sqrt() * self.gradient(x, step)
        x0 = diffusion.predict_x0(x, step, noise)
        if self.clip:
            x0 = x0.clamp(-1, 1)
        return replace(prediction, x0=x0, mean=diffusion.posterior_mean(x0, x, step))


class ClassifierFreeDenoiser:
    """A network guided by itself: away from what it predicts without a label (2207.12598, equation 6).

    The noise is (1 + scale) times the one given the label less scale times the one without. Others call 1 + scale the
    guidance scale. The variance is that given the label.
    """

    def __init__(
        self,
        network: Network,
        diffusion: GaussianDiffusion,
        labels: Tensor,
        null_labels: Tensor,
        scale: float,
        clip: bool = True,
    ) -> None:
        """Prepares the labels of the doubled batch.

        Args:
            network: takes the labels of both kinds.
            diffusion: the diffusion that it belongs to.
            labels: int64 [N].
            null_labels: int64 [N], the label that stands for no class.
            scale: 0 is no guidance.
            clip: whether the clean image is kept within [-1, 1], after guidance.
        """
        self.network = network
        self.diffusion = diffusion
        self.labels = torch.cat([labels, null_labels])
        self.scale = scale
        self.clip = clip
        self.evaluations = 0

    def __call__(self, x: Tensor, step: int) -> Prediction:
        """The guided prediction for ``x`` [N, C, H, W], from one batch of 2N, counted as two evaluations."""
        self.evaluations += 2
        twice = torch.cat([x, x])
        output = self.network(twice, self.diffusion.timesteps[step].expand(len(twice)), self.labels)
        given, without = output.chunk(2)
        channels = x.shape[1]
        estimate = (1 + self.scale) * given[:, :channels] - self.scale * without[:, :channels]
        guided = torch.cat([estimate, given[:, channels:]], dim=1)
        return self.diffusion.predict(x, step, guided, self.clip)


@dataclass(frozen=True)
class LimitedGuidance:
    """Guidance at some timesteps alone (2404.07724): from ``first`` to ``last`` of the model's own, both included."""

    plain: Denoiser
    guided: Denoiser
    first: float
    last: float

    @property
    def diffusion(self) -> GaussianDiffusion:
        """The diffusion of both denoisers."""
        return self.plain.diffusion

    def __call__(self, x: Tensor, step: int) -> Prediction:
        """The guided prediction inside the interval and the plain one outside of it."""
        inside = self.first <= self.diffusion.schedule.timesteps[step] <= self.last
        return self.guided(x, step) if inside else self.plain(x, step)
