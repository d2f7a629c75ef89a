import pytest

from beatgans.reports.published import found, published_quantities, published_scores, search


def test_every_word_must_be_found_in_any_case():
    rows = search(published_scores(), ["ADM", "table 5", "imagenet 256"])
    assert len(rows) == 8
    assert {row.provenance.paper for row in rows} == {"ADM"}


def test_the_name_of_a_paper_is_that_paper_alone():
    assert {row.provenance.paper for row in search(published_scores(), ["adm"])} == {"ADM"}
    assert {row.provenance.paper for row in search(published_scores(), ["ADM-G"])} > {"ADM", "DiT"}


def test_quantities_are_found_by_their_names():
    (row,) = search(published_quantities(), ["iddpm", "nll", "glow", "cifar-10"])
    assert (row.value, row.unit) == ("3.35", "bits/dim")


def test_without_words_everything_is_found():
    assert search(published_scores(), []) == list(published_scores())


@pytest.mark.parametrize(
    ("word", "text", "expected"),
    [
        ("64", "ImageNet 64", True),
        ("64", "1064 images", False),
        ("1", "Table 10", False),
        ("table 1", "Table 10: x", False),
        ("table 1", "Table 1: x", True),
        ("biggan", "BigGAN-deep", True),
        ("2.5", "classifier 2.5", True),
        ("", "anything", True),
    ],
)
def test_found(word, text, expected):
    assert found(word, text) is expected
