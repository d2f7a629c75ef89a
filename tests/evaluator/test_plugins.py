from __future__ import annotations

import importlib.metadata
import sys

import pytest

from beatgans.evaluator.plugins import EXTRACTORS, METRICS, load_object, registered
from beatgans.reference_batches import InputError


@pytest.fixture
def write_module(tmp_path, monkeypatch):
    """Writes modules into a folder that Python looks in, and forgets them afterwards."""
    folder = tmp_path / "modules"
    folder.mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(folder)])
    before = set(sys.modules)

    def write(name, text):
        path = folder / f"{name.replace('.', '/')}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)

    yield write
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def register(tmp_path, monkeypatch):
    """Installs a package of nothing but entry points."""

    def register(package, group, **objects):
        folder = tmp_path / package
        info = folder / f"{package}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {value}" for name, value in objects.items()]
        (info / "entry_points.txt").write_text("\n".join([f"[{group}]", *lines]))
        monkeypatch.syspath_prepend(folder)
        assert importlib.metadata.version(package) == "1.0"

    return register


def test_an_object_of_a_module_is_loaded(write_module):
    write_module("own_metric", "def score(reference, samples):\n    return 42\n\nclass Box:\n    inside = score\n")
    assert load_object("own_metric:score", METRICS, "metric")(None, None) == 42
    assert load_object("own_metric:Box.inside", METRICS, "metric")(None, None) == 42


def test_an_object_of_a_submodule_is_loaded(write_module):
    write_module("own_package.deep", "score = len")
    assert load_object("own_package.deep:score", METRICS, "metric") is len


def test_the_current_folder_is_looked_in_last(write_module, tmp_path, monkeypatch):
    write_module("own_installed", "def where(): return 'installed'")
    for name in ("own_installed", "own_local"):
        (tmp_path / f"{name}.py").write_text("def where(): return 'here'")
    monkeypatch.chdir(tmp_path)
    assert load_object("own_installed:where", METRICS, "metric")() == "installed"
    assert load_object("own_local:where", METRICS, "metric")() == "here"


def test_a_registered_object_is_loaded_by_its_name(write_module, register):
    write_module("own_metric", "def score(): return 42")
    register("own_package", METRICS, sharpness="own_metric:score", sharper="own_metric:score [gpu]")
    assert registered(METRICS) == {"sharper": "own_metric:score [gpu]", "sharpness": "own_metric:score"}
    assert registered(EXTRACTORS) == {}
    assert load_object("sharpness", METRICS, "metric")() == 42
    assert load_object("sharper", METRICS, "metric")() == 42


def test_listing_imports_nothing(register):
    register("own_package", METRICS, sharpness="no_such_module_at_all:score")
    assert "sharpness" in registered(METRICS)


def test_one_name_for_two_objects_is_refused(register):
    register("own_package", METRICS, sharpness="one:score")
    register("other_package", METRICS, sharpness="two:score")
    with pytest.raises(InputError, match=r"two installed packages register 'sharpness' in beatgans\.metrics, as "):
        registered(METRICS)


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        (
            "own:score",
            "def scores(): pass",
            "module own has no 'score' for the metric 'own:score'; did you mean scores",
        ),
        ("own:Box.lid", "class Box: pass", "the module own has no 'Box.lid' for the metric 'own:Box.lid'$"),
        ("own:score", "score = 3", "the metric 'own:score' is of type int; name a function or a class"),
        ("own:score", "1 / 0", r"cannot be imported \(ZeroDivisionError: division by zero\); mend it"),
        ("own:score", "def", r"cannot be imported \(SyntaxError: invalid syntax"),
        ("own:score", "import no_such_library", "needs no_such_library, which is not installed"),
        (
            "own.deep:score",
            "",
            r"there is no module own\.deep for the metric 'own\.deep:score'; install it, or put own",
        ),
        ("own:score:more", "", "the metric 'own:score:more' is not of the form module:object"),
        ("own:", "", "the metric 'own:' is not of the form module:object"),
        (":score", "", "the metric ':score' is not of the form module:object"),
        ("own.py:score", "", r"there is no module own\.py for the metric"),
        (
            "no_such_module:score",
            "",
            r"there is no module no_such_module .* or put no_such_module\.py into the current",
        ),
    ],
)
def test_what_cannot_be_loaded_is_said_in_one_sentence(write_module, name, text, complaint):
    write_module("own", text)
    with pytest.raises(InputError, match=complaint) as caught:
        load_object(name, METRICS, "metric")
    assert "\n" not in str(caught.value)


def test_an_unknown_name_gets_a_hint(register):
    with pytest.raises(InputError, match="there is no metric named 'sharpnes'; name it as module:object, or install"):
        load_object("sharpnes", METRICS, "metric")
    register("own_package", METRICS, sharpness="own_metric:score")
    with pytest.raises(InputError, match=r"there is no metric named 'sharpnes'; did you mean sharpness\?"):
        load_object("sharpnes", METRICS, "metric")
