import base64
import hashlib
import io
import re
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from beatgans.reports import results_table
from beatgans.reports.figures import FIGURES, to_svg
from beatgans.reports.grids import sample_grid
from beatgans.reports.layouts import layouts_of
from beatgans.reports.page import render_page

VOID = {"meta", "link", "br", "img"}


class Page(HTMLParser):
    """Collects tags, text, and what is inside scripts and styles; asserts that tags are closed in order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.open, self.texts, self.headings = [], [], [], []
        self.sources = {"script": "", "style": ""}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in self.sources:
            self.sources[self.open[-1]] += data
        else:
            self.texts.append(data)
            if self.open and self.open[-1] in ("h1", "h2", "h3"):
                self.headings.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())

    def attributes(self, wanted):
        return [attributes for tag, attributes in self.tags if tag == wanted]


@pytest.fixture(scope="module")
def figures(record):
    return {name: to_svg(draw(record)) for name, draw in FIGURES.items()}


@pytest.fixture(scope="module")
def grids(record):
    images = np.random.default_rng(0).integers(0, 255, (20, 8, 8, 3), dtype=np.uint8)
    return {point.id: sample_grid(images, np.arange(20) % 10) for point in record.points}


@pytest.fixture(scope="module")
def page(record, figures, grids):
    return Page(render_page(record, figures, grids))


def test_nothing_is_fetched(page):
    for _, attributes in page.tags:
        for name in ("src", "href"):
            assert re.match(r"data:|#", attributes.get(name, "#"))
        assert not {"srcset", "style", "onclick", "onload", "onerror"} & set(attributes)
    assert not re.search(r"url\(|@import|https?:|fetch|import\(", page.sources["style"] + page.sources["script"])


def test_the_policy_allows_this_script_and_this_style_alone(page):
    (policy,) = [a["content"] for a in page.attributes("meta") if a.get("http-equiv") == "Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for kind, text in page.sources.items():
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_every_image_decodes_and_has_an_alternative_text(page, record):
    kinds = []
    for attributes in page.attributes("img"):
        assert attributes["alt"]
        media_type, _, content = attributes["src"].removeprefix("data:").partition(";base64,")
        kinds.append(media_type)
        decoded = base64.b64decode(content, validate=True)
        if media_type == "image/png":
            Image.open(io.BytesIO(decoded)).load()
        else:
            assert ElementTree.fromstring(decoded).tag.endswith("svg")
    assert kinds == ["image/svg+xml"] * len(FIGURES) + ["image/png"] * len(record.points)


def test_the_verdict_comes_first_and_the_command_last(page, record):
    assert page.headings == [
        record.title, record.answer.question, "Figures", "Results", "Samples", "Protocol", "Hardware and software",
        "Warnings", "The command that made this",
    ]  # fmt: skip
    assert (
        page.text.index(record.answer.question) < page.text.index(record.answer.sentence) < page.text.index("Figures")
    )
    assert page.text.endswith(record.command)


def test_headings_descend_without_a_leap(page):
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_it_is_accessible_in_what_a_parser_can_see(page):
    assert page.attributes("html") == [{"lang": "en"}]
    assert any(attributes.get("name") == "viewport" for attributes in page.attributes("meta"))
    assert len(page.attributes("caption")) == len(page.attributes("table"))
    assert all("scope" in attributes for attributes in page.attributes("th"))
    assert all(attributes["type"] == "button" for attributes in page.attributes("button"))
    identifiers = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(identifiers) == len(set(identifiers))
    for _, attributes in page.tags:
        assert attributes.get("aria-labelledby", identifiers[0]) in identifiers
        assert attributes.get("href", "#").startswith("data:") or attributes.get("href", "#")[1:] in ["", *identifiers]


def test_each_grid_is_captioned_with_its_point_and_fid(page, record):
    for point in record.points:
        score = point.scores["fid"]
        assert f"{point.id} FID {score.value:.2f} ± {score.standard_error:.2f}" in page.text


def test_protocol_and_environment_are_whole(page, record):
    for value in (*record.protocol.values(), *record.environment.values(), record.reference.sha256):
        assert str(value) in page.text


def test_warnings_are_gathered_by_text(record):
    noisy = [point.model_copy(update={"warnings": ("The labels are sorted.",)}) for point in record.points[:2]]
    text = Page(render_page(record.model_copy(update={"points": (*noisy, *record.points[2:])}), {}, {})).text
    assert text.count("The labels are sorted.") == 1
    assert f"({noisy[0].id}, {noisy[1].id})" in text
    assert "2 warnings to read" in text


def test_user_text_makes_no_tags(page, hostile_record, figures, grids):
    hostile = {point.id: next(iter(grids.values())) for point in hostile_record.points}
    text = render_page(hostile_record, {"<b>": figures["fid_against_steps"], **figures}, hostile)
    parsed = Page(text)
    assert {tag for tag, _ in parsed.tags} <= {tag for tag, _ in page.tags}
    assert text.count("<script") == 1
    assert parsed.sources == page.sources


def test_a_partial_record_without_figures_grids_and_verdict_renders(partial_record):
    text = Page(render_page(partial_record.model_copy(update={"warnings": ()}), {}, {})).text
    assert "This run is partial" in text
    assert "there is no verdict yet" in text
    assert "sets no diffusion model against a GAN" not in text
    assert "Warnings" not in text


def test_a_grid_of_a_point_without_fid_says_so(partial_record, grids):
    point = "digits-gan_truncation1"
    assert f"{point} not scored" in Page(render_page(partial_record, {}, {point: grids[point]})).text


def test_the_same_record_gives_the_same_page(record, figures, grids):
    assert render_page(record, figures, grids) == render_page(record, figures, grids)


def test_the_paper_s_tables_and_published_numbers_are_on_the_page(record, figures):
    table = results_table(record)
    page = Page(render_page(record, figures, {}, table, layouts_of(table)))
    assert "Further tables" in page.headings
    assert [attributes["id"] for attributes in page.attributes("summary")] == [
        "sample-quality", "guidance", "few-steps", "speed",
    ]  # fmt: skip
    assert len(page.attributes("caption")) == len(page.attributes("table")) == 8


def test_pictures_stand_with_the_samples(record, figures, grids):
    page = Page(render_page(record, {**figures, "samples_by_steps": figures["fid_against_steps"]}, grids))
    assert page.text.index("Samples The same image in more steps.") > page.text.index("Results")


def test_a_page_of_some_of_the_points_says_of_how_many(record, grids):
    some = dict(list(grids.items())[:3])
    assert f"of 3 of the {len(record.points)} points" in Page(render_page(record, {}, some)).text
