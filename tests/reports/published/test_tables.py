import csv
import io

from beatgans.reports.published import published_quantities, published_scores, quantities_table, scores_table, search
from beatgans.reports.render import csv as render_csv
from beatgans.reports.render import html, latex, markdown


def test_numbers_are_as_printed():
    table = scores_table(search(published_scores(), ["adm", "table 5", "64"]))
    assert [row.cells["fid"].text for row in table.rows] == ["4.06", "2.92", "2.61", "2.07"]
    assert "inception_score" not in [column.key for column in table.columns]


def test_errata_of_what_is_shown_are_spelled_out_and_no_others():
    table = scores_table(search(published_scores(), ["adm", "table 10", "256"]))
    assert any(note.startswith("[1] ADM Table 10 prints") for note in table.notes)
    assert not any(note.startswith("[14]") for note in table.notes)
    assert any("[1]" in row.label for row in table.rows)


def test_recalled_numbers_are_marked_in_every_rendering():
    table = scores_table(search(published_scores(), ["analytic-dpm", "ddim", "50"]))
    assert all(row.label.endswith("(recalled)") for row in table.rows)
    assert any(note.startswith("Recalled:") for note in table.notes)
    for render in (markdown, latex, render_csv, html):
        assert "recalled" in render(table)


def test_nothing_is_the_best():
    table = scores_table(published_scores())
    assert not any(cell.best for row in table.rows for cell in row.cells.values())


def test_the_whole_is_rendered_in_every_notation():
    tables = (scores_table(published_scores()), 467), (quantities_table(published_quantities()), 264)
    for table, count in tables:
        assert len(list(csv.DictReader(io.StringIO(render_csv(table))))) == count
        assert markdown(table).count("\n|") == count + 2
        assert latex(table).count(r"\begin{tabular}") == latex(table).count(r"\end{tabular}") > 1
        assert html(table).count("<tr>") == count + 1
