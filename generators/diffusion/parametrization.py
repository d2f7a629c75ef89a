"""What the output of a diffusion model's network stands for. Needs no torch."""

from __future__ import annotations

from typing import Literal

Variance = Literal["learned-range", "fixed-small", "fixed-large"]
"""The variance of x_{t-1}: between its two bounds as the network says (2102.09672, equation 15), the lower bound, which
is the posterior's, or the upper one, beta (2006.11239, section 3.2)."""

Target = Literal["noise", "image"]
"""What the network predicts."""
