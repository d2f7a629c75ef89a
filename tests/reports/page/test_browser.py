"""The page in a real browser: what it does, what it looks like in every window, and whether everyone can use it."""

import base64
import os
from pathlib import Path

import numpy as np
import pytest

from beatgans.reports import results_table
from beatgans.reports.drawing import draw_all
from beatgans.reports.figures import to_svg
from beatgans.reports.grids import sample_grid
from beatgans.reports.layouts import layouts_of
from beatgans.reports.page import render_page

PHONE, DESK, PAPER = 390, 1280, 718  # pixels of width; the last is that of A4 between the margins

FITS = "document.documentElement.scrollWidth <= innerWidth && document.body.scrollWidth <= innerWidth"
CAPTIONS_BELOW = """[...document.querySelectorAll("figure")].every((figure) =>
  figure.querySelector("figcaption").getBoundingClientRect().top >=
  figure.querySelector("img").getBoundingClientRect().bottom)"""
DECODED = "Promise.all([...document.images].map((image) => image.decode())).then(() => document.images.length)"
ORDER = """(title) => {
  const table = document.querySelector(".results");
  const heading = [...table.querySelectorAll("thead th")].find((th) => th.textContent.startsWith(title));
  heading.querySelector("button").click();
  const cells = [...table.querySelectorAll("tbody.competitors tr")].map((row) => row.cells[heading.cellIndex]);
  return [heading.ariaSort, cells.map((cell) => cell.dataset.value ?? cell.textContent.trim())];
}"""


def page_of(record, folder):
    """The page of a record, with its figures, layouts and a grid a point, as a file."""
    images = np.random.default_rng(0).integers(0, 255, (20, 8, 8, 3), dtype=np.uint8)
    samples = {point.id: (images, np.arange(20) % 10) for point in record.points}
    table = results_table(record)
    path = folder / "index.html"
    figures = {name: to_svg(figure) for name, figure in draw_all(record, samples, {}).items()}
    grids = {point: sample_grid(*batch) for point, batch in samples.items()}
    path.write_text(render_page(record, figures, grids, table, layouts_of(table)), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def page(record, tmp_path_factory):
    return page_of(record, tmp_path_factory.mktemp("page"))


@pytest.fixture(scope="module")
def partial_page(partial_record, tmp_path_factory):
    return page_of(partial_record, tmp_path_factory.mktemp("partial"))


def sorted_by(browser, title):
    return browser.value(f"({ORDER})('{title}')")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_console_is_silent_and_nothing_scrolls_sideways(browser, page, width, dark):
    browser.open(page, width, dark=dark)
    assert browser.value(FITS)
    assert browser.value("[...document.querySelectorAll('details')].forEach((one) => (one.open = true))") is None
    assert browser.value(FITS)
    assert browser.complaints() == []


def test_every_image_is_decoded(browser, page, record):
    browser.open(page, DESK)
    assert browser.value(DECODED) == 5 + len(record.points)


def test_the_verdict_is_what_is_seen_first(browser, page):
    browser.open(page, PHONE, height=844)
    assert browser.value("document.querySelector('.sentence').getBoundingClientRect().top < innerHeight / 2")


@pytest.mark.parametrize("width", [PHONE, 820, DESK, 1920])
def test_captions_are_below_their_figures(browser, page, width):
    browser.open(page, width)
    assert browser.value(CAPTIONS_BELOW)


def test_a_column_of_distances_is_sorted_from_the_best_and_then_back(browser, page, record):
    browser.open(page, DESK)
    expected = sorted(point.scores["fid"].value for point in record.points if point.family != "real")
    direction, values = sorted_by(browser, "FID")
    assert (direction, [float(value) for value in values]) == ("ascending", expected)
    direction, values = sorted_by(browser, "FID")
    assert (direction, [float(value) for value in values]) == ("descending", expected[::-1])


def test_a_column_where_more_is_better_is_sorted_from_the_most(browser, page, record):
    browser.open(page, DESK)
    expected = sorted((point.scores["recall"].value for point in record.points if point.family != "real"), reverse=True)
    direction, values = sorted_by(browser, "Recall")
    assert (direction, [float(value) for value in values]) == ("descending", expected)


def test_words_are_sorted_by_their_letters_and_missing_values_come_last(browser, partial_page):
    browser.open(partial_page, DESK)
    _, samplers = sorted_by(browser, "Sampler")
    assert samplers == sorted(samplers, key=lambda name: (name == "–", name)) or samplers[0] == "–"
    for _ in range(2):
        _, values = sorted_by(browser, "FID")
        assert values[-1] == "–"
        assert "–" not in values[:-1]


def test_sorting_by_the_keyboard_is_possible(browser, page):
    browser.open(page, DESK)
    browser.value("document.querySelectorAll('.results thead button')[5].focus()")
    for kind in ("keyDown", "keyUp"):
        browser.send(
            "Input.dispatchKeyEvent", type=kind, key="Enter", code="Enter", windowsVirtualKeyCode=13, text="\r"
        )
    assert browser.value("document.querySelectorAll('.results thead th')[5].ariaSort") == "ascending"


def test_the_dark_page_is_dark_and_the_printed_one_is_not(browser, page):
    background = "getComputedStyle(document.body).backgroundColor"
    browser.open(page, DESK, dark=True)
    dark = browser.value(background)
    browser.emulate(dark=True, media="print")
    assert browser.value(background) == "rgb(255, 255, 255)"
    assert dark != "rgb(255, 255, 255)"


def test_it_fits_paper_and_shows_there_what_is_folded_on_the_screen(browser, page):
    browser.open(page, PAPER)
    browser.emulate(media="print")
    assert browser.value(FITS)
    assert browser.value("document.querySelector('details .results').getBoundingClientRect().height > 50")
    pdf = base64.b64decode(browser.send("Page.printToPDF", preferCSSPageSize=True)["data"])
    assert pdf.startswith(b"%PDF")
    assert pdf.count(b"/Type /Page\n") > 1


def test_hostile_names_run_nothing_and_break_nothing(browser, hostile_record, tmp_path):
    browser.open(page_of(hostile_record, tmp_path), PHONE)
    assert browser.complaints() == []
    assert browser.value(FITS)
    assert browser.value("document.querySelectorAll('script').length") == 1
    model = browser.value("document.querySelector('tbody.competitors th').textContent.trim()")
    assert " ".join(model.split()) == " ".join(hostile_record.points[0].model.split())


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_axe_finds_nothing_serious(browser, page, width, dark):
    axe = os.environ.get("AXE")
    if axe is None:
        pytest.skip("AXE does not name the axe.min.js of axe-core; `nox -s page` installs it")
    browser.open(page, width, dark=dark)
    browser.value("[...document.querySelectorAll('details')].forEach((one) => (one.open = true))")
    browser.value(Path(axe).read_text(encoding="utf-8") + "\n;0")
    found = browser.value("axe.run().then((result) => result.violations.map((one) => [one.impact, one.id, one.help]))")
    assert [one for one in found if one[0] in {"serious", "critical"}] == []
