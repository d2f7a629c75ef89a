import io

import pytest
from rich.console import Console

from beatgans.reports import results_table
from beatgans.reports.render import terminal


def shown(record, width=80, **options):
    console = Console(file=io.StringIO(), width=width, color_system=None, **options)
    console.print(terminal(results_table(record)))
    return console.file.getvalue()


def test_every_number_fits_80_columns(record):
    text = shown(record)
    assert "…" not in text.partition("± is one")[0]
    assert " DDIM 50, guidance 1    2.22 ± 0.09" in text
    assert max(map(len, text.splitlines())) <= 80


def test_a_guided_point_shows_the_calls_of_its_classifier_beside_those_of_the_network(record):
    lines = {line.split("  ")[0].strip(): line.split() for line in shown(record).splitlines()}
    assert "50+50" in lines["DDIM 50, guidance 1"]
    assert "50" in lines["DDIM 50, unguided"]
    assert "the guiding classifier is called besides" in " ".join(shown(record).split())


def test_models_are_headings(record):
    lines = [line.strip() for line in shown(record).splitlines()]
    assert lines.index("digits-diffusion") < lines.index("digits-gan") < lines.index("digits-heldout")


@pytest.mark.parametrize("fixture", ["hostile_record", "partial_record"])
def test_user_text_is_neither_markup_nor_a_command(fixture, request):
    text = shown(request.getfixturevalue(fixture), width=200)
    assert "\x1b" not in text


def test_markup_in_names_is_shown(record):
    named = record.model_copy(update={"title": "[red]not red[/red]"})
    assert "[red]not red[/red]" in shown(named)
