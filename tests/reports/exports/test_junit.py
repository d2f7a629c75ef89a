from __future__ import annotations

from xml.etree import ElementTree

from beatgans.reports.exports import junit

GOLDEN = """<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="6" failures="1" errors="2">
  <testsuite name="beatgans.digits" tests="6" failures="1" errors="2" skipped="0">
    <testcase classname="digits.same" name="fid" />
    <testcase classname="digits.a|b" name="recall" />
    <testcase classname="digits.a|b" name="inception_score">
      <error type="inconclusive" message="open" />
    </testcase>
    <testcase classname="digits.a|b" name="sfid">
      <system-out>tolerated: better: too good</system-out>
    </testcase>
    <testcase classname="digits.a|b" name="fid">
      <failure type="worse" message="it rose &lt;a lot&gt; &amp; &quot;more&quot;  [31m" />
    </testcase>
    <testcase classname="digits.gone" name="fid">
      <error type="not compared" message="the run has no such point" />
    </testcase>
  </testsuite>
</testsuites>
"""


def test_each_comparison_is_a_test_case(verdict):
    assert junit(verdict) == GOLDEN


def test_without_any_comparison_there_is_one_test_case_in_error(refused):
    root = ElementTree.fromstring(junit(refused))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("1", "0", "1")
    (error,) = root.iter("error")
    assert error.get("message") == refused.sentence
    assert error.text == "\n".join(refused.reasons)


def test_a_verdict_that_does_not_pass_never_has_test_cases_that_all_do(verdict):
    nothing = verdict.model_copy(update={"outcome": "cannot judge", "comparisons": ()})
    tolerated = tuple(entry for entry in verdict.comparisons if entry.tolerated)
    for one in (nothing, nothing.model_copy(update={"comparisons": tolerated})):
        assert ElementTree.fromstring(junit(one)).get("errors") == "1"


def test_a_verdict_that_passes_has_neither_failure_nor_error(verdict):
    passing = tuple(entry for entry in verdict.comparisons if entry.finding in {"identical", "unchanged"})
    root = ElementTree.fromstring(junit(verdict.model_copy(update={"outcome": "pass", "comparisons": passing})))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("2", "0", "0")


def test_names_that_xml_cannot_hold_become_blanks(verdict):
    hostile = verdict.comparisons[0].model_copy(update={"point": "a\x00b\ud800\n]]>"})
    text = junit(verdict.model_copy(update={"comparisons": (hostile,), "suite": "\x07"}))
    case = next(ElementTree.fromstring(text.encode()).iter("testcase"))
    assert case.get("classname") == " .a b  ]]>"
