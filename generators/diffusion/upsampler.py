"""The super-resolution UNet that enlarges another model's images (arXiv 2105.05233, section 5.2).

Names and shapes equal those of OpenAI's ``*_upsampler.pt`` and ``upsample_*.pt`` files.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from .unet import UNet


class SuperResolutionUNet(UNet):
    """A UNet that sees the small image, enlarged, beside the noisy large one.

    ``config.in_channels`` counts both: 6 for colour. The small image is given as it is, without any noise.
    """

    def forward(
        self, x: Tensor, timesteps: Tensor, labels: Tensor | None = None, low_res: Tensor | None = None
    ) -> Tensor:
        """Predicts for noisy images ``x`` [N, C, H, W] of which the small versions ``low_res`` [N, C, h, w] are known.

        Raises:
            ValueError: there are no small images, or labels do not suit the model.
        """
        if low_res is None:
            raise ValueError("a super-resolution UNet was called without the images that it is to enlarge")
        return super().forward(torch.cat([x, enlarge(low_res, x)], dim=1), timesteps, labels)


def enlarge(low_res: Tensor, like: Tensor) -> Tensor:
    """Small images [N, C, h, w] at the height and width of ``like``, between pixels linearly in both directions."""
    return F.interpolate(low_res, like.shape[2:], mode="bilinear")
