"""The wheel: everything that is in the tree is in it, and all of it can be imported from it."""

import configparser
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ["evaluator", "generators", "harness", "reference_batches", "reports"]


def folders():
    return sorted(
        folder
        for room in ROOMS
        for folder in [ROOT / room, *(ROOT / room).rglob("*")]
        if folder.is_dir() and not folder.name.startswith((".", "__")) and not folder.parent.name.startswith(".")
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built from a copy of the tree, so that no earlier build's leftovers are in it."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    tracked = ["setup.cfg", "pyproject.toml", "README.md", "LICENSE", *ROOMS]
    subprocess.run(["cp", "-r", *(str(ROOT / name) for name in tracked), str(source)], check=True)
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(source)]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return next(out.glob("*.whl"))


def test_every_folder_is_a_package_that_setup_cfg_lists():
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg")
    listed = config["options"]["packages"].split()
    assert sorted(listed) == ["beatgans." + ".".join(folder.relative_to(ROOT).parts) for folder in folders()]
    assert [folder for folder in folders() if not (folder / "__init__.py").exists()] == []


def test_every_file_of_the_tree_is_in_the_wheel(wheel):
    tree = {
        "beatgans/" + file.relative_to(ROOT).as_posix()
        for folder in folders()
        for file in folder.iterdir()
        if file.is_file() and not file.name.startswith(".")
    }
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert packed == tree


def test_every_module_imports_from_the_wheel(wheel, tmp_path):
    zipfile.ZipFile(wheel).extractall(tmp_path)
    modules = sorted(
        ".".join(file.relative_to(tmp_path).with_suffix("").parts)
        for file in tmp_path.rglob("*.py")
        if file.stem not in {"__init__", "__main__"}
    )
    assert len(modules) > 50
    # -S keeps the finder of an editable install out; the folder of the libraries is added by hand.
    libraries = [path for path in sys.path if "site-packages" in path]
    lines = [f"import sys; sys.path[:0] = [{str(tmp_path)!r}]; sys.path += {libraries!r}"]
    lines += ["import importlib"]
    lines += [f"assert importlib.import_module({m!r}).__file__.startswith({str(tmp_path)!r}), {m!r}" for m in modules]
    script = "\n".join(lines)
    ran = subprocess.run(
        [sys.executable, "-S", "-c", script], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_the_weights_are_small():
    weights = [file for folder in folders() for file in folder.glob("*.safetensors")]
    assert len(weights) == 4
    assert sum(file.stat().st_size for file in weights) < 8e6


def test_every_weights_file_has_a_record():
    for folder in folders():
        for file in folder.glob("*.safetensors"):
            assert file.with_suffix(".json").exists(), f"{file} has no record of how it was made"
