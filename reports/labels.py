"""What samplers and points are called for people."""

from __future__ import annotations

from .record import PointRecord

SAMPLER_TITLES = {"ddpm": "DDPM", "ddim": "DDIM"}

NAME_WIDTH = 36  # letters of a legend's name, lest a long model name squeeze the axes


def sampler_title(sampler: str) -> str:
    """A sampler's name as the papers write it."""
    return SAMPLER_TITLES.get(sampler, sampler)


def printable(text: str) -> str:
    """The text with a blank for every control character: neither a terminal nor an SVG reader obeys or chokes on it."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def settings_label(point: PointRecord) -> str:
    """A point's settings in words: ``DDIM 25, guidance 1`` or ``truncation 0.5`` or ``real images``."""
    if point.family == "real":
        return "real images"
    sampler = [] if point.sampler is None else [sampler_title(point.sampler)]
    steps = [] if point.steps is None else [str(point.steps)]
    scales = [("η", point.eta or None), ("guidance", point.guidance or None), ("truncation", point.truncation)]
    words = [" ".join(sampler + steps), *(f"{name} {value:g}" for name, value in scales if value is not None)]
    if point.guidance == 0:
        words.append("unguided")
    return ", ".join(filter(None, words)) or "default settings"


def shorten(name: str, width: int = NAME_WIDTH) -> str:
    """A name that fits a legend: of a long one the beginning and the end, where the settings are."""
    name = printable(name)
    return name if len(name) <= width else f"{name[: width // 3]}…{name[-(width - width // 3) :]}"
