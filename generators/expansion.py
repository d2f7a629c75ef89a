"""From what people write about a model to what its entry holds. Needs no torch.

In YAML a network is described by ``weights``, ``url`` and one of ``flags`` (with the ``project`` whose defaults they
have), ``config`` and ``architecture``. Sizes, classes and schedules follow from the flags, and are not written twice.
A user's own file with a ``url`` is fetched like the catalog's; its folder in the cache is named after the address, so
that no two addresses are ever taken for one another, nor for the catalog's files.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from ..reference_batches import InputError, open_images
from .diffusion import architecture as adm
from .diffusion.flags import ImprovedUpsamplerFlags, NetworkFlags, UpsamplerFlags, read_flags
from .gan import huggingface

Tree = dict[str, Any]
Lookup = Callable[[str], Tree]
"""From the name of a classifier's entry to the fields of its network."""

NETWORK_KEYS = ("weights", "url", "project", "flags", "config", "architecture")
GUIDED_DIFFUSION = "guided-diffusion"
OF_FLAGS = ("diffusion", "upsampler", "classifier")
KEY_OF: dict[str, tuple[str, ...]] = {
    "project": OF_FLAGS,
    "flags": OF_FLAGS,
    "config": ("gan",),
    "weights": (*OF_FLAGS, "gan"),
    "url": (*OF_FLAGS, "gan"),
}
"""The families of models that a key is for."""


def expand(tree: Mapping[str, Any], place: str, folder: Path | None, classifier_named: Lookup) -> Tree:
    """The fields of an entry.

    Args:
        tree: what was written, with its ``family``.
        place: what messages call it.
        folder: what paths of files are relative to; None in the catalog, whose files have names and no paths.
        classifier_named: gives the networks of the catalog's classifiers.

    Raises:
        InputError: flags, a configuration, a file's path or its address are wrong.
    """
    entry = {key: value for key, value in tree.items() if key not in NETWORK_KEYS}
    family, network = tree.get("family"), {key: tree[key] for key in NETWORK_KEYS if key in tree}
    _check_whole(entry.get("num_classes", 0), f"{place}: num_classes")
    if entry.get("null_label") is not None:
        _check_whole(entry["null_label"], f"{place}: null_label")
    for key in network:
        if key in KEY_OF and family not in KEY_OF[key]:
            kinds = ", ".join(KEY_OF[key])
            raise InputError(f"{place}: {key} is for models of the family {kinds}, and not of {family}; leave it out")
    if network:
        if "weights" in network or "url" in network:
            network["weights"] = _file(network, folder, f"{place}: ")
        _check_described_once(network, place)
        if "architecture" not in network:
            expand_by = _expand_config if family == "gan" else _expand_flags
            facts = expand_by(network, entry, place, folder)
            # Flags leave the number of classes open, as the originals have it in their code.
            twice = [key for key in facts if key in entry and (key != "num_classes" or family == "gan")]
            if twice:
                raise InputError(f"{place}: {twice[0]} follows from the flags or the config; leave it out")
            entry |= facts
        entry["network"] = network
        _check_null_label(entry, place)
    if family == "diffusion":
        classes = tree.get("num_classes") or adm.NUM_CLASSES
        _expand_classifier(entry, classes, place, folder, classifier_named)
    if family == "images":
        entry |= _image_facts(entry, place, folder)
    if family == "pipeline":
        entry |= _pipeline_facts(entry, folder)
    return entry


def _expand_flags(network: Tree, entry: Tree, place: str, _: Path | None) -> Tree:
    """Fills a network in from its flags, and returns what they say about the entry."""
    project = network.setdefault("project", GUIDED_DIFFUSION)
    flags = read_flags(network.get("flags", {}), str(entry.get("family")), project, f"{place}: flags")
    classes = entry.get("num_classes", adm.NUM_CLASSES)
    if isinstance(flags, NetworkFlags) and flags.class_cond and not classes:
        raise InputError(f"{place}: num_classes is 0, and class_cond is True; say how many classes there are")
    # A label for no class is usually one more than there are classes.
    embedded = classes + 1 if entry.get("null_label") == classes else classes
    network["flags"] = flags.model_dump()
    network["architecture"] = adm.network_fields(flags, embedded, f"{place}: flags")
    facts: Tree = {"image_size": adm.image_size_of(flags), "num_classes": classes}
    if isinstance(flags, NetworkFlags):
        facts["schedule"] = adm.schedule_fields(flags)
        if not flags.class_cond:
            facts["num_classes"] = 0
    if isinstance(flags, UpsamplerFlags | ImprovedUpsamplerFlags):
        facts["small_size"] = flags.small_size
    return facts


def _check_described_once(network: Tree, place: str) -> None:
    """Refuses an architecture beside that which it would follow from."""
    for key in ("flags", "config"):
        if "architecture" in network and key in network:
            raise InputError(f"{place}: the architecture follows from the {key}; leave one of the two out")


def _check_whole(number: object, place: str) -> None:
    if isinstance(number, bool) or not isinstance(number, int):
        raise InputError(f"{place} is {number!r}, and must be a whole number")


def _check_null_label(entry: Tree, place: str) -> None:
    """Refuses a label for no class that the network does not embed."""
    null_label, architecture = entry.get("null_label"), entry["network"].get("architecture")
    if null_label is None or not isinstance(architecture, Mapping):
        return
    embedded = architecture.get("num_classes")
    if embedded is None:
        raise InputError(
            f"{place}: null_label is {null_label}, and the network is told no labels; leave it out, or set "
            "class_cond to True if it was trained with labels"
        )
    if isinstance(embedded, int) and not 0 <= null_label < embedded:
        raise InputError(
            f"{place}: null_label is {null_label}, and the network has labels 0 to {embedded - 1}; it is one of them, "
            "or num_classes for one more"
        )


def _expand_config(network: Tree, _: Tree, place: str, folder: Path | None) -> Tree:
    """Fills a BigGAN-deep in from its configuration, and returns what that says about the entry."""
    given, place = network.get("config", {}), f"{place}: config"
    if isinstance(given, str):
        path = Path(_path(given, folder, place))
        given, place = _read_json(path), str(path)
    if not isinstance(given, Mapping):
        raise InputError(f"{place} must be a mapping, or the path of a config.json")
    config = huggingface.read_config(given, place)
    network["config"] = config.model_dump(mode="json")
    network["architecture"] = huggingface.network_fields(config)
    return {"image_size": config.output_dim, "num_classes": config.num_classes}


def _expand_classifier(
    entry: Tree, num_classes: int, place: str, folder: Path | None, classifier_named: Lookup
) -> None:
    """Fills in the classifier that guides a model. An unconditional model has its classes."""
    given = entry.get("classifier")
    if given is None:
        return
    if isinstance(given, str):
        classifier = classifier_named(given)
    elif isinstance(given, Mapping):
        classifier = dict(given)
        _check_described_once(classifier, f"{place}: classifier")
        if "weights" in classifier or "url" in classifier:
            classifier["weights"] = _file(classifier, folder, f"{place}: classifier.")
        if "architecture" not in classifier:
            flags = read_flags(
                classifier.get("flags", {}), "classifier", GUIDED_DIFFUSION, f"{place}: classifier.flags"
            )
            if "image_size" not in flags.model_fields_set and "image_size" in entry:
                # The scripts' one flag sizes both networks.
                flags = flags.model_copy(update={"image_size": entry["image_size"]})
            classifier |= {
                "project": GUIDED_DIFFUSION,
                "flags": flags.model_dump(),
                "architecture": adm.network_fields(flags, num_classes, f"{place}: classifier.flags"),
            }
    else:
        raise InputError(f"{place}: classifier must be a mapping with weights and flags, or a name")
    entry["classifier"] = classifier
    known = classifier["architecture"]
    if not entry.get("num_classes") and isinstance(known, Mapping) and "out_channels" in known:
        entry["num_classes"] = known["out_channels"]


def _image_facts(entry: Tree, place: str, folder: Path | None) -> Tree:
    """What the images themselves say."""
    path = _path(entry.get("images"), folder, f"{place}: images")
    images = open_images(path)
    height, width = images.image_size
    return {
        "images": path,
        "num_images": len(images),
        "image_size": height if height == width else None,
        "num_classes": 0 if images.labels is None else int(images.labels.max()) + 1,
    }


def _pipeline_facts(entry: Tree, folder: Path | None) -> Tree:
    """The pipeline's folder, if there is one, and its classes."""
    facts: Tree = {}
    pipeline, prompts = entry.get("pipeline"), entry.get("prompts")
    if isinstance(pipeline, str) and folder is not None and (folder / pipeline).is_dir():
        facts["pipeline"] = str(folder / pipeline)
    if isinstance(prompts, list):
        facts["num_classes"] = len(prompts)
    return facts


def _file(network: Mapping[str, Any], folder: Path | None, place: str) -> str:
    """A network's file of weights: its path or, where a user gives its address, its name in the cache."""
    url, given = network.get("url"), network.get("weights")
    if folder is None or url is None:
        return _path(given, folder, f"{place}weights")
    try:
        address = urlsplit(url) if isinstance(url, str) else None
    except ValueError:  # of a host that cannot be one
        address = None
    if address is None or address.scheme not in {"http", "https"} or not address.netloc:
        raise InputError(f"{place}url is {url!r} and must be the address of a file, such as https://host/path/model.pt")
    name = PurePosixPath(unquote(address.path)).name if given is None else given
    if not isinstance(name, str) or name in {"", ".", ".."} or Path(name).name != name:
        raise InputError(
            f"{place}weights is {name!r}, and beside a url must be a file's name without a folder, such as model.pt"
        )
    return f"{hashlib.sha256(url.encode()).hexdigest()[:12]}/{name}"


def _path(given: object, folder: Path | None, place: str) -> str:
    """A file's path, taken from the folder of the YAML file that names it."""
    if not isinstance(given, str):
        raise InputError(f"{place} must be the path of a file, not {given!r}")
    return given if folder is None else str(folder.absolute() / Path(given).expanduser())


def _read_json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise InputError(f"{path} is no JSON file ({error})") from None
