from collections import Counter

import pytest

from beatgans.reports.published import errata, published_quantities, published_scores, sources
from beatgans.reports.published.scores import EVALUATORS

ENTRIES = [*published_scores(), *published_quantities()]


def row(paper, table, dataset, resolution, model, **others):
    """The one row of a paper's table."""
    (found,) = (
        one
        for one in published_scores()
        if (one.provenance.paper, one.dataset, one.resolution, one.model) == (paper, dataset, resolution, model)
        and one.provenance.table.startswith(table)
        and all(getattr(one, name) == value for name, value in others.items())
    )
    return found


def scores_of(one):
    return [one.printed.get(metric) for metric in ("fid", "sfid", "inception_score", "precision", "recall")]


# Typed from the paper (arXiv 2105.05233v4), not from the file.
@pytest.mark.parametrize(
    ("table", "dataset", "resolution", "model", "others", "expected"),
    [
        ("Table 5", "ImageNet", 256, "ADM-G", {}, ["4.59", "5.25", None, "0.82", "0.52"]),
        ("Table 5", "ImageNet", 64, "ADM (dropout)", {}, ["2.07", "4.29", None, "0.74", "0.63"]),
        ("Table 5", "LSUN Bedrooms", 256, "ADM (dropout)", {}, ["1.90", "5.59", None, "0.66", "0.51"]),
        ("Table 5", "ImageNet", 128, "BigGAN-deep", {}, ["6.02", "7.18", None, "0.86", "0.35"]),
        (
            "Table 4", "ImageNet", 256, "unconditional ADM", {"guidance": "classifier 10.0"},
            ["12.00", "10.40", "95.41", "0.76", "0.44"],
        ),
        (
            "Table 6", "ImageNet", 512, "ADM-G, ADM-U", {"steps": "25+25"},
            ["5.96", "12.10", "187.87", "0.81", "0.54"],
        ),
    ],
)  # fmt: skip
def test_the_rows_of_adm_are_those_of_the_paper(table, dataset, resolution, model, others, expected):
    assert scores_of(row("ADM", table, dataset, resolution, model, **others)) == expected


def test_nothing_was_lost_on_the_way():
    assert (len(published_scores()), len(published_quantities())) == (467, 264)
    tables = Counter(
        one.provenance.table.partition(":")[0] for one in published_scores() if one.provenance.paper == "ADM"
    )
    assert tables["Table 5"] == 32
    assert tables["Table 6"] == 10


def test_every_source_and_erratum_that_is_named_is_there():
    assert {key for one in ENTRIES for key in one.provenance.sources} == set(sources())
    named = {number for one in ENTRIES for number in one.provenance.errata}
    assert sorted(errata()) == list(range(1, 18))
    assert named == set(errata())
    assert {one.action for one in errata().values()} == {"applied", "flagged", "left out"}


def test_what_was_read_has_a_source_and_a_number_of_copies():
    for one in ENTRIES:
        sourced = one.provenance.confidence == "sourced"
        assert sourced == (one.provenance.copies is not None)
        assert one.provenance.sources or not sourced


def test_every_number_is_one_and_every_evaluator_is_known():
    for one in published_scores():
        assert one.evaluator in EVALUATORS
        assert all(one.value(metric) is not None for metric in one.printed)
        assert 0 <= (one.value("precision") or 0) <= 1


def test_the_first_erratum_is_applied():
    """Table 10 prints the scores of 512 for 256; the abstract has 3.94."""
    one = row("ADM", "Table 10", "ImageNet", 256, "ADM-G (540K), ADM-U (500K)")
    assert scores_of(one) == ["3.94", "6.14", None, "0.83", "0.53"]
    assert one.provenance.errata == (1,)


def test_precision_and_recall_of_another_k_are_of_another_evaluator():
    biggan = row("IDDPM", "Table 4", "ImageNet", 64, "BigGAN-deep (100M, 125K iters, no truncation)")
    assert biggan.evaluator == "iddpm"
    assert 5 in biggan.provenance.errata
    assert all(
        one.images == 10_000 for one in published_scores() if one.provenance.table.startswith("Table 1: schedule")
    )


def test_what_comes_from_a_third_paper_is_no_measurement_of_the_evaluator():
    assert row("ADM", "Table 5", "ImageNet", 128, "LOGAN").evaluator == "quoted"
    assert {one.evaluator for one in published_scores() if one.provenance.paper == "EDM2"} == {"edm"}


def test_missing_scores_are_none():
    assert row("ADM", "Table 5", "ImageNet", 256, "ADM-G").value("inception_score") is None
