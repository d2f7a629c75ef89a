"""What a model can be called: by its name, by a path, as a function, or as one model on top of another.

Wherever a model is named, on the command line, in a suite or from Python, the name is one of these:

- a name of the catalog, or the name of a released file of weights, such as ``64x64_diffusion``;
- the path of a model file (``.yaml``), see :mod:`.model_file`;
- ``module:function``, a Python function ``(seeds, labels) -> images``;
- the path of a folder that diffusers has saved, or ``diffusers:NAME`` for one of the hub;
- the path of a batch file, a folder or a zip archive of generated images, or the name of a released batch of samples;
- ``BASE+UPSAMPLER``, a stack of two of these.

Needs no torch.
"""

from __future__ import annotations

import re
from pathlib import Path

from ..reference_batches import CatalogEntry, InputError, catalog, hint, near_names
from .adapters.entries import ImagesEntry
from .catalog import ENTRY, MODELS
from .entry import NOTHING_KNOWN, Detail, ModelEntry
from .expansion import Tree, expand
from .generator import SamplerSettings
from .model_file import SUFFIXES, read_model_file
from .own_weights import with_weights
from .stack import StackEntry

FUNCTION = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
HUB = "diffusers:"
CHECKPOINTS = (".pt", ".pth", ".bin", ".ckpt", ".safetensors")
IMAGE_FILES = (".npz", ".zip")


def find_model(name: str, weights: Path | str | None = None) -> ModelEntry:
    """What there is to know about a model that can be sampled.

    Args:
        name: see above.
        weights: a file or a folder with its weights, in place of those that ship or are fetched.

    Raises:
        InputError: there is no such model, it makes no images by itself, or its file cannot be used. The message names
            those with a similar name.
    """
    entry = find_entry(name)
    if entry.why_not_alone is not None:
        raise InputError(entry.why_not_alone)
    return entry if weights is None else with_weights(entry, Path(weights))


def find_entry(name: str) -> ModelEntry:
    """What there is to know under a name, also about upsamplers and classifiers.

    Raises:
        InputError: there is nothing of that name, or its file cannot be used.
    """
    if name in MODELS:
        return MODELS[name]
    for entry in MODELS.values():
        if entry.family != "stack" and entry.weights[:1] and name in {entry.weights[0], Path(entry.weights[0]).stem}:
            return entry
    if (released := catalog().get(name)) is not None and released.kind == "sample":
        return _released(released)
    if name.startswith(HUB) and "+" not in name:  # which no name on the hub has: the stack is told first
        return _adapter(name.removeprefix(HUB), family="pipeline", pipeline=name.removeprefix(HUB))
    return _elsewhere(name)


def _elsewhere(name: str) -> ModelEntry:
    """A model of a path or of a program."""
    if not name:
        raise InputError("the model's name is empty; `beatgans list models` has the names")
    path = Path(name)
    base, plus, upsampler = name.rpartition("+")
    if plus and not path.exists():
        return _stack(base, upsampler)
    if path.suffix in SUFFIXES:
        return read_model_file(path, find_entry)
    if path.is_dir() and (path / "model_index.json").is_file():
        return _adapter(path.name, family="pipeline", pipeline=str(path))
    if path.is_dir() or (path.is_file() and path.suffix in IMAGE_FILES):
        return _adapter(path.stem, family="images", images=name)
    if path.suffix in CHECKPOINTS:
        raise InputError(
            f"{name} is a file of weights, which does not say how its network is built; write its flags into a model "
            "file, as docs/models.md shows, or give it as --weights of a model of the catalog"
        )
    if FUNCTION.fullmatch(name):
        return _adapter(name.replace(":", "."), family="callable", function=name)
    if path.suffix in IMAGE_FILES or path.parent != Path():
        raise InputError(f"the model {name} does not exist")
    close = near_names(name, MODELS)
    names = hint(name, close) if close else "`beatgans list models` has the names"
    raise InputError(f"there is no model named {name!r}; {names}")


def _stack(base: str, upsampler: str) -> StackEntry:
    first, second = find_entry(base), find_entry(upsampler)
    name = f"{first.name}+{second.name}"
    stack = StackEntry(
        name=name,
        family="stack",
        description=f"{first.description}; enlarged by {second.name}",
        trained_on=second.trained_on,
        source=second.source,
        licence=second.licence,
        base=base,
        upsampler=upsampler,
    )
    return stack.joined(first, second)


def _released(batch: CatalogEntry) -> ModelEntry:
    """The entry of a batch of samples that OpenAI has released, be it fetched or not."""
    return ImagesEntry(
        name=batch.name,
        family="images",
        description=batch.description,
        image_size=batch.resolution,
        num_classes=0,
        trained_on=None,
        source=batch.url,
        licence=None,
        images=batch.name,
        num_images=batch.images,
    )


def _adapter(name: str, **fields: str) -> ModelEntry:
    """The entry of a program or of images that were named without a model file."""
    described = {"name": name, "description": f"images made by {' '.join(fields.values())}"}
    tree = expand({**described, **NOTHING_KNOWN, **fields}, name, Path(), _no_classifier)
    entry: ModelEntry = ENTRY.validate_python(tree)
    return entry


def _no_classifier(name: str) -> Tree:
    raise AssertionError(f"no adapter is guided, and {name} is no part of one")


def check_settings(model: str, settings: SamplerSettings) -> None:
    """Refuses an unknown model, and settings that it cannot be sampled with.

    Raises:
        InputError: says which setting, and what would be right.
    """
    find_model(model).check(settings)


def expected_steps(model: str, settings: SamplerSettings) -> int | None:
    """The number of sampling steps; None for a GAN and for what does not tell.

    Raises:
        InputError: as :func:`check_settings` does.
    """
    return find_model(model).steps(settings)


def settings_warnings(model: str, settings: SamplerSettings) -> list[str]:
    """What a model and settings that it accepts will probably not give, in sentences.

    Raises:
        InputError: there is no such model.
    """
    entry = find_model(model)
    return [*entry.cautions, *entry.warnings(settings)]


def settings_details(model: str, settings: SamplerSettings) -> dict[str, Detail]:
    """What a record should say about how a model makes images, beyond the settings.

    Raises:
        InputError: there is no such model.
    """
    return find_model(model).details(settings)


def expected_evaluations(model: str, settings: SamplerSettings) -> tuple[int, int] | None:
    """The evaluations of the network and of the guiding classifier that one image takes.

    None where another program makes the images: only sampling tells, if anything does.

    Raises:
        InputError: as :func:`check_settings` does.
    """
    return find_model(model).evaluations(settings)
