"""Everything that has a name: models, suites, references, extractors and recipes, with what is said about each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..evaluator import EXTRACTORS
from ..generators import MODELS, find_entry
from ..generators.entry import NetworkEntry
from ..generators.training.recipe import recipe_names
from ..generators.weight_files import cached_path
from ..reference_batches import REFERENCES, InputError, hint, near_names
from .points import operating_points
from .recipes import load_recipe
from .run_overview import is_run, run_overview
from .suite import load_suite, suite_names


def list_entries(kind: str | None) -> dict[str, dict[str, str]]:
    """One line on each name, by kind: of all kinds or of one.

    Raises:
        InputError: there is no such kind.
    """
    if kind is not None and kind not in _LISTS:
        raise InputError(f"there is no list of {kind!r}; {hint(kind, _LISTS)}")
    return {name: make() for name, make in _LISTS.items() if kind in {None, name}}


def show_entries(name: str) -> dict[str, dict[str, Any]]:
    """All that is known under a name, by kind; a name may be a suite's and an extractor's at once.

    Besides the names of the lists there are all that a model can be called: a model file, a function, BASE+UPSAMPLER.
    The folder of a run is shown with how far it is.

    Raises:
        InputError: nothing has this name, or its file cannot be used.
    """
    known = list_entries(None)
    kinds = [kind for kind, entries in known.items() if name in entries]
    if not kinds and is_run(Path(name)):
        return {"runs": run_overview(Path(name))}
    if not kinds and any(sign in name for sign in ".:+/"):
        return {"models": _show_model(name)}
    if not kinds:
        names = sorted(set().union(*known.values()))
        close = hint(name, names) if near_names(name, names) else "`beatgans list` has all names"
        raise InputError(f"nothing is named {name!r}; {close}")
    return {kind: _DETAILS[kind](name) for kind in kinds}


def _show_model(name: str) -> dict[str, Any]:
    entry = find_entry(name)
    shown = entry.model_dump(mode="json", exclude_none=True)
    if entry.networks:
        shown["weights_are"] = {network.weights: _where(network) for network in entry.networks}
    if entry.cautions:
        shown["cautions"] = list(entry.cautions)
    return shown


def _where(network: NetworkEntry) -> str:
    """Where a network's weights are, for people."""
    if network.url is None:
        return "here" if Path(network.weights).is_absolute() else "part of beatgans"
    cached = cached_path(network)
    return f"fetched to {cached}" if cached.exists() else f"to be fetched to {cached} when they are first needed"


def _show_suite(name: str) -> dict[str, Any]:
    suite = load_suite(name)
    return {
        **suite.model_dump(mode="json", exclude={"points"}, exclude_none=True),
        "points": [point.id for point in operating_points(suite)],
    }


def _show_reference(name: str) -> dict[str, Any]:
    return {"name": name, "description": REFERENCES[name].description}


def _show_extractor(name: str) -> dict[str, Any]:
    return {"name": name, "description": EXTRACTORS[name].description}


def _show_recipe(name: str) -> dict[str, Any]:
    return load_recipe(name).model_dump(mode="json", exclude_none=True)


_LISTS: dict[str, Callable[[], dict[str, str]]] = {
    "models": lambda: {name: entry.description for name, entry in MODELS.items()},
    "suites": lambda: {name: load_suite(name).title or name for name in suite_names()},
    "references": lambda: {name: entry.description for name, entry in REFERENCES.items()},
    "extractors": lambda: {name: entry.description for name, entry in EXTRACTORS.items()},
    "recipes": lambda: {name: load_recipe(name).description for name in recipe_names()},
}
_DETAILS: dict[str, Callable[[str], dict[str, Any]]] = {
    "models": _show_model,
    "suites": _show_suite,
    "references": _show_reference,
    "extractors": _show_extractor,
    "recipes": _show_recipe,
}
