"""What every generator is: something that makes the image of a (seed, index, label)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..reference_batches import InputError


@dataclass(frozen=True)
class SamplerSettings:
    """How an image is made, besides seed and label.

    Attributes:
        sampler: one of :data:`~.samplers.SAMPLERS`; None for a GAN.
        respacing: the timesteps to visit, such as ``"250"``, ``"ddim25"`` or ``"10,15,20"``; None for a GAN.
        guidance: scale of the classifier's gradient, or a pipeline's ``guidance_scale``. At 0 nothing is guided, and
            the classifier is not called at all.
        truncation: scale of a GAN's latent, over 0 and up to 1; None for a diffusion model.
        eta: share of DDPM's noise that DDIM adds, 0 to 1.
        classifier_free: scale w of classifier-free guidance, which predicts (1 + w) times the noise given the label
            less w times the noise without one; 0 is none.
        guidance_interval: the timesteps of the training schedule at which either guidance acts, such as ``"200-800"``,
            both ends included; None for all.
        clip: whether predicted images are kept within [-1, 1].
        churn: EDM's S_churn, the noise that the sampler heun adds over all its steps; 0 makes it deterministic.
        churn_interval: the noise levels between which it does, EDM's S_min and S_max, such as ``"0.05-50"``; None for
            all.
        churn_noise: standard deviation of that noise, EDM's S_noise.
        upsampler: how the second stage of a stack makes the image large; None where there is none.
    """

    sampler: str | None
    respacing: str | None
    guidance: float = 0.0
    truncation: float | None = None
    eta: float = 0.0
    classifier_free: float = 0.0
    guidance_interval: str | None = None
    clip: bool = True
    churn: float = 0.0
    churn_interval: str | None = None
    churn_noise: float = 1.0
    upsampler: SamplerSettings | None = None


@dataclass(frozen=True)
class Generated:
    """Images and what they cost.

    Attributes:
        images: uint8 [n, H, W, 3].
        network_evaluations: evaluations of the generating network for each image, as counted; None where another
            program makes the images and does not tell.
        classifier_evaluations: evaluations of the classifier, each with its gradient, for each image, as counted; None
            likewise.
        seconds: of the whole batch, by the kinds of work of :mod:`.stopwatch`; empty where another program makes the
            images. What is missing to the time that the batch took is the sampler's own arithmetic.
    """

    images: NDArray[np.uint8]
    network_evaluations: int | None
    classifier_evaluations: int | None
    seconds: dict[str, float] = field(default_factory=dict)


class Generator(Protocol):
    """A model that is ready to sample from.

    Attributes:
        name: its name in the catalog.
        family: the entry's, such as ``"diffusion"`` or ``"gan"``.
        image_size: height and width of its images, in pixels; None where that is known only once it makes some.
        num_classes: its labels are 0 to ``num_classes - 1``; 0 for a model that takes none.
        num_parameters: parameters of the generating network, without those of a classifier; None where another program
            makes the images.
        weights_sha256: the SHA-256 of each weights file, by the file's name.
        labels: int64 [N], what images show that exist already; None where any label can be asked for.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - the attributes are described above

    @property
    def family(self) -> str: ...  # noqa: D102 - the attributes are described above

    @property
    def image_size(self) -> int | None: ...  # noqa: D102 - the attributes are described above

    @property
    def num_classes(self) -> int: ...  # noqa: D102 - the attributes are described above

    @property
    def num_parameters(self) -> int | None: ...  # noqa: D102 - the attributes are described above

    @property
    def weights_sha256(self) -> dict[str, str]: ...  # noqa: D102 - the attributes are described above

    @property
    def labels(self) -> NDArray[np.int64] | None: ...  # noqa: D102 - the attributes are described above

    def generate(
        self, seed: int, indices: NDArray[np.int64], labels: NDArray[np.int64], settings: SamplerSettings
    ) -> Generated:
        """Makes sample ``indices[k]`` of run ``seed``, showing class ``labels[k]``, for all k as one batch.

        Raises:
            InputError: the settings do not suit the model, or a label is out of range.
        """
        ...


def check_labels(labels: NDArray[np.int64], num_classes: int) -> None:
    """Refuses labels that a model does not know; one that takes none is given zeros.

    Raises:
        InputError: a label is below 0 or not below ``num_classes``.
    """
    wrong = labels[(labels < 0) | (labels >= max(num_classes, 1))]
    if len(wrong) and not num_classes:
        raise InputError(f"label {wrong[0]} is asked for, and the model has no classes; leave the labels out")
    if len(wrong):
        raise InputError(f"label {wrong[0]} is out of range; the model has classes 0 to {num_classes - 1}")
