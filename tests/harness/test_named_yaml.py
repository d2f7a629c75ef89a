import pytest

from beatgans.harness.named_yaml import read_named_yaml
from beatgans.reference_batches import InputError

TEXTS = {"small": "a: 1", "large": "a: 2"}


def read(name_or_path):
    return read_named_yaml("suite", str(name_or_path), list(TEXTS), TEXTS.__getitem__, ["a", "b"], others=["all"])


def test_a_name_comes_before_a_path(tmp_path):
    (tmp_path / "own.yaml").write_text("a: 3")
    assert read("large") == ({"a": 2}, "suite large")
    assert read(tmp_path / "own.yaml") == ({"a": 3}, str(tmp_path / "own.yaml"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("smal", None, "there is no suite named '.*smal'; .*all, small.*, or give the path of a .yaml file"),
        ("none.yaml", None, "the suite .*none.yaml cannot be read: No such file"),
        ("latin.yaml", b"a: \xff", "the suite .*latin.yaml cannot be read: it is not UTF-8 text"),
        ("list.yaml", b"- a", "list.yaml is not a suite: it must be a mapping with the keys a, b"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path, name, content, message):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        read(tmp_path / name)
