import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beatgans.reports import results_table
from beatgans.reports.render import latex
from beatgans.reports.render.latex import escape


def lines_of(text, subject):
    """The lines of the tabular under a caption."""
    tabular = text[text.index(f"{subject}.}}") :].partition(r"\begin{tabular}")[2].partition(r"\end{tabular}")[0]
    return [line for line in tabular.splitlines()[1:] if line.endswith(r"\\")]


def check_structure(text):
    """Asserts what TeX would stop at: unbalanced braces, environments, mathematics, and bare special signs."""
    bare = re.sub(r"\\[\\&%$#_{}]", "", text)
    assert bare.count("{") == bare.count("}")
    assert bare.count("$") % 2 == 0
    opened = []
    for kind, name in re.findall(r"\\(begin|end)\{(\w+)\}", text):
        if kind == "begin":
            opened.append(name)
        else:
            assert opened.pop() == name
    assert opened == []
    body = re.sub(r"\$_\{\\pm [\d.]+\}\$", "", bare.partition("\n")[2])
    assert not re.search(r"[#_%^~|<>\"]", body)


@pytest.mark.parametrize("fixture", ["record", "hostile_record", "partial_record"])
def test_it_would_compile(fixture, request):
    text = latex(results_table(request.getfixturevalue(fixture)))
    check_structure(text)
    assert set(re.findall(r"\\([a-z]*rule)\b", text)) == {"toprule", "midrule", "bottomrule"}


@pytest.mark.parametrize(("subject", "columns"), [("sample quality", 9), ("cost", 9)])
def test_every_line_has_the_columns_that_the_tabular_declares(hostile_record, subject, columns):
    text = latex(results_table(hostile_record))
    declared = re.findall(r"\\begin\{tabular\}\{@\{\}([lr]+)@\{\}\}", text)
    assert columns in map(len, declared)
    lines = lines_of(text, subject)
    values = [line for line in lines if not line.startswith(r"\multicolumn")]
    assert len(values) == 1 + len(hostile_record.points)
    assert {len(re.findall(r"(?<!\\)&", line)) for line in values} == {columns - 1}


def test_each_model_has_a_heading(record):
    headings = [line for line in lines_of(latex(results_table(record)), "cost") if line.startswith(r"\multicolumn")]
    assert [re.search(r"\\textit\{(.*)\}\}", heading)[1] for heading in headings] == [
        "digits-diffusion",
        "digits-gan",
        "digits-heldout",
    ]


def test_the_best_is_bold_and_its_standard_error_a_subscript(record):
    text = latex(results_table(record))
    assert r"\textbf{2.22}$_{\pm 0.09}$" in text
    assert r"& 3.40$_{\pm 0.14}$" in text


def test_a_record_without_scores_has_its_cost_alone(record):
    bare = tuple(point.model_copy(update={"scores": {}}) for point in record.points)
    text = latex(results_table(record.model_copy(update={"points": bare})))
    check_structure(text)
    assert "sample quality" not in text


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a_b%&$#", r"a\_b\%\&\$\#"),
        ("\\", r"\textbackslash{}"),
        ("--only", r"-{}-only"),
        ("---", r"-{}-{}-"),
        ("digits-gan", "digits-gan"),
        ("[x]", "{[}x{]}"),
        ("95 % ± 1", r"95 \% $\pm$ 1"),
        ("é数", "é{[}U+6570{]}"),
        ("two\n\nlines", "two lines"),
        ("<b>", r"\textless{}b\textgreater{}"),
    ],
)
def test_escape(text, escaped):
    assert escape(text) == escaped


@given(st.text())
def test_escaped_text_cannot_break_out(text):
    check_structure("\n" + escape(text))
