"""The fields of a network's ``architecture``, as a user's model file may give them. Needs no torch.

A test holds them to those of the configuration classes that networks are built of.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, NonNegativeInt, PositiveInt, ValidationError

from ..reference_batches import InputError, hint
from .diffusion.architecture import NORM_GROUPS, check_fields
from .diffusion.entries import ClassifierEntry, DenoisingEntry, UpsamplerEntry
from .diffusion.flags import Pool
from .entry import ModelEntry, NetworkEntry
from .gan.entry import DEFAULT_ROWS, GanEntry

COLOURS = 3

Widths = Annotated[tuple[PositiveInt, ...], Field(min_length=2, strict=False)]
Switches = Annotated[tuple[bool, ...], Field(strict=False)]


class Fields(BaseModel):
    """An architecture, less ``image_size``, which is the entry's. No text stands for a number."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class UNetFields(Fields):
    """Those of :class:`~.diffusion.unet.UNetConfig`, which says what they mean."""

    in_channels: PositiveInt
    out_channels: PositiveInt
    model_channels: PositiveInt
    num_res_blocks: PositiveInt
    attention_resolutions: Annotated[tuple[PositiveInt, ...], Field(strict=False)]
    channel_mult: Annotated[tuple[Annotated[FiniteFloat, Field(gt=0)], ...], Field(min_length=1, strict=False)]
    num_classes: PositiveInt | None = None
    dropout: float = Field(0.0, ge=0, lt=1)
    num_heads: PositiveInt = 1
    num_heads_upsample: PositiveInt | None = None
    num_head_channels: PositiveInt | None = None
    use_scale_shift_norm: bool = True
    resblock_updown: bool = True
    conv_resample: bool = True
    use_new_attention_order: bool = False
    norm_groups: PositiveInt = NORM_GROUPS


class ClassifierFields(UNetFields):
    """Those of a noisy classifier."""

    pool: Pool = "attention"


class GanFields(Fields):
    """Those of :class:`~.gan.biggan_deep.BigGANDeepConfig`."""

    num_classes: PositiveInt
    latent_width: PositiveInt
    embedding_width: PositiveInt
    generator_widths: Widths
    generator_up: Switches
    attention_before: NonNegativeInt | None
    discriminator_widths: Annotated[tuple[PositiveInt, ...], Field(strict=False)] = ()
    discriminator_down: Switches = ()
    num_truncations: int = Field(DEFAULT_ROWS, ge=2)
    epsilon: float = Field(1e-4, gt=0)


def check_architectures(entry: ModelEntry, place: str) -> None:
    """Refuses architectures of which no network can be built; those that follow from flags or a config are right.

    Raises:
        InputError: names the field.
    """
    match entry:
        case DenoisingEntry():
            _check_unet(entry.network, UNetFields, entry.image_size, f"{place}: architecture")
            _check_channels(entry, f"{place}: architecture")
            _check_classes(entry, place)
            if entry.classifier is not None:
                _check_unet(entry.classifier, ClassifierFields, entry.image_size, f"{place}: classifier.architecture")
        case ClassifierEntry():
            _check_unet(entry.network, ClassifierFields, entry.image_size, f"{place}: architecture")
        case GanEntry() if entry.network.config is None:
            _check(entry.network.architecture, GanFields, f"{place}: architecture")
            _check_classes(entry, place)


def _check_unet(network: NetworkEntry, kind: type[UNetFields], image_size: int, place: str) -> None:
    if network.flags is None:
        _check(network.architecture, kind, place)
        check_fields(network.architecture, image_size, place)


def _check(given: Mapping[str, Any], kind: type[Fields], place: str) -> None:
    try:
        kind.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "missing":
            raise InputError(f"{place}: {name} is missing") from None
        if first["type"] == "extra_forbidden":
            raise InputError(f"{place}: there is no key {name!r}; {hint(name, kind.model_fields)}") from None
        raise InputError(f"{place}: {name}: {first['msg'][0].lower()}{first['msg'][1:]}") from None


def _check_channels(entry: DenoisingEntry, place: str) -> None:
    """Refuses a network that takes or gives other than its model: images, small ones, a learned variance."""
    expected = {
        "in_channels": COLOURS * (2 if isinstance(entry, UpsamplerEntry) else 1),
        "out_channels": COLOURS * (2 if entry.schedule.variance == "learned-range" else 1),
    }
    for name, value in expected.items():
        if entry.network.architecture[name] != value:
            raise InputError(f"{place}: {name} is {entry.network.architecture[name]}, and this model takes {value}")


def _check_classes(entry: DenoisingEntry | GanEntry, place: str) -> None:
    """Refuses more classes than the network embeds; one that embeds none may have a classifier's."""
    embedded = entry.network.architecture.get("num_classes")
    if embedded is not None and entry.num_classes > embedded:
        raise InputError(f"{place}: num_classes is {entry.num_classes}, and the network has labels 0 to {embedded - 1}")
