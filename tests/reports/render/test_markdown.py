import re

from beatgans.reports import results_table
from beatgans.reports.render import markdown


def cells(line):
    """The cells of a table's line, parted at the bars that are not escaped."""
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_every_line_has_as_many_cells_as_the_heading(hostile_record):
    lines = [line for line in markdown(results_table(hostile_record)).splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(hostile_record.points)
    assert {len(cells(line)) for line in lines} == {15}


def test_the_best_is_bold_with_its_standard_error(record):
    text = markdown(results_table(record))
    assert "| **2.22 ± 0.09** |" in text
    assert "| 3.40 ± 0.14 |" in text


def test_real_images_are_set_apart(record):
    last = markdown(results_table(record)).split("\n\n")[1].splitlines()[-1]
    assert cells(last)[0] == "*digits-heldout*"


def test_user_text_is_escaped(hostile_record):
    text = markdown(results_table(hostile_record))
    assert "<script>" not in text
    assert "&lt;script&gt;" in text
    for sign in "*_`[]~$|#":
        assert not re.search(rf"(?<!\\)\{sign}", text.splitlines()[0].strip("*"))


def test_notes_follow_the_table(record):
    table = results_table(record)
    assert markdown(table).count("\n- ") == len(table.notes)
