from html.parser import HTMLParser

from beatgans.reports import results_table
from beatgans.reports.render import html


class Table(HTMLParser):
    """Collects the rows of cells, and every tag."""

    def __init__(self, text):
        super().__init__()
        self.rows, self.tags, self.depth = [], [], []
        self.feed(text)
        assert self.depth == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.depth.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        assert self.depth.pop() == tag

    def handle_data(self, data):
        if {"td", "th"} & set(self.depth):
            self.rows[-1][-1] += data


def test_cells_show_the_table_s_texts(record):
    table = results_table(record)
    for row, cells in zip(table.rows, Table(html(table)).rows[1:], strict=True):
        shown = [" ".join(cell.split()) for cell in cells]
        assert shown == [
            f"{cell.text} ± {cell.error_text}" if cell.error_text else " ".join(cell.text.split())
            for cell in (row.cells[column.key] for column in table.shown)
        ]


def test_sort_keys_are_the_exact_values(record):
    table = results_table(record)
    keys = [attributes["data-value"] for _, attributes in Table(html(table)).tags if "data-value" in attributes]
    assert repr(table.rows[0].cells["fid"].value) in keys


def test_headings_are_buttons_in_scoped_headings(record):
    table = results_table(record)
    tags = Table(html(table)).tags
    headings = [attributes for tag, attributes in tags if tag == "th" and attributes.get("scope") == "col"]
    assert [attributes["aria-sort"] for attributes in headings] == ["none"] * len(table.shown)
    assert sum(tag == "button" for tag, _ in tags) == len(table.shown)
    assert sum(attributes.get("scope") == "row" for tag, attributes in tags if tag == "th") == len(table.rows)


def test_user_text_makes_no_tags(record, hostile_record):
    tags = {tag for tag, _ in Table(html(results_table(record))).tags}
    parsed = Table(html(results_table(hostile_record)))
    assert {tag for tag, _ in parsed.tags} == tags
    assert parsed.rows[1][0] == hostile_record.points[0].model


def test_a_missing_score_says_why(partial_record):
    tags = Table(html(results_table(partial_record))).tags
    assert any(attributes.get("title") == "too few images" for _, attributes in tags)
