"""Model files: a user's own models, described in YAML as the catalog's are. Needs no torch.

A file holds the fields of one entry. What may be left out: ``family`` is ``diffusion`` then, ``name`` the file's, and
nothing is known of ``source``, ``licence`` and ``trained_on``. Paths are taken from the file's folder. In place of all
else, ``like`` names a model of the catalog, and ``weights`` the file or folder with its weights. No file may call its
model by the name of another that has one: in tables the two would be taken for each other.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import get_args

import yaml
from pydantic import ValidationError

from ..reference_batches import InputError, catalog, hint
from .architecture_fields import check_architectures
from .catalog import ENTRY, MODELS, Entry
from .cautions import cautions
from .entry import NOTHING_KNOWN, ModelEntry
from .expansion import Tree, expand
from .own_weights import with_weights
from .stack import StackEntry

SUFFIXES = (".yaml", ".yml")
FAMILIES = [get_args(kind.model_fields["family"].annotation)[0] for kind in get_args(get_args(Entry)[0])]
LIKE_KEYS = ("like", "name", "description", "weights")

Find = Callable[[str], ModelEntry]
"""Gives the entry of a name or path."""


def read_model_file(path: Path, find: Find) -> ModelEntry:
    """Reads a model file; ``find`` gives the entries of models that it names.

    Raises:
        InputError: the file cannot be read, or a field of it is missing, unknown or wrong.
    """
    try:
        return _entry(_read(path), path, find)
    except RecursionError:
        raise InputError(f"{path} refers to itself, by like, base or upsampler; name another model there") from None


def _entry(tree: Tree, path: Path, find: Find) -> ModelEntry:
    """The entry of what a model file says."""
    if "like" in tree:
        return _like(tree, path, find)
    family = tree.setdefault("family", "diffusion")
    if family not in FAMILIES:
        raise InputError(f"{path}: there is no family {family!r}; {hint(str(family), FAMILIES)}")
    _check_name(str(tree.get("name", path.stem)), path)
    unsaid: Tree = {"name": path.stem, "description": f"the model of {path.name}", **NOTHING_KNOWN}
    expanded = expand({**unsaid, **tree}, str(path), path.parent, _network_of)
    entry = _validated(expanded, path)
    check_architectures(entry, str(path))
    if isinstance(entry, StackEntry):
        entry = entry.joined(find(_near(entry.base, path.parent)), find(_near(entry.upsampler, path.parent)))
    entry._cautions = cautions(entry, tree, MODELS.values())
    return entry


def _read(path: Path) -> Tree:
    try:
        tree = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"the model file {path} cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, ValueError) as error:  # of its text, or of a date that is none
        raise InputError(f"the model file {path} is no YAML ({' '.join(str(error).split())})") from None
    if not isinstance(tree, dict) or not all(isinstance(key, str) for key in tree):
        raise InputError(f"the model file {path} must be a mapping with keys such as weights and flags")
    return tree


def _like(tree: Tree, path: Path, find: Find) -> ModelEntry:
    surplus = [key for key in tree if key not in LIKE_KEYS]
    if surplus:
        raise InputError(
            f"{path}: {surplus[0]} cannot be changed beside like: {tree['like']}; leave it out, or describe the model "
            "by its own flags"
        )
    if not isinstance(tree.get("weights"), str):
        raise InputError(f"{path}: weights is missing, the file or folder with the weights of {tree['like']}")
    entry = with_weights(find(str(tree["like"])), path.parent / tree["weights"])
    name = str(tree.get("name", path.stem))
    if name != entry.name:
        _check_name(name, path)
    return entry.model_copy(
        update={
            "name": name,
            "description": str(tree.get("description", entry.description)),
        }
    )


def _check_name(name: str, path: Path) -> None:
    released = catalog().get(name)
    if name in MODELS or (released is not None and released.kind == "sample"):
        raise InputError(f"{path}: {name} is the name of a model of the catalog; set `name` to another")


def _validated(tree: Tree, path: Path) -> ModelEntry:
    try:
        return ENTRY.validate_python(tree)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        family, *place = first["loc"]
        field = ".".join(str(part) for part in place)
        if first["type"] == "missing":
            field = {"network": "weights"}.get(field, field)
            raise InputError(f"{path}: {field} is missing, which a {family} model needs") from None
        if first["type"] == "extra_forbidden":
            raise InputError(f"{path}: there is no key {field!r} for a {family} model; leave it out") from None
        raise InputError(f"{path}: {field}: {first['msg'][0].lower()}{first['msg'][1:]}") from None


def _network_of(classifier: str) -> Tree:
    """The network of a classifier of the catalog."""
    if classifier not in MODELS or MODELS[classifier].family != "classifier":
        known = [name for name, entry in MODELS.items() if entry.family == "classifier"]
        raise InputError(f"there is no classifier named {classifier!r}; {hint(classifier, known)}")
    (network,) = MODELS[classifier].networks
    return network.model_dump()


def _near(name: str, folder: Path) -> str:
    """A path from the folder of the file, where something is there; else the name itself."""
    return str(folder / name) if name not in MODELS and (folder / name).exists() else name
