from beatgans.reports.drawing import OPTIONAL, draw_all
from beatgans.reports.figures import FIGURES
from beatgans.reports.layouts import LAYOUTS
from beatgans.reports.layouts.equal_quality import NAME as EQUAL_QUALITY
from beatgans.reports.page.captions import CAPTIONS, PICTURES, TITLES


def test_what_has_nothing_to_show_is_left_out(record):
    assert list(draw_all(record, {}, {})) == [*FIGURES, "fid_and_is_against_guidance"]


def test_every_figure_and_layout_has_a_title_on_the_page():
    assert set(CAPTIONS) == {*FIGURES, *OPTIONAL}
    assert set(PICTURES) < set(OPTIONAL)
    assert set(TITLES) == {*LAYOUTS, EQUAL_QUALITY}
