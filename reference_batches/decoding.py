"""From the bytes of an image file to RGB pixels, and from any size to a square one."""

from __future__ import annotations

import io
import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from .errors import InputError

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")
BRIGHTEST = 255
LEAST_SHARE = 0.8  # of the shorter side, that a random crop keeps
WIDE_MODES = ("I", "F")  # and I;16, I;16B, ...: grey levels of more than 8 bits
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def decode(data: bytes, name: str, size: int | None = None) -> NDArray[np.uint8]:
    """The first frame of an image file as uint8 [H, W, 3]; with ``size``, fitted to [size, size, 3].

    Everything becomes RGB by Pillow's ``convert("RGB")``, as in guided-diffusion's ``image_datasets.py``: grey levels
    are repeated, palettes looked up, CMYK converted; transparency is dropped, not blended, so that the colour under a
    transparent pixel shows. Orientation tags of EXIF are not applied, as there. Of a 16-bit RGB file Pillow gives the
    upper bytes.

    Raises:
        InputError: the bytes are no image of a known format, or damaged; the image has more pixels than Pillow's
            ``MAX_IMAGE_PIXELS``; or it has grey levels above 255, which the conversion would clip to white.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_pixels(image, name)
            rgb = _to_rgb(image, name)
    except InputError:
        raise
    except BOMBS:
        raise InputError(_too_many_pixels(name)) from None
    except Exception as error:  # Pillow's decoders raise whatever they stumble over in a damaged file
        reason = "it is damaged" if str(error) == "" or "BytesIO" in str(error) else " ".join(str(error).split())
        raise InputError(
            f"{name} cannot be read as an image ({reason}); remove it, or save it as one of {', '.join(FORMATS)}"
        ) from error
    return np.asarray(rgb if size is None else _fit(rgb, size))


def fit(image: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Resizes and crops uint8 [H, W, 3] to [size, size, 3] by the rule of guided-diffusion's ``center_crop_arr``.

    While the shorter side is at least twice ``size``, the image is halved by averaging (box filter); then the shorter
    side is brought to ``size`` by bicubic interpolation; then the middle is cut out. An image of that very size is
    returned as it is.
    """
    return np.asarray(_fit(Image.fromarray(image), size))


def random_crop(image: NDArray[np.uint8], size: int, draws: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Cuts a square out of uint8 [H, W, 3] at random, by the rule of guided-diffusion's ``random_crop_arr``.

    The shorter side is brought to a length between ``size`` and ``size`` / 0.8, as :func:`fit` brings it to ``size``,
    and [size, size, 3] is cut out of the result.

    Args:
        image: of any size.
        size: of the square, in pixels.
        draws: three random integers of 64 bits, for the length, the row and the column.
    """
    longest = math.ceil(size / LEAST_SHARE)
    shorter = size + draws[0] % (longest - size + 1)
    pixels = np.asarray(_shrink(Image.fromarray(image), shorter))
    top, left = draws[1] % (pixels.shape[0] - size + 1), draws[2] % (pixels.shape[1] - size + 1)
    return pixels[top : top + size, left : left + size]


def _fit(image: Image.Image, size: int) -> Image.Image:
    image = _shrink(image, size)
    left, top = (image.width - size) // 2, (image.height - size) // 2
    return image.crop((left, top, left + size, top + size))


def _shrink(image: Image.Image, shorter: int) -> Image.Image:
    """Brings the shorter side to a length, in halves and then by bicubic interpolation."""
    while min(image.size) >= 2 * shorter:
        image = image.resize((image.width // 2, image.height // 2), Image.Resampling.BOX)
    scale = shorter / min(image.size)
    return image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.BICUBIC)


def _to_rgb(image: Image.Image, name: str) -> Image.Image:
    if image.mode.startswith(WIDE_MODES):
        levels = np.asarray(image)
        if levels.max() > BRIGHTEST:
            raise InputError(
                f"{name} has grey levels up to {levels.max():g}, of which those above {BRIGHTEST} would be lost; "
                "convert it to 8 bits a channel first"
            )
    if image.mode == "P" and "transparency" in image.info:
        image = image.convert("RGBA")  # the same colours, without Pillow's warning about the transparency
    return image.convert("RGB")


def _check_pixels(image: Image.Image, name: str) -> None:
    limit = Image.MAX_IMAGE_PIXELS
    if limit is not None and image.width * image.height > limit:
        raise InputError(_too_many_pixels(name))


def _too_many_pixels(name: str) -> str:
    return (
        f"{name} has more than {Image.MAX_IMAGE_PIXELS:,} pixels, which is refused as a decompression bomb; "
        "save it in a smaller size"
    )
