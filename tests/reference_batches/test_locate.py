import pytest

from beatgans.reference_batches import DownloadError, InputError, catalog, check_file
from beatgans.reference_batches.locate import locate


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BEATGANS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def fetched():
    path = catalog()["imagenet64"].path
    path.parent.mkdir(parents=True)
    path.write_bytes(b"content")
    check_file(path)
    return path


def test_a_name_of_the_catalog_is_its_file_once_it_was_fetched(fetched):
    assert locate("imagenet64") == fetched


def test_a_name_that_was_not_fetched_says_how():
    with pytest.raises(InputError, match=r"`beatgans reference fetch imagenet512` does so \(0\.9 GB\)"):
        locate("imagenet512")


def test_a_file_that_has_changed_is_refused(fetched):
    fetched.write_bytes(b"contents")
    with pytest.raises(DownloadError, match="delete the file to fetch it again"):
        locate("imagenet64")


def test_a_path_comes_before_a_name(tmp_path):
    (tmp_path / "imagenet64").mkdir()
    assert locate("imagenet64").is_dir()


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("imagenet257", "did you mean imagenet256"),
        ("coco", "known are digits, digits-heldout, the names of `beatgans reference list`"),
        ("folder/none", "folder/none does not exist"),
        ("none.npz", "none.npz does not exist"),
    ],
)
def test_what_is_nowhere_is_refused_with_a_hint(name, hint):
    with pytest.raises(InputError, match=hint):
        locate(name)
