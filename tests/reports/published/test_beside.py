import pytest

from beatgans.reports import ReferenceRecord, results_table
from beatgans.reports.published import published_beside, why_not_beside
from beatgans.reports.render import csv, html, latex, markdown


@pytest.fixture
def comparable(record):
    """The record, as if it were of ImageNet 256 by the protocol of the papers."""
    points = tuple(point.model_copy(update={"num_images": 50_000}) for point in record.points)
    return record.model_copy(
        update={
            "points": points,
            "num_images": 50_000,
            "reference": ReferenceRecord(name="imagenet256", num_images=10_000, sha256="ab" * 32),
            "protocol": {"protocol": "adm", "extractor": "inception"},
        }
    )


def test_nothing_published_stands_beside_numbers_of_another_protocol(record):
    assert published_beside(record).rows == ()
    reason = why_not_beside(record)
    assert "the extractor is digits and there inception" in reason
    assert "the number of images is 500 and there 50,000" in reason
    assert "the reference is digits" in reason


@pytest.mark.parametrize(
    "change", [{"num_images": 10_000}, {"protocol": {"protocol": "exact", "extractor": "inception"}}]
)
def test_one_difference_is_enough(comparable, change):
    assert why_not_beside(comparable) is None
    assert published_beside(comparable.model_copy(update=change)).rows == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"num_images": 49_999}, "{id} has 49,999 images and there are 50,000"),
        ({"image_size": (64, 64)}, "the images of {id} are 64x64 and there 256x256"),
        ({"released": False}, "the file of {model} is not the released one"),
    ],
)
def test_a_single_point_that_is_not_like_them_is_enough(comparable, changes, reason):
    first = next(point for point in comparable.points if point.family != "real")
    points = [point.model_copy(update=changes) if point is first else point for point in comparable.points]
    other = comparable.model_copy(update={"points": tuple(points)})
    assert published_beside(other).rows == ()
    assert why_not_beside(other) == reason.format(id=first.id, model=first.model)


def test_real_images_need_not_be_like_them(comparable):
    points = [
        point.model_copy(update={"num_images": 500, "image_size": (8, 8)}) if point.family == "real" else point
        for point in comparable.points
    ]
    assert any(point.family == "real" for point in points)
    assert why_not_beside(comparable.model_copy(update={"points": tuple(points)})) is None


def test_a_reference_that_cannot_be_the_released_file_is_enough(comparable):
    reference = comparable.reference.model_copy(update={"released": False})
    other = comparable.model_copy(update={"reference": reference})
    assert why_not_beside(other) == "the file of imagenet256 is not the released one"
    assert published_beside(other).rows == ()


@pytest.mark.parametrize(
    ("reference", "fids"),
    [
        ("lsun-bedroom", ["4.89", "4.24", "2.35", "1.90", "2.31", "2.02"]),
        ("lsun-horse", ["3.84", "2.95", "2.57", "3.45", "2.83"]),
        ("lsun-cat", ["17.1", "7.25", "5.57", "7.03", "5.94"]),
    ],
)
def test_lsuns_rows_of_fewer_steps_are_among_them(comparable, reference, fids):
    changed = comparable.reference.model_copy(update={"name": reference})
    rows = published_beside(comparable.model_copy(update={"reference": changed})).rows
    assert [row.cells["fid"].text for row in rows] == fids
    assert [row.cells["steps"].text for row in rows if "Table 16" in row.cells["source"].text] == [
        "250 uniform",
        "250 sweep",
    ]


def test_the_rows_are_those_of_the_paper_for_the_same_reference_once_each(comparable):
    rows = published_beside(comparable).rows
    assert [(row.model, row.cells["fid"].text) for row in rows] == [
        ("IDDPM (two-resolution) †", "12.26"), ("BigGAN-deep †", "6.95"), ("ADM †", "10.94"),
        ("ADM-G (25 steps) †", "5.44"), ("ADM-G †", "4.59"), ("ADM-U †", "7.49"), ("ADM-G, ADM-U †", "3.94"),
    ]  # fmt: skip
    assert all(row.cells["source"].text.startswith("ADM, Table") for row in rows)
    assert len(published_beside(comparable, everything=True).rows) > 40


def test_published_numbers_are_marked_sourced_and_never_the_best(comparable):
    table = results_table(comparable, published=published_beside(comparable))
    assert "Source" in [column.title for column in table.shown]
    assert any(note.startswith("† is a published number") for note in table.notes)
    best = results_table(comparable)
    for row in table.rows:
        if row.kind == "published":
            assert not any(cell.best for cell in row.cells.values())
        else:
            same = next(other for other in best.rows if other.id == row.id)
            assert {key: cell.best for key, cell in row.cells.items()} == {
                key: cell.best for key, cell in same.cells.items()
            }
    for text in (markdown(table), html(table), csv(table)):
        assert text.count("BigGAN-deep †") == 1
        assert "ADM, Table 5" in text
        assert "arXiv:2105.05233v4" in text
    assert r"BigGAN-deep $\dagger$" in latex(table)


def test_a_published_row_is_missing_nothing_that_was_measured(comparable):
    def missing(table):
        return [note for note in table.notes if note.startswith("Missing")]

    table = results_table(comparable, published=published_beside(comparable))
    assert missing(table) == missing(results_table(comparable))


def test_errata_of_the_rows_are_marked_and_spelled_out(comparable):
    table = results_table(comparable, published=published_beside(comparable))
    (row,) = (row for row in table.published if row.model == "ADM-G (25 steps) †")
    assert row.cells["source"].text == "ADM, Table 5 [17]"
    assert row.label.endswith("(ADM, Table 5 [17])")
    assert any(note.startswith("[17] LDM quotes ADM-G with 25 steps") for note in table.notes)
    assert not any(note.startswith("[14]") for note in table.notes)
