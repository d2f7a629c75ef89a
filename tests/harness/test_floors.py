"""The house stands: no import runs upward, none sideways, and none past the package's name."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import beatgans.harness

ROOT = Path(beatgans.harness.__file__).parents[1]
STANDS_ON = {
    "reference_batches": set(),
    "reports": set(),
    "evaluator": {"reference_batches"},
    "generators": {"reference_batches"},
    "harness": {"reference_batches", "reports", "evaluator", "generators"},
}
GROUND = ("reference_batches", "reports")
MODULES = sorted(path for room in STANDS_ON for path in (ROOT / room).rglob("*.py"))


def imports_of(path, root=ROOT):
    """All modules that a file imports, anywhere in it, by their absolute names."""
    package = ["beatgans", *path.relative_to(root).parent.parts]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            # `from .. import evaluator` names the module only behind `import`
            yield from ([f"{module}.{alias.name}" for alias in node.names] if module == "beatgans" else [module])


def test_there_is_something_to_read():
    assert len(MODULES) > 60
    assert {path.relative_to(ROOT).parts[0] for path in MODULES} == set(STANDS_ON)


@pytest.mark.parametrize("room", STANDS_ON)
def test_a_room_imports_only_what_it_stands_on(room):
    upward = {
        (str(path.relative_to(ROOT)), name)
        for path in MODULES
        if path.relative_to(ROOT).parts[0] == room
        for name in imports_of(path)
        if name.split(".")[0] == "beatgans" and name.split(".")[1] not in {room, *STANDS_ON[room]}
    }
    assert upward == set()


def test_the_rooms_on_the_ground_do_without_torch():
    using_torch = {
        str(path.relative_to(ROOT))
        for path in MODULES
        if path.relative_to(ROOT).parts[0] in GROUND and any(name.split(".")[0] == "torch" for name in imports_of(path))
    }
    assert using_torch == set()


def test_nobody_imports_a_bare_folder_which_would_be_a_second_module():
    bare = {
        (str(path.relative_to(ROOT)), name)
        for path in MODULES
        for name in imports_of(path)
        if name.split(".")[0] in STANDS_ON
    }
    assert bare == set()


def test_the_reader_of_imports_sees_every_form(tmp_path):
    path = tmp_path / "harness" / "verbs" / "a.py"
    path.parent.mkdir(parents=True)
    path.write_text(
        "import torch.nn\nfrom ... import evaluator\nfrom ...reports.table import x\n"
        "from ..run import y\nfrom . import z\n"
        "def f():\n    import scipy as s\n"
    )
    assert list(imports_of(path, tmp_path)) == [
        "torch.nn",
        "beatgans.evaluator",
        "beatgans.reports.table",
        "beatgans.harness.run",
        "beatgans.harness.verbs",
        "scipy",
    ]
