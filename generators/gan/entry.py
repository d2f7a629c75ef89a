"""What the catalog says about GANs. Needs no torch."""

from __future__ import annotations

from typing import ClassVar, Literal

from ...reference_batches import InputError
from ..entry import Detail, Family, ModelEntry, NetworkEntry
from ..generator import SamplerSettings
from ..settings import check_gan_settings

LATENT_BOUND = 2.0
"""DeepMind's BigGANs cut the normal latent here before they scale it by the truncation."""
DEFAULT_ROWS = 51
"""Of the statistics of every batch norm in DeepMind's models: one for each 0.02 of the truncation."""
LATENT = f"normal, cut at -{LATENT_BOUND:g} and {LATENT_BOUND:g}, then scaled by the truncation"


class GanEntry(ModelEntry):
    """A generative adversarial network.

    Attributes:
        network: the generator.
    """

    family: Literal["gan"]
    image_size: int
    network: NetworkEntry

    reported_as: ClassVar[Family] = "gan"

    @property
    def networks(self) -> tuple[NetworkEntry, ...]:
        """The generator."""
        return (self.network,)

    def check(self, settings: SamplerSettings) -> None:
        """Refuses settings that the model cannot be sampled with.

        Raises:
            InputError: the truncation is missing or out of range, or a setting is meant for diffusion models.
        """
        check_gan_settings(self, settings)

    def respacing_of(self, sampler: str | None, steps: int) -> str:  # noqa: ARG002 - as for diffusion models
        """Refuses steps.

        Raises:
            InputError: always.
        """
        raise InputError(f"{self.name} is a GAN and makes an image in one step; leave steps out")

    def evaluations(self, settings: SamplerSettings) -> tuple[int, int]:
        """The evaluations of the network and of a classifier that one image takes.

        Raises:
            InputError: as :meth:`check` does.
        """
        self.check(settings)
        return 1, 0

    def details(self, settings: SamplerSettings) -> dict[str, Detail]:
        """The latent's distribution, and the row of the batch norms' statistics.

        A row between two is interpolated. Rows count from 0, which is for truncation 0.
        """
        architecture = self.network.architecture
        rows = int(architecture.get("num_truncations", DEFAULT_ROWS))
        return {
            "latent": LATENT,
            "latent_width": architecture["latent_width"],
            "truncation": settings.truncation,
            "batch_norm_row": row_position(settings.truncation or 1.0, rows),
            "batch_norm_rows": rows,
        }


def row_position(truncation: float, rows: int) -> float:
    """Where a truncation in [0, 1] lies among ``rows`` rows of statistics: 0 to ``rows - 1``, whole at one of its own.

    Rounded, so that 0.58 * 50 is row 29 rather than a hair below it: there, the popular port mixes two rows.
    """
    return round(truncation * (rows - 1), 6)
