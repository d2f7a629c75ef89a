"""The manifest: the first file of a run's folder, which says what the run is and never changes."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..reference_batches import InputError, atomic_write
from .identity import Identity, config_hash
from .journal import now
from .suite import Suite

SCHEMA: Literal["beatgans/manifest/1"] = "beatgans/manifest/1"


class Manifest(BaseModel):
    """What a run is."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_: Literal["beatgans/manifest/1"] = Field(default=SCHEMA, alias="schema")
    created: str
    """When the run began, in UTC."""
    config_hash: str
    """SHA-256 of the identity."""
    identity: Identity
    suite: Suite
    """The suite as it was resolved when the run began."""

    @classmethod
    def of(cls, suite: Suite, identity: Identity) -> Self:
        """The manifest of a run that begins now."""
        return cls(created=now(), config_hash=config_hash(identity), identity=identity, suite=suite)

    @model_validator(mode="after")
    def _hash_is_right(self) -> Self:
        if self.config_hash != config_hash(self.identity):
            raise ValueError("config_hash is not that of the identity")
        return self


def read_manifest(path: Path) -> Manifest:
    """Reads a manifest.

    Raises:
        InputError: it cannot be read, is damaged, or of another version of beatgans.
    """
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); choose another folder with -o") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "its JSON"
        raise InputError(
            f"{path} is damaged or of another version of beatgans ({place}: {first['msg']});"
            " choose another folder with -o"
        ) from error


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Writes a manifest, whole or not at all.

    Raises:
        OSError: it cannot be written.
    """
    with atomic_write(path) as file:
        file.write(manifest.model_dump_json(indent=2, by_alias=True).encode() + b"\n")
