from __future__ import annotations

import math

import pytest

from beatgans.harness.trade_off import at_equal_quality, trade_off
from beatgans.reports import PointRecord, ProfileRecord, ScoreRecord


def point(name, model, seconds, fid, family="diffusion", num_images=500, **settings):
    score = ScoreRecord(value=fid, standard_error=None, n=500, higher_is_better=False, reason="not estimated")
    return PointRecord(
        id=name,
        model=model,
        family=family,
        num_images=num_images,
        samples_sha256="00",
        scores={"fid": score},
        profile=ProfileRecord(seconds_per_image=seconds, reason="only its time matters"),
        **settings,
    )


def ddim(steps, seconds, fid, **settings):
    return point(
        f"ddim{steps}{settings}", "diffusion", seconds, fid, sampler="ddim", steps=steps, guidance=0.0, **settings
    )


GAN = point("gan", "gan", 0.1, 4.0, "gan", truncation=1.0)
WORSE_GAN = point("gan0.5", "gan", 0.1, 9.0, "gan", truncation=0.5)
REAL = point("real", "heldout", 1e-6, 0.1, "real")


def test_the_seconds_at_equal_fid_are_interpolated_in_their_logarithm():
    found = at_equal_quality([ddim(2, 1.0, 9.0), ddim(4, 2.0, 6.0), ddim(8, 8.0, 2.0), ddim(16, 16.0, 1.0)], GAN)

    # 4 lies halfway from 6 to 2, so the seconds are the geometric mean of 2 and 8.
    assert found.seconds_per_image == pytest.approx(4.0)
    assert found.cost_ratio == pytest.approx(40.0)
    assert found.between == ("ddim4{}", "ddim8{}")
    assert (found.model, found.label, found.reason) == ("diffusion", "DDIM, unguided", None)


def test_a_point_that_is_just_as_good_is_met_exactly():
    assert at_equal_quality([ddim(2, 1.0, 9.0), ddim(4, 2.0, 4.0)], GAN).seconds_per_image == pytest.approx(2.0)


def test_of_several_crossings_the_fastest_counts():
    curve = [ddim(2, 1.0, 5.0), ddim(4, 2.0, 3.0), ddim(8, 4.0, 5.0), ddim(16, 8.0, 3.0)]
    assert at_equal_quality(curve, GAN).seconds_per_image == pytest.approx(math.sqrt(2))


@pytest.mark.parametrize(
    ("curve", "reason"),
    [
        ([ddim(2, 1.0, 9.0), ddim(4, 2.0, 5.0)], "no point of it comes to that FID"),
        ([ddim(2, 1.0, 9.0)], "a single point is no curve"),
        ([ddim(2, 1.0, 4.0), ddim(4, 2.0, 1.0)], "its fastest point is as good already, in 10.0 times the seconds"),
    ],
)
def test_where_the_curves_do_not_meet_there_is_no_ratio_but_a_reason(curve, reason):
    found = at_equal_quality(curve, GAN)
    assert found.cost_ratio is found.seconds_per_image is found.between is None
    assert found.reason == reason


def test_the_front_the_curves_and_the_sentence():
    points = [
        ddim(8, 8.0, 2.0),
        ddim(4, 2.0, 6.0),
        ddim(4, 2.5, 7.0, options="churn 40"),
        WORSE_GAN,
        GAN,
        REAL,
        point("few", "diffusion", 1e-3, 1e-3, num_images=10),
    ]

    found = trade_off(points, "gan")

    assert found.pareto_front == ("gan", "ddim8{}")
    assert found.baseline_point == "gan"
    assert [(curve.label, curve.cost_ratio) for curve in found.equal_quality] == [
        ("DDIM, unguided", pytest.approx(40.0)),
        ("DDIM, churn 40", None),
    ]
    assert found.sentence == (
        "Of 5 points 2 are on the Pareto front of FID against seconds, from gan (truncation 1) to diffusion (DDIM 8, "
        "unguided). At the FID of gan (truncation 1) an image of diffusion (DDIM, unguided) takes 40 times as long, "
        "interpolated between ddim4{} and ddim8{}; error bars are left aside."
    )


def test_without_a_baseline_there_is_a_front_alone():
    found = trade_off([ddim(8, 8.0, 2.0), ddim(4, 2.0, 6.0)], None)
    assert (found.baseline_point, found.equal_quality) == (None, ())
    assert "equal" not in found.sentence
    assert found.pareto_front == ("ddim4{}", "ddim8{}")


def test_curves_that_never_meet_are_said_to():
    assert "No curve meets the FID of gan (truncation 1)" in trade_off([ddim(2, 1.0, 9.0), GAN], "gan").sentence


def test_a_single_best_point_is_all_of_the_front():
    assert (
        trade_off([GAN], None).sentence == "gan (truncation 1) is both the fastest and of the lowest FID of 1 points."
    )


def test_without_times_or_scores_there_is_nothing_to_say():
    assert trade_off([REAL], "gan") is None
    assert trade_off([], None) is None
