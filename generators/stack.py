"""What there is to say about stacks: a model of small images and an upsampler, as one model. Needs no torch."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar, Literal

from pydantic import PrivateAttr

from ..reference_batches import InputError
from .diffusion.entries import UpsamplerEntry
from .entry import Detail, Family, ModelEntry, NetworkEntry
from .generator import SamplerSettings


class StackEntry(ModelEntry):
    """A base and the upsampler that enlarges its images (arXiv 2105.05233, section 5.2). Only the base is guided.

    Attributes:
        base: the model of the small images, by its name or path.
        upsampler: the second stage, by its name or path.
    """

    family: Literal["stack"]
    image_size: int | None = None
    num_classes: int = 0
    base: str
    upsampler: str

    reported_as: ClassVar[Family] = "diffusion"
    takes_computation: ClassVar[bool] = True
    _stages: tuple[ModelEntry, UpsamplerEntry] | None = PrivateAttr(None)

    def joined(self, base: ModelEntry, upsampler: ModelEntry) -> StackEntry:
        """The stack with the entries of its stages.

        Raises:
            InputError: they do not fit each other.
        """
        if not isinstance(upsampler, UpsamplerEntry):
            raise InputError(f"{upsampler.name} is no upsampler and cannot be the second stage of a stack")
        if base.why_not_alone is not None:
            raise InputError(f"{base.name} cannot be the base of a stack: {base.why_not_alone}")
        if base.image_size not in {None, upsampler.small_size}:
            raise InputError(
                f"{base.name} has images of {base.image_size}x{base.image_size} pixels, and {upsampler.name} takes "
                f"{upsampler.small_size}x{upsampler.small_size}; choose the other base or the other upsampler"
            )
        check_base_classes(base.name, base.num_classes, upsampler)
        size, classes = upsampler.image_size, base.num_classes
        joined = self.model_copy(update={"image_size": size, "num_classes": classes})
        joined._stages = base, upsampler
        return joined

    @property
    def stages(self) -> tuple[ModelEntry, UpsamplerEntry]:
        """The entries of the base and of the upsampler."""
        assert self._stages is not None, "a stack is joined when the catalog gives it out"
        return self._stages

    @property
    def networks(self) -> tuple[NetworkEntry, ...]:
        """Those of both stages."""
        base, upsampler = self.stages
        return (*base.networks, *upsampler.networks)

    @property
    def generating_networks(self) -> tuple[NetworkEntry, ...]:
        """Those of both stages that make images."""
        base, upsampler = self.stages
        return (*base.generating_networks, *upsampler.generating_networks)

    @property
    def cautions(self) -> tuple[str, ...]:
        """Those of both stages."""
        base, upsampler = self.stages
        return (*base.cautions, *upsampler.cautions)

    def stage_settings(self, settings: SamplerSettings) -> tuple[SamplerSettings, SamplerSettings]:
        """The settings of the base and of the upsampler.

        Raises:
            InputError: there are none for the upsampler.
        """
        if settings.upsampler is None:
            raise InputError(
                f"{self.name} needs the sampler and the steps of its second stage too, such as "
                "upsampler: {sampler: ddim, steps: 25} in a suite, or --upsampler-steps 25"
            )
        return replace(settings, upsampler=None), settings.upsampler

    def check(self, settings: SamplerSettings) -> None:
        """Refuses settings that a stage cannot be sampled with.

        Raises:
            InputError: says which stage and setting.
        """
        for stage, stage_settings in zip(self.stages, self.stage_settings(settings), strict=True):
            stage.check(stage_settings)

    def evaluations(self, settings: SamplerSettings) -> tuple[int, int] | None:
        """The evaluations of both networks together and of the base's classifier; None where the base's are unknown.

        Raises:
            InputError: as :meth:`check` does.
        """
        base_settings, upsampler_settings = self.stage_settings(settings)
        base, upsampler = self.stages
        first, (second, _) = base.evaluations(base_settings), upsampler.evaluations(upsampler_settings)
        return None if first is None else (first[0] + second, first[1])

    def respacing_of(self, sampler: str | None, steps: int) -> str:
        """The respacing that a number of steps stands for with a sampler."""
        return self.stages[0].respacing_of(sampler, steps)

    def steps(self, settings: SamplerSettings) -> int | None:
        """Those of the base.

        Raises:
            InputError: as :meth:`check` does.
        """
        return self.stages[0].steps(self.stage_settings(settings)[0])

    def warnings(self, settings: SamplerSettings) -> list[str]:
        """Those of both stages."""
        pairs = zip(self.stages, self.stage_settings(settings), strict=True)
        return [f"{stage.name}: {warning}" for stage, own in pairs for warning in stage.warnings(own)]

    def details(self, settings: SamplerSettings) -> dict[str, Detail]:
        """Which stages there are, and what the second one is sampled with."""
        base_settings, own = self.stage_settings(settings)
        base, upsampler = self.stages
        evaluations = base.evaluations(base_settings)
        return {
            "base": base.name,
            "base_evaluations": None if evaluations is None else evaluations[0],
            **{f"base.{name}": value for name, value in base.details(base_settings).items()},
            "upsampler": upsampler.name,
            "upsampler_sampler": own.sampler,
            "upsampler_respacing": own.respacing,
            "upsampler_eta": own.eta,
            "upsampler_evaluations": upsampler.evaluations(own)[0],
        }


def check_base_classes(base: str, num_classes: int, upsampler: UpsamplerEntry) -> None:
    """Refuses a base without classes for an upsampler that is told them.

    Raises:
        InputError: says so.
    """
    if upsampler.num_classes and not num_classes:
        raise InputError(
            f"{upsampler.name} is told the class of every image, and {base} has none; choose a base with "
            "classes, or a batch file with labels (arr_1)"
        )
