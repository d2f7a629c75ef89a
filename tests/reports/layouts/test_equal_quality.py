from __future__ import annotations

from beatgans.reports import EqualQualityRecord, TradeOffRecord
from beatgans.reports.layouts import equal_quality
from beatgans.reports.render import csv, latex, markdown


def with_trade_off(record):
    """The record with an answer about two curves, of which one meets the baseline."""
    first, second = record.points[:2]
    baseline = next(point.id for point in record.points if point.family == "gan")
    curves = (
        EqualQualityRecord(
            model=first.model,
            label="DDIM, unguided",
            points=(first.id, second.id),
            between=(first.id, second.id),
            seconds_per_image=0.01234,
            cost_ratio=12.34,
        ),
        EqualQualityRecord(model=first.model, label="DDPM", points=(first.id,), reason="a single point is no curve"),
    )
    found = TradeOffRecord(
        pareto_front=(first.id,), baseline_point=baseline, equal_quality=curves, sentence="It takes 12 times as long."
    )
    return record.model_copy(update={"trade_off": found})


def test_every_curve_has_a_row_and_what_is_missing_a_reason(record):
    table = equal_quality(with_trade_off(record))

    met, missed = table.rows
    assert (met.cells["cost_ratio"].text, met.cells["seconds_at_equal_fid"].value) == ("12.3", 0.01234)
    assert (missed.cells["cost_ratio"].value, missed.cells["cost_ratio"].text) == (None, "–")
    assert any("a single point is no curve" in note for note in table.notes)
    assert table.remarks[0] == "It takes 12 times as long."


def test_it_is_drawn_in_all_notations(record):
    table = equal_quality(with_trade_off(record))
    assert "It takes 12 times as long." in markdown(table)
    assert "12.34," in csv(table)
    assert "12.3" in latex(table)


def test_without_curves_there_is_no_table(record):
    assert equal_quality(record) is None
