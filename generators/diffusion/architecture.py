"""From a script's flags to the fields of a network's configuration, as the projects' ``create_model`` does it.

Needs no torch: what cannot be built is refused before anything is loaded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ...reference_batches import InputError
from .flags import (
    ClassifierFlags,
    Flags,
    GuidedFlags,
    ImprovedFlags,
    ImprovedModelFlags,
    ImprovedUpsamplerFlags,
    ModelFlags,
    NetworkFlags,
    UpsamplerFlags,
)

NUM_CLASSES = 1000
"""A constant of the projects' code rather than a flag."""
NORM_GROUPS = 32
"""Of every GroupNorm, also a constant."""
CLASSIFIER_HEAD_CHANNELS = 64
"""And one more."""

GUIDED_WIDTHS: dict[int, tuple[float, ...]] = {
    512: (0.5, 1, 1, 2, 2, 4, 4),
    256: (1, 1, 2, 2, 4, 4),
    128: (1, 1, 2, 3, 4),
    64: (1, 2, 3, 4),
}
IMPROVED_WIDTHS: dict[int, tuple[float, ...]] = {256: (1, 1, 2, 2, 4, 4), 64: (1, 2, 3, 4), 32: (1, 2, 2, 2)}
GUIDED_UPSAMPLER_WIDTHS: dict[int, tuple[float, ...]] = {
    512: (1, 1, 2, 2, 4, 4),
    256: (1, 1, 2, 2, 4, 4),
    64: (1, 2, 3, 4),
}
IMPROVED_UPSAMPLER_WIDTHS: dict[int, tuple[float, ...]] = {256: (1, 1, 2, 2, 4, 4), 64: (1, 2, 3, 4)}


def image_size_of(flags: Flags) -> int:
    """Height and width of the images that a network makes or classifies, in pixels."""
    if isinstance(flags, UpsamplerFlags | ImprovedUpsamplerFlags):
        return flags.large_size
    assert isinstance(flags, ModelFlags | ImprovedModelFlags | ClassifierFlags)
    return flags.image_size


def network_fields(flags: Flags, num_classes: int, place: str) -> dict[str, Any]:
    """The fields of :class:`~.unet.UNetConfig`, less ``image_size``, and a classifier's ``pool``.

    Args:
        flags: of one network.
        num_classes: of the labels or the logits, where there are any.
        place: what messages call the flags.

    Raises:
        InputError: there is no such network; the message names the flag.
    """
    fields = (
        _classifier_fields(flags, num_classes, place)
        if isinstance(flags, ClassifierFlags)
        else _denoiser_fields(flags, num_classes, place)
    )
    check_fields(fields, image_size_of(flags), place)
    return fields


def schedule_fields(flags: NetworkFlags) -> dict[str, Any]:
    """The fields of :class:`~..entry.ScheduleEntry`."""
    fixed = "fixed-small" if isinstance(flags, ImprovedFlags) and flags.sigma_small else "fixed-large"
    return {
        "kind": flags.noise_schedule,
        "num_steps": flags.diffusion_steps,
        "rescale_timesteps": flags.rescale_timesteps,
        "variance": "learned-range" if flags.learn_sigma else fixed,
        "predicts": "image" if flags.predict_xstart else "noise",
    }


def _denoiser_fields(flags: Flags, num_classes: int, place: str) -> dict[str, Any]:
    assert isinstance(flags, NetworkFlags)
    size, is_upsampler = image_size_of(flags), isinstance(flags, UpsamplerFlags | ImprovedUpsamplerFlags)
    widths = _widths(flags, place)
    head_channels = flags.num_head_channels if isinstance(flags, GuidedFlags) else -1
    return {
        "in_channels": 6 if is_upsampler else 3,
        "out_channels": 6 if flags.learn_sigma else 3,
        "model_channels": flags.num_channels,
        "num_res_blocks": flags.num_res_blocks,
        "attention_resolutions": _attention_sizes(flags.attention_resolutions, size, len(widths), place),
        "channel_mult": list(widths),
        "num_classes": num_classes if flags.class_cond else None,
        "dropout": flags.dropout,
        "num_heads": flags.num_heads,
        "num_heads_upsample": None if flags.num_heads_upsample == -1 else flags.num_heads_upsample,
        "num_head_channels": None if head_channels == -1 else head_channels,
        "use_scale_shift_norm": flags.use_scale_shift_norm,
        "resblock_updown": isinstance(flags, GuidedFlags) and flags.resblock_updown,
        "use_new_attention_order": isinstance(flags, ModelFlags) and flags.use_new_attention_order,
    }


def _classifier_fields(flags: ClassifierFlags, num_classes: int, place: str) -> dict[str, Any]:
    size = flags.image_size
    widths = _known_widths(GUIDED_WIDTHS, size, f"{place}: image_size")
    attention = _attention_sizes(
        flags.classifier_attention_resolutions, size, len(widths), place, "classifier_attention_resolutions"
    )
    return {
        "in_channels": 3,
        "out_channels": num_classes,
        "model_channels": flags.classifier_width,
        "num_res_blocks": flags.classifier_depth,
        "attention_resolutions": attention,
        "channel_mult": list(widths),
        "num_head_channels": CLASSIFIER_HEAD_CHANNELS,
        "use_scale_shift_norm": flags.classifier_use_scale_shift_norm,
        "resblock_updown": flags.classifier_resblock_updown,
        "pool": flags.classifier_pool,
    }


def _widths(flags: NetworkFlags, place: str) -> tuple[float, ...]:
    """The width of each level as a multiple of ``num_channels``."""
    match flags:
        case ModelFlags(channel_mult=str(text)) if text:
            return tuple(_numbers(text, f"{place}: channel_mult"))
        case ModelFlags():
            return _known_widths(GUIDED_WIDTHS, flags.image_size, f"{place}: image_size", "give channel_mult, or ")
        case UpsamplerFlags():
            return _known_widths(GUIDED_UPSAMPLER_WIDTHS, flags.large_size, f"{place}: large_size")
        case ImprovedUpsamplerFlags():
            return _known_widths(IMPROVED_UPSAMPLER_WIDTHS, flags.large_size, f"{place}: large_size")
    assert isinstance(flags, ImprovedModelFlags)
    return _known_widths(IMPROVED_WIDTHS, flags.image_size, f"{place}: image_size")


def _known_widths(
    table: Mapping[int, tuple[float, ...]], size: int, place: str, way_out: str = ""
) -> tuple[float, ...]:
    if size not in table:
        known = ", ".join(str(known) for known in sorted(table))
        raise InputError(f"{place} is {size}, for which the original has no channel_mult; {way_out}choose of {known}")
    return table[size]


def _attention_sizes(text: str, size: int, levels: int, place: str, flag: str = "attention_resolutions") -> list[int]:
    """The sizes of the maps with attention, in pixels.

    The original divides the image's size by each number, rounding down, and has attention where the image is made that
    many times smaller: for sizes that are no power of two, the number is not the map's own size.
    """
    numbers = _numbers(text, f"{place}: {flag}") if text else []
    if any(number < 1 for number in numbers):
        raise InputError(f"{place}: {flag} is {text!r}; sizes of maps start at 1")
    factors = {size // int(number) for number in numbers}
    return [size // 2**level for level in range(levels) if 2**level in factors]


def _numbers(text: str, place: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
        if not all(math.isfinite(number) for number in numbers):
            raise ValueError(text)
    except ValueError:
        raise InputError(f"{place} is {text!r}; write numbers with commas between them, such as 1,2,3,4") from None
    return [int(number) if number.is_integer() else number for number in numbers]


def check_fields(fields: Mapping[str, Any], size: int, place: str) -> None:
    """Refuses a network whose parts would not fit each other.

    Raises:
        InputError: names the widths or heads that are wrong.
    """
    mult: Sequence[float] = fields["channel_mult"]
    if size % 2 ** (len(mult) - 1):
        raise InputError(f"{place}: images of {size} pixels cannot be halved {len(mult) - 1} times")
    widths = [int(factor * fields["model_channels"]) for factor in mult]
    groups = fields.get("norm_groups", NORM_GROUPS)
    for width in widths:
        if width < 1 or width % groups:
            raise InputError(
                f"{place}: a level is {width} channels wide, which {groups} groups do not divide; "
                "mend num_channels or channel_mult"
            )
    sizes = [size // 2**level for level in range(len(mult))]
    attended = {width for width, at in zip(widths, sizes, strict=True) if at in fields["attention_resolutions"]}
    for width in sorted({*attended, widths[-1]}):
        _check_heads(fields, width, place)


def _check_heads(fields: Mapping[str, Any], width: int, place: str) -> None:
    head_channels = fields.get("num_head_channels")
    if head_channels is not None:
        if head_channels < 1 or width % head_channels:
            raise InputError(f"{place}: num_head_channels is {head_channels}, which does not divide {width} channels")
        return
    for flag in ("num_heads", "num_heads_upsample"):
        heads = fields.get(flag)
        if heads is not None and (heads < 1 or width % heads):
            raise InputError(f"{place}: {flag} is {heads}, which does not divide {width} channels")


def flags_behind(tensor: str) -> tuple[str, ...]:
    """The flags that decide whether a checkpoint has a tensor of that name and shape, the likeliest first.

    Those of denoising networks and of classifiers alike; of the one network at hand only some exist.
    """
    if tensor.startswith("label_emb."):
        return ("class_cond",)
    if tensor.startswith("time_embed."):
        return ("num_channels", "classifier_width")
    if tensor.startswith("out."):
        return ("learn_sigma", "classifier_pool")
    if ".emb_layers." in tensor:
        return ("use_scale_shift_norm", "classifier_use_scale_shift_norm")
    parts = tensor.split(".")
    if parts[-2:-1] in (["op"], ["conv"]):
        return ("resblock_updown", "classifier_resblock_updown")
    if parts[0] in {"input_blocks", "output_blocks"} and parts[3:4] in (["norm"], ["qkv"], ["proj_out"]):
        return ("attention_resolutions", "classifier_attention_resolutions")
    levels = ("num_res_blocks", "channel_mult", "attention_resolutions", "resblock_updown")
    of_classifiers = ("depth", "attention_resolutions", "resblock_updown")
    return (*levels, *(f"classifier_{flag}" for flag in of_classifiers), "image_size", "large_size")
