"""The ``config.json`` of the common PyTorch files of BigGAN-deep (``pytorch-pretrained-BigGAN``). Needs no torch."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from ...reference_batches import InputError, hint

BASE_SIZE = 4
"""Height and width of the map that the latent is projected to."""
BASE_MULTIPLE = 16
"""Its width, as a multiple of ``channel_width``."""
BOTTLENECK = 4
"""How much narrower a block is inside."""

Layer = Annotated[tuple[bool, PositiveInt, PositiveInt], Field(strict=False)]


DEFAULT_LAYERS = (
    (False, 16, 16),
    (True, 16, 16),
    (False, 16, 16),
    (True, 16, 8),
    (False, 8, 8),
    (True, 8, 4),
    (False, 4, 4),
    (True, 4, 2),
    (False, 2, 2),
    (True, 2, 1),
)
"""Those of 128x128 images."""


class BigGANConfig(BaseModel):
    """The fields of the file, under their names; the defaults are those of the port.

    ``layers`` holds for each block whether it doubles the size, and its input and output widths as multiples of
    ``channel_width``. Self-attention comes before the block ``attention_layer_position``. ``class_embed_dim`` is in
    every file and used by nobody: a class is embedded in ``z_dim`` numbers.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    layers: tuple[Layer, ...] = DEFAULT_LAYERS
    output_dim: PositiveInt = 128
    z_dim: PositiveInt = 128
    class_embed_dim: PositiveInt = 128
    channel_width: PositiveInt = 128
    num_classes: PositiveInt = 1000
    attention_layer_position: int = 8
    eps: float = Field(1e-4, gt=0)
    n_stats: int = Field(51, ge=2)


def read_config(given: Mapping[str, Any], place: str) -> BigGANConfig:
    """Checks a configuration.

    Raises:
        InputError: a field is unknown, missing or wrong, or the layers do not fit each other.
    """
    try:
        config = BigGANConfig.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in first["loc"])
        if first["type"] == "extra_forbidden":
            raise InputError(
                f"{place}: there is no field {name!r} here; {hint(name, BigGANConfig.model_fields)}"
            ) from None
        raise InputError(f"{place}: {name}: {first['msg'][0].lower()}{first['msg'][1:]}") from None
    _check_layers(config, place)
    return config


def _check_layers(config: BigGANConfig, place: str) -> None:
    layers = config.layers
    if not layers or layers[0][1] != BASE_MULTIPLE or layers[-1][2] != 1:
        raise InputError(f"{place}: the layers must lead from a width of {BASE_MULTIPLE} to one of 1")
    for (_, _, width), (_, next_width, _) in itertools.pairwise(layers):
        if width != next_width:
            raise InputError(f"{place}: a layer of width {width} is followed by one that takes {next_width}")
    for _, width, next_width in layers:
        if next_width not in (width, width / 2):
            raise InputError(f"{place}: a layer goes from width {width} to {next_width}; it can keep or halve it")
    if config.channel_width % (2 * BOTTLENECK):
        raise InputError(f"{place}: channel_width is {config.channel_width}; it must be a multiple of {2 * BOTTLENECK}")
    size = _image_size(config)
    if config.output_dim != size:
        raise InputError(f"{place}: the layers make images of {size} pixels, and output_dim is {config.output_dim}")


def _image_size(config: BigGANConfig) -> int:
    return BASE_SIZE << sum(up for up, _, _ in config.layers)


def network_fields(config: BigGANConfig) -> dict[str, Any]:
    """The fields of :class:`~.biggan_deep.BigGANDeepConfig`, less ``image_size``."""
    widths = [config.channel_width * width for _, width, _ in config.layers]
    attention = config.attention_layer_position
    return {
        "num_classes": config.num_classes,
        "latent_width": config.z_dim,
        "embedding_width": config.z_dim,
        "generator_widths": [*widths, config.channel_width * config.layers[-1][2]],
        "generator_up": [up for up, _, _ in config.layers],
        "attention_before": attention if 0 <= attention < len(config.layers) else None,
        "num_truncations": config.n_stats,
        "epsilon": config.eps,
    }
