import pytest

from beatgans.reference_batches import REFERENCES, catalog, released_as
from beatgans.reference_batches.catalog import note_of_file

ADDRESS = "https://openaipublic.blob.core.windows.net/diffusion/jul-2021/ref_batches/"


def test_all_released_batches_are_there_under_names_of_their_own():
    entries = catalog()
    assert len(entries) == len({entry.file for entry in entries.values()}) == 34
    assert sum(entry.kind == "reference" for entry in entries.values()) == 7
    assert not set(entries) & set(REFERENCES)
    for name, entry in entries.items():
        assert name == entry.name == name.lower()
        assert entry.kind in {"reference", "sample"}
        assert entry.url.startswith(ADDRESS)
        assert entry.url.endswith(f"/{entry.file}")
        assert (entry.kind == "reference") == entry.file.startswith("VIRTUAL_") == (entry.model is None)
        # The pixels alone take so many bytes; statistics of references come on top.
        pixels = entry.images * entry.resolution**2 * 3
        assert 0 <= entry.approximate_bytes - pixels < 1e8


def test_the_two_traps_are_known_by_name_and_by_file():
    assert "1,000 images" in catalog()["imagenet512"].trap
    assert catalog()["imagenet512"].images == 1_000
    assert "without dropout" in note_of_file("admnet_imagenet64.npz")
    assert catalog()["imagenet256-admnet"].note is None
    assert note_of_file("mine.npz") is None


def test_every_reference_says_what_its_parts_are_for():
    for entry in catalog().values():
        assert ("statistics of the whole data set" in (entry.note or "")) == (entry.kind == "reference")


def test_fetched_files_lie_in_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("BEATGANS_CACHE", str(tmp_path))
    assert catalog()["imagenet64"].path == tmp_path / "reference_batches" / "VIRTUAL_imagenet64_labeled.npz"


def test_a_batch_is_known_by_its_name_and_by_its_files():
    entry = catalog()["imagenet64-admnet"]
    assert released_as("imagenet64-admnet") is entry
    assert released_as("/data/adm/admnet_imagenet64.npz") is entry
    assert released_as("mine.npz") is released_as("digits") is None


@pytest.mark.parametrize(
    ("num_images", "size", "held"),
    [
        (50_000, (64, 64), None),
        (8, (64, 64), "8 images of 64x64"),
        (50_000, (32, 64), "50,000 images of 32x64"),
        (None, None, "no images"),
    ],
)
def test_what_has_another_number_or_size_of_images_is_another_file(num_images, size, held):
    difference = catalog()["imagenet64-admnet"].difference(num_images, size)
    there = f"holds {held} and OpenAI's file of that name 50,000 of 64x64, so that it is another"
    assert difference == (None if held is None else there)
