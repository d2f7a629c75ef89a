"""What is printed compiles as it is: with a real LaTeX, where there is one."""

import re
import shutil
import subprocess

import pytest

from beatgans.reports import ReferenceRecord, results_table
from beatgans.reports.layouts import layouts_of
from beatgans.reports.published import (
    published_beside,
    published_quantities,
    published_scores,
    quantities_table,
    scores_table,
)
from beatgans.reports.render import latex

pytestmark = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex to compile with")
DOCUMENT = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage[margin=2cm]{geometry}
\usepackage{booktabs}
\begin{document}
%s
\end{document}
"""


def compiled(texts, folder):
    """The number of pages, and the log, of a document of these tables; fails where LaTeX stops at an error."""
    (folder / "tables.tex").write_text(DOCUMENT % "\n".join(texts), encoding="utf-8")
    command = ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "tables.tex"]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    assert ran.returncode == 0, ran.stdout[-2_000:]
    return int(re.search(r"Output written on tables\.pdf \((\d+) page", ran.stdout)[1]), ran.stdout


@pytest.mark.parametrize("fixture", ["record", "partial_record", "hostile_record"])
def test_a_record_s_tables_compile_and_fit_the_page(fixture, request, tmp_path):
    table = results_table(request.getfixturevalue(fixture))
    _, log = compiled([latex(table), *map(latex, layouts_of(table).values())], tmp_path)
    if fixture == "record":
        assert "Overfull" not in log
        assert "too large" not in log


def test_published_numbers_beside_measured_ones_fit_the_page(record, tmp_path):
    points = tuple(point.model_copy(update={"num_images": 50_000}) for point in record.points)
    reference = ReferenceRecord(name="imagenet512", num_images=1_000, sha256="ab" * 32)
    protocol = {"protocol": "adm", "extractor": "inception"}
    changes = {"points": points, "num_images": 50_000, "reference": reference, "protocol": protocol}
    comparable = record.model_copy(update=changes)
    table = results_table(comparable, published=published_beside(comparable, everything=True))
    _, log = compiled([latex(table), *map(latex, layouts_of(table).values())], tmp_path)
    assert "Overfull" not in log


def test_the_published_tables_compile_page_by_page(tmp_path):
    pages, log = compiled(
        [latex(scores_table(published_scores())), latex(quantities_table(published_quantities()))], tmp_path
    )
    assert pages >= (467 + 264) / 40
    assert "Too many unprocessed floats" not in log
