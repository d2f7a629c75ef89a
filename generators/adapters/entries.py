"""What there is to say about images that other programs make. Needs neither torch nor diffusers."""

from __future__ import annotations

import math
import re
from typing import Any, ClassVar, Literal

from pydantic import Field

from ...reference_batches import InputError
from ..entry import Detail, Family, ModelEntry, refuse_settings
from ..generator import SamplerSettings

MANY_CLASSES = 1000
"""The labels that a function is given where nothing else is said: those of ImageNet."""
STEPS = re.compile(r"[1-9][0-9]{0,5}")
UNGUIDED = 1.0
"""What diffusers' ``guidance_scale`` is where nothing guides: there, the scale is that of the whole prediction."""


class CallableEntry(ModelEntry):
    """A Python function ``(seeds, labels) -> images``.

    Attributes:
        function: where it is, as ``module:function``.
        num_classes: the labels that it is given are 0 to ``num_classes - 1``; an attribute ``num_classes`` of the
            function says so too.
    """

    family: Literal["callable"]
    image_size: int | None = None
    function: str
    num_classes: int = Field(MANY_CLASSES, ge=0)

    def check(self, settings: SamplerSettings) -> None:
        """Refuses all settings, as the function takes none.

        Raises:
            InputError: one is given.
        """
        refuse_settings(settings, f"{self.name}, a function,", "takes seeds and labels alone")

    def evaluations(self, settings: SamplerSettings) -> tuple[int, int] | None:
        """None: what a function does inside is its own.

        Raises:
            InputError: as :meth:`check` does.
        """
        self.check(settings)
        return None

    def details(self, settings: SamplerSettings) -> dict[str, Detail]:  # noqa: ARG002 - as for all models
        """Which function it is."""
        return {"function": self.function}


class PipelineEntry(ModelEntry):
    """A pipeline of the library ``diffusers``.

    Attributes:
        pipeline: the folder that ``save_pretrained`` wrote, or a name on the hub.
        revision: of the name on the hub; None for the newest.
        arguments: what it is called with besides the number of images, their random generators and their labels.
        prompts: the text for each label, for a pipeline that takes a prompt.
        num_classes: its labels are 0 to ``num_classes - 1``: as many as there are prompts; 0 for a pipeline that takes
            neither.
    """

    family: Literal["pipeline"]
    image_size: int | None = None
    num_classes: int = Field(0, ge=0)
    pipeline: str
    revision: str | None = None
    arguments: dict[str, Any] = Field(default_factory=dict)
    prompts: tuple[str, ...] | None = Field(None, strict=False)

    reported_as: ClassVar[Family] = "diffusion"

    def check(self, settings: SamplerSettings) -> None:
        """Refuses settings other than a number of steps and a guidance scale.

        Raises:
            InputError: another is given, or one is out of range.
        """
        reason = "brings its own sampler"
        refuse_settings(settings, f"{self.name}, a pipeline,", reason, allowed=("respacing", "guidance"))
        if settings.respacing is not None and not STEPS.fullmatch(settings.respacing):
            raise InputError(
                f"respacing {settings.respacing!r} is not understood by {self.name}; a pipeline takes a number of steps"
            )
        if not 0 <= settings.guidance < math.inf:
            raise InputError(f"guidance {settings.guidance} is out of range; choose 0 or more")

    def evaluations(self, settings: SamplerSettings) -> tuple[int, int] | None:
        """None: samplers of higher order evaluate the network more often than once a step.

        Raises:
            InputError: as :meth:`check` does.
        """
        self.check(settings)
        return None

    def respacing_of(self, sampler: str | None, steps: int) -> str:  # noqa: ARG002 - as for diffusion models
        """The number itself, as a pipeline brings its own sampler."""
        return str(steps)

    def steps(self, settings: SamplerSettings) -> int | None:
        """The number of steps that the pipeline is called with; None where it has its own."""
        steps = self.call_arguments(settings).get("num_inference_steps")
        return steps if isinstance(steps, int) else None

    def details(self, settings: SamplerSettings) -> dict[str, Detail]:
        """What the pipeline is called with. Whether it takes a guidance scale, only the loaded pipeline tells."""
        arguments = {"guidance_scale": f"{UNGUIDED:g}, if it takes one", **self.call_arguments(settings)}
        return {
            "pipeline": self.pipeline,
            "revision": self.revision,
            **{f"arguments.{name}": _plain(value) for name, value in arguments.items()},
        }

    def call_arguments(self, settings: SamplerSettings) -> dict[str, Any]:
        """The arguments of the entry, with the steps and the guidance that are asked for.

        Guidance of 0 leaves a scale of the entry as it is; where there is none, and the pipeline takes one, it is
        :data:`UNGUIDED`.
        """
        steps = {} if settings.respacing is None else {"num_inference_steps": int(settings.respacing)}
        guidance = {} if settings.guidance == 0 else {"guidance_scale": settings.guidance}
        return {**self.arguments, **steps, **guidance}


class ImagesEntry(ModelEntry):
    """Generated images in a folder or a batch file: sample i is the i-th of them.

    Attributes:
        images: the path.
        num_images: how many there are.
    """

    family: Literal["images"]
    images: str
    num_images: int

    def check(self, settings: SamplerSettings) -> None:
        """Refuses all settings, as the images exist already.

        Raises:
            InputError: one is given.
        """
        refuse_settings(settings, self.name, "exists already and is not sampled")

    def evaluations(self, settings: SamplerSettings) -> tuple[int, int]:
        """None are needed.

        Raises:
            InputError: as :meth:`check` does.
        """
        self.check(settings)
        return 0, 0

    def details(self, settings: SamplerSettings) -> dict[str, Detail]:  # noqa: ARG002 - as for all models
        """Where the images are."""
        return {"images": self.images}


def _plain(value: object) -> Detail:
    return value if value is None or isinstance(value, str | int | float | bool) else repr(value)
