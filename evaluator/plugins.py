"""A user's own metrics and extractors, named ``module:object`` or registered by an installed package.

A package registers an object under a name by an entry point, in the groups ``beatgans.metrics`` and
``beatgans.extractors``::

    [project.entry-points."beatgans.metrics"]
    sharpness = "my_package.sharpness:score"

Importing a module runs it: name none that you would not run.
"""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

from ..reference_batches import InputError, hint, near_names

METRICS = "beatgans.metrics"
EXTRACTORS = "beatgans.extractors"


def registered(group: str) -> dict[str, str]:
    """What installed packages register in a group, without importing it: ``module:object`` by name, in order of name.

    Raises:
        InputError: two packages register different objects under one name.
    """
    found: dict[str, str] = {}
    for entry in sorted(entry_points(group=group), key=lambda entry: entry.name):
        if found.setdefault(entry.name, entry.value) != entry.value:
            raise InputError(
                f"two installed packages register {entry.name!r} in {group}, as {found[entry.name]} and {entry.value}; "
                "uninstall one, or name the object as module:object"
            )
    return found


def load_object(name: str, group: str, kind: str, accepted: tuple[type, ...] = ()) -> Any:
    """The callable of that name, or the object of one of the accepted types.

    Args:
        name: ``module:object``, the object being an attribute of the module or, with dots, of one of its attributes; or
            the name of an entry point. Modules are looked for where Python looks, then in the current folder.
        group: the group of entry points, such as :data:`METRICS`.
        kind: what the object is to be, for the errors, such as ``metric``.
        accepted: types of objects that need not be called.

    Raises:
        InputError: nothing has that name, its module cannot be imported, or it is neither of these.
    """
    target, module_name, attributes = _parse(name, group, kind)
    found: Any = _import(module_name, target, kind)
    for attribute in attributes.split("."):
        try:
            found = getattr(found, attribute)
        except AttributeError:
            public = [known for known in dir(found) if not known.startswith("_")]
            raise InputError(
                f"the module {module_name} has no {attributes!r} for the {kind} {target!r}{_hint(attribute, public)}"
            ) from None
    if not callable(found) and not isinstance(found, accepted):
        raise InputError(f"the {kind} {target!r} is of type {type(found).__name__}; name a function or a class")
    return found


def source_file(name: str, group: str, kind: str) -> Path:
    """The file of the module that a name's object is in. The module is imported; the arguments are as above.

    Raises:
        InputError: nothing has that name, its module cannot be imported, or it is not a file.
    """
    target, module_name, _ = _parse(name, group, kind)
    file = _import(module_name, target, kind).__file__
    if file is None:
        raise InputError(f"the module {module_name} of the {kind} {target!r} is no file; name one that is")
    return Path(file)


def _parse(name: str, group: str, kind: str) -> tuple[str, str, str]:
    """``module:object``, and its two halves."""
    target = name if ":" in name else _registered_target(name, group, kind)
    module_name, _, attributes = target.partition(":")
    if not all(part.isidentifier() for part in [*module_name.split("."), *attributes.split(".")]):
        raise InputError(f"the {kind} {target!r} is not of the form module:object")
    return target, module_name, attributes


def _registered_target(name: str, group: str, kind: str) -> str:
    """The ``module:object`` that a package registers under a name."""
    known = registered(group)
    if name not in known:
        hint = _hint(name, list(known)) or "; name it as module:object, or install the package that registers it"
        raise InputError(f"there is no {kind} named {name!r}{hint}")
    return known[name].partition("[")[0].strip()  # entry points may name extras in brackets


def _import(name: str, target: str, kind: str) -> ModuleType:
    """The module of that name, imported."""
    try:
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            if not _is_missing(error, name):
                raise
        # Last on the path, so that a file in the current folder hides nothing that is installed.
        if str(Path.cwd()) not in sys.path:
            sys.path.append(str(Path.cwd()))
        importlib.invalidate_caches()
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if not _is_missing(error, name):
            raise InputError(
                f"the module {name} of the {kind} {target!r} needs {error.name}, which is not installed"
            ) from error
        raise InputError(
            f"there is no module {name} for the {kind} {target!r}; install it, or put {name.partition('.')[0]}.py "
            "into the current folder"
        ) from None
    except (Exception, SystemExit) as error:  # whatever a user's module raises
        reason = " ".join(f"{type(error).__name__}: {error}".split())
        raise InputError(
            f"the module {name} of the {kind} {target!r} cannot be imported ({reason}); mend it"
        ) from error


def _is_missing(error: ModuleNotFoundError, name: str) -> bool:
    """Whether the module itself, or a package that it is in, was not found, rather than one that it imports."""
    return error.name is not None and f"{name}.".startswith(f"{error.name}.")


def _hint(name: str, known: list[str]) -> str:
    """The known names that are closest, as the end of an error; nothing where none is."""
    close = near_names(name, known)
    return f"; {hint(name, close)}" if close else ""
