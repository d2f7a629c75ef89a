"""What is known of references: of those in the catalog, of built-in ones, and of files."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from ..reference_batches import REFERENCES, CatalogEntry, Reference, catalog, open_reference


def list_references() -> list[dict[str, Any]]:
    """A record of each built-in reference and each released batch."""
    built_in = [
        {"name": name, "kind": "built-in", "description": entry.description, "fetched": None, "trap": None}
        for name, entry in REFERENCES.items()
    ]
    return built_in + [
        {
            "name": entry.name,
            "kind": entry.kind,
            "description": entry.description,
            "fetched": entry.path.exists(),
            "trap": entry.trap,
        }
        for entry in catalog().values()
    ]


def show_reference(name_or_path: str) -> dict[str, Any]:
    """All that is known under a name or a path; what a file holds, if it is there.

    Raises:
        InputError: there is no such reference, or its file cannot be used.
    """
    entry = catalog().get(name_or_path)
    if entry is None:
        return _describe(open_reference(name_or_path))
    facts = _describe_entry(entry)
    if entry.path.exists():
        facts["content"] = _describe(open_reference(name_or_path))
    return facts


def _describe_entry(entry: CatalogEntry) -> dict[str, Any]:
    fetched = entry.path.exists()
    return {
        **asdict(entry),
        "note": entry.note,
        "fetched": fetched,
        "path": str(entry.path) if fetched else None,
        "content": None,
    }


def _describe(reference: Reference) -> dict[str, Any]:
    images, statistics = reference.images, reference.statistics
    built_in = REFERENCES.get(reference.name) if reference.path is None else None
    return {
        "name": reference.name,
        "path": None if reference.path is None else str(reference.path),
        "description": None if built_in is None else built_in.description,
        "images": None if images is None else len(images),
        "image_size": None if images is None else list(images.image_size),
        "labels": None if reference.labels is None else {"classes": len(set(reference.labels.tolist()))},
        "statistics": None
        if statistics is None
        else {
            "dimensions": len(statistics.mean),
            "spatial_dimensions": None if statistics.spatial_mean is None else len(statistics.spatial_mean),
            "mean_dtype": str(statistics.mean.dtype),
        },
        "features": None if reference.pool is None else len(reference.pool),
        "extractor": reference.extractor,
        "extractor_sha256": reference.extractor_sha256,
        "no_sfid": reference.no_spatial_reason,
        "no_precision_and_recall": reference.no_precision_reason,
        "note": reference.note,
        "sha256": reference.sha256,
    }
