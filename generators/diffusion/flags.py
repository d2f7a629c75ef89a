"""The flags of OpenAI's training and sampling scripts, under their original names and with their original defaults.

A checkpoint does not say how its network was built; whoever trained it has it as flags. Each class here is what one
script takes: guided-diffusion's ``model_and_diffusion_defaults``, ``sr_model_and_diffusion_defaults`` and
``classifier_defaults``, and their counterparts of improved-diffusion. Needs no torch.
"""

from __future__ import annotations

import shlex
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PositiveInt, ValidationError

from ...reference_batches import InputError, hint
from .schedule import MOST_STEPS

Pool = Literal["adaptive", "attention", "spatial", "spatial_v2"]
Project = Literal["guided-diffusion", "improved-diffusion"]

OF_SAMPLING = frozenset(
    [
        "model_path",
        "classifier_path",
        "classifier_scale",
        "batch_size",
        "num_samples",
        "use_ddim",
        "clip_denoised",
        "base_samples",
    ]
)
"""Flags of the sampling scripts, which say nothing about the model."""


def _joined(value: object) -> object:
    """YAML's lists and numbers as the scripts' text: ``[32, 16]`` and ``32,16`` are the same."""
    if isinstance(value, list):
        return ",".join(str(item) for item in value)
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Listed = Annotated[str, BeforeValidator(_joined)]
"""Numbers with commas between them."""
WithoutOrMore = Annotated[int, Field(ge=-1)]
"""A count, or -1 for none."""


class Flags(BaseModel):
    """A script's flags."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class NetworkFlags(Flags):
    """What all denoising networks of both projects have in common, and the diffusion that they were trained for."""

    num_channels: PositiveInt = 128
    num_res_blocks: PositiveInt = 2
    num_heads: PositiveInt = 4
    num_heads_upsample: WithoutOrMore = -1
    attention_resolutions: Listed = "16,8"
    dropout: float = Field(0.0, ge=0, lt=1)
    class_cond: bool = False
    use_checkpoint: bool = False
    use_scale_shift_norm: bool = True
    learn_sigma: bool = False
    diffusion_steps: int = Field(1000, ge=2, le=MOST_STEPS)
    noise_schedule: Literal["linear", "cosine"] = "linear"
    timestep_respacing: Literal[""] = ""
    use_kl: bool = False
    predict_xstart: bool = False
    rescale_timesteps: bool = False
    rescale_learned_sigmas: bool = False


class GuidedFlags(NetworkFlags):
    """What guided-diffusion added for all of its denoising networks."""

    num_head_channels: WithoutOrMore = -1
    resblock_updown: bool = False
    use_fp16: bool = False


class ModelFlags(GuidedFlags):
    """guided-diffusion's ``image_sample.py``."""

    image_size: PositiveInt = 64
    channel_mult: Listed = ""
    use_new_attention_order: bool = False


class UpsamplerFlags(GuidedFlags):
    """guided-diffusion's ``super_res_sample.py``."""

    large_size: PositiveInt = 256
    small_size: PositiveInt = 64


class ImprovedFlags(NetworkFlags):
    """What improved-diffusion has other than guided-diffusion."""

    sigma_small: bool = False
    rescale_timesteps: bool = True
    rescale_learned_sigmas: bool = True


class ImprovedModelFlags(ImprovedFlags):
    """improved-diffusion's ``image_sample.py``."""

    image_size: PositiveInt = 64


class ImprovedUpsamplerFlags(ImprovedFlags):
    """improved-diffusion's ``super_res_sample.py``."""

    large_size: PositiveInt = 256
    small_size: PositiveInt = 64


class ClassifierFlags(Flags):
    """The classifier's part of guided-diffusion's ``classifier_sample.py``."""

    image_size: PositiveInt = 64
    classifier_use_fp16: bool = False
    classifier_width: PositiveInt = 128
    classifier_depth: PositiveInt = 2
    classifier_attention_resolutions: Listed = "32,16,8"
    classifier_use_scale_shift_norm: bool = True
    classifier_resblock_updown: bool = True
    classifier_pool: Pool = "attention"


FLAGS: dict[tuple[str, str], type[Flags]] = {
    ("diffusion", "guided-diffusion"): ModelFlags,
    ("diffusion", "improved-diffusion"): ImprovedModelFlags,
    ("upsampler", "guided-diffusion"): UpsamplerFlags,
    ("upsampler", "improved-diffusion"): ImprovedUpsamplerFlags,
    ("classifier", "guided-diffusion"): ClassifierFlags,
}
"""The flags of each family of networks, by the project whose defaults hold."""


def read_flags(given: object, family: str, project: object, place: str) -> Flags:
    """Checks flags and fills in the original defaults.

    Args:
        given: a mapping, or the text of a command line such as ``--image_size 64 --learn_sigma True``.
        family: ``diffusion``, ``upsampler`` or ``classifier``.
        project: whose defaults hold.
        place: what messages call them.

    Raises:
        InputError: a flag is unknown or of a wrong kind, or the project has no such networks.
    """
    if not isinstance(project, str) or (family, project) not in FLAGS:
        projects = [known for kind, known in FLAGS if kind == family]
        raise InputError(f"{place}: project {project!r} has no {family} models; {hint(str(project), projects)}")
    kind = FLAGS[family, project]
    values = _parse(given, place)
    for name in values:
        if name in OF_SAMPLING and name not in kind.model_fields:
            raise InputError(f"{place}: {name} is a setting of sampling and not of the model; leave it out")
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        raise InputError(f"{place}: {_sentence(error, kind)}") from None


def _parse(given: object, place: str) -> dict[str, Any]:
    if isinstance(given, dict):
        return given
    if not isinstance(given, str):
        raise InputError(f"{place} must be a mapping of flags, or the text of a command line, not {given!r}")
    try:
        typed = shlex.split(given)
    except ValueError as error:
        reason = str(error).lower()
        raise InputError(f"{place}: the command line {given[:80]!r} cannot be taken apart ({reason})") from None
    words = [part for word in typed for part in (word.split("=", 1) if word[:2] == "--" else [word])]
    names, values = words[::2], words[1::2]
    if len(names) != len(values) or any(name[:2] != "--" for name in names):
        raise InputError(f"{place}: the command line {given[:80]!r} is not of the form --flag value --flag value")
    return {name[2:]: value for name, value in zip(names, values, strict=True)}


def _sentence(error: ValidationError, kind: type[Flags]) -> str:
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0])
    if first["type"] == "extra_forbidden":
        return f"there is no flag {name!r} here; {hint(name, kind.model_fields)}"
    if name == "timestep_respacing":
        return "timestep_respacing is a setting of sampling and not of the model; leave it out, and ask for the steps"
    message = first["msg"].removeprefix("Value error, ")
    return f"{name} is {first['input']!r}; {message[0].lower()}{message[1:]}"
