"""All figures of a report, in its order."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from .classes_figure import fid_of_classes
from .figures import FIGURES
from .guidance_figure import fid_and_is_against_guidance
from .pictures import Images, Labels, nearest_images, samples_by_steps
from .record import RunRecord

OPTIONAL = ("fid_and_is_against_guidance", "fid_of_classes", "samples_by_steps", "nearest_images")
"""The figures that a report has only where there is something to draw in them."""


def draw_all(
    record: RunRecord,
    samples: Mapping[str, tuple[Images, Labels]],
    neighbours: Mapping[str, Images],
) -> dict[str, Figure]:
    """The figures by name, which is that of their files.

    Args:
        record: the run.
        samples: the first samples of points, and their labels, by the point's id.
        neighbours: the real images nearest to the first of them, [n, k, H, W, 3], by the point's id.
    """
    optional = {
        "fid_and_is_against_guidance": fid_and_is_against_guidance(record),
        "fid_of_classes": fid_of_classes(record),
        "samples_by_steps": samples_by_steps(record, samples),
        "nearest_images": nearest_images(record, samples, neighbours),
    }
    assert tuple(optional) == OPTIONAL
    drawn = {name: draw(record) for name, draw in FIGURES.items()}
    return drawn | {name: figure for name, figure in optional.items() if figure is not None}
