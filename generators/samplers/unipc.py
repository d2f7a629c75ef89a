"""UniPC: a predictor and a corrector of any order that share their evaluations (2302.04867)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ..diffusion.process import Denoiser
from .levels import Levels


def unipc(denoiser: Denoiser, x: Tensor, order: int = 2) -> Tensor:
    """UniPC-p with B(h) = exp(h) - 1 on predicted images (2302.04867, algorithms 5 and 6, its ``bh2``).

    One evaluation a step: that of a predicted state also corrects it. The order rises over the first steps and falls
    over the last, which ends at the predicted image.

    Args:
        denoiser: predicts x_0.
        x: x_T, standard normal [N, C, H, W].
        order: of the predictor, 1 to 3; the corrector adds one.

    Returns:
        Images [N, C, H, W], nominally in [-1, 1].
    """
    levels = Levels.of(denoiser.diffusion.schedule)
    images: list[Tensor] = []  # predicted, the newest first
    used: list[Tensor] = []  # those of them that the last step was predicted from
    origin = x
    for step in reversed(range(1, len(denoiser.diffusion))):
        image = denoiser(x, step).x0
        if used:
            x = _move(levels, step, origin, used, image)
        images = [image, *images][:order]
        used = images[: step + 1]
        origin = x
        x = _move(levels, step - 1, origin, used, None)
    return denoiser(x, 0).x0


def _move(levels: Levels, target: int, origin: Tensor, images: list[Tensor], at_target: Tensor | None) -> Tensor:
    """From the state ``origin`` at step ``target + 1`` to ``target``, where the image may be known already."""
    source = target + 1
    h = float(levels.lambdas[target] - levels.lambdas[source])
    ratios = (levels.lambdas[source + 1 : source + len(images)] - levels.lambdas[source]) / h
    weights = combination_weights(h, ratios, corrects=at_target is not None)
    x = float(levels.sigmas[target] / levels.sigmas[source]) * origin
    for weight, image in zip(weights, [*images, *([] if at_target is None else [at_target])], strict=True):
        x = x + float(levels.alphas[target] * weight) * image
    return x


def combination_weights(h: float, ratios: NDArray[np.float64], corrects: bool) -> NDArray[np.float64]:
    """What each predicted image adds to a step, in units of the target's alpha: newest first, that at the target last.

    Args:
        h: the step in lambda.
        ratios: (lambda - that of the newest image) / h, negative, for each earlier image.
        corrects: whether there is an image at the target too, whose ratio is 1.
    """
    nodes = np.append(ratios, 1.0) if corrects else ratios
    scale = float(np.expm1(-h))
    weights = np.zeros(len(nodes) + 1)
    weights[0] = -scale
    if len(nodes) == 0:
        return weights
    differences = -scale * _difference_weights(h, nodes) / nodes
    weights[0] -= differences.sum()
    weights[1:] = differences
    return weights


def _difference_weights(h: float, nodes: NDArray[np.float64]) -> NDArray[np.float64]:
    """The a_p of the paper: they solve R(h) a = phi(h) / B(h) (theorem 3.1), for predicted images of time -h.

    A single unknown takes 1/2, which is as exact in the step's order (its appendix, on UniPC-2).
    """
    if len(nodes) == 1:
        return np.array([0.5])
    powers = np.vander(nodes, increasing=True).T
    phi = np.expm1(-h) / -h - 1  # phi_2 of -h; the next come by recursion
    factorial = 1.0
    right = np.empty(len(nodes))
    for row in range(len(nodes)):
        right[row] = phi * factorial / np.expm1(-h)
        factorial *= row + 2
        phi = phi / -h - 1 / factorial
    return np.asarray(np.linalg.solve(powers, right), np.float64)
