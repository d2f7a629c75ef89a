"""A verdict as JUnit's XML, which continuous integration servers show beside the unit tests.

One test case for each comparison, in the suite ``beatgans.<name of the suite>``: a proven regression is a failure,
whatever else does not pass is an error, since the test itself could not be carried out. JUnit is a projection; the
verdict's JSON has everything.
"""

from __future__ import annotations

from xml.etree import ElementTree

from ..labels import printable
from ..verdict import ComparisonRecord, VerdictRecord

PASSING = ("identical", "unchanged")


def junit(verdict: VerdictRecord) -> str:
    """The verdict as XML. Findings that were tolerated are test cases that pass, with the reason as their output."""
    cases = [_case(entry, verdict.suite) for entry in verdict.comparisons]
    if verdict.outcome != "pass" and not any(_does_not_pass(entry) for entry in verdict.comparisons):
        cases.append(_refused(verdict))
    failures = sum(case.find("failure") is not None for case in cases)
    errors = sum(case.find("error") is not None for case in cases)
    counts = {"tests": str(len(cases)), "failures": str(failures), "errors": str(errors)}
    suite = ElementTree.Element("testsuite", {"name": f"beatgans.{printable(verdict.suite)}", **counts, "skipped": "0"})
    suite.extend(cases)
    suites = ElementTree.Element("testsuites", counts)
    suites.append(suite)
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _does_not_pass(entry: ComparisonRecord) -> bool:
    return entry.finding not in PASSING and not entry.tolerated


def _case(entry: ComparisonRecord, suite: str) -> ElementTree.Element:
    case = _empty_case(f"{suite}.{entry.point}", entry.metric)
    if entry.finding in PASSING:
        return case
    reason = printable(entry.reason or entry.finding)
    if entry.tolerated:
        ElementTree.SubElement(case, "system-out").text = f"tolerated: {entry.finding}: {reason}"
    else:
        kind = "failure" if entry.finding == "worse" else "error"
        ElementTree.SubElement(case, kind, {"type": entry.finding, "message": reason})
    return case


def _refused(verdict: VerdictRecord) -> ElementTree.Element:
    """The one test case of a verdict without comparisons: it says why there are none."""
    case = _empty_case(verdict.suite, "comparison")
    message = printable(verdict.sentence)
    error = ElementTree.SubElement(case, "error", {"type": verdict.outcome, "message": message})
    error.text = "\n".join(map(printable, verdict.reasons))
    return case


def _empty_case(class_name: str, name: str) -> ElementTree.Element:
    return ElementTree.Element("testcase", {"classname": printable(class_name), "name": printable(name)})
