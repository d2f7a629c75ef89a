"""``beatgans env``."""

from __future__ import annotations

from .options import Json


def env(as_json: Json = False) -> None:
    """Say what machine and software this is, as results record it."""
    from ..environment import describe_environment

    environment = describe_environment()
    if as_json:
        import json

        print(json.dumps(environment, indent=2))
        return
    width = max(map(len, environment))
    for name, value in environment.items():
        print(f"{name:{width}}  {'-' if value is None else value}")
