from __future__ import annotations

import math

import pytest

from beatgans.harness.answer import answer
from beatgans.reports import PointRecord, ProfileRecord, ScoreRecord


def score(value, error):
    return ScoreRecord(
        value=value,
        standard_error=error,
        n=500,
        higher_is_better=False,
        reason=None if error is not None else "unknown",
    )


def point(name, model, family, evaluations, fid, error=0.1, guided=False, num_images=500, **settings):
    return PointRecord(
        id=name,
        model=model,
        family=family,
        num_images=num_images,
        samples_sha256="00",
        scores={"fid": score(fid, error)},
        profile=ProfileRecord(
            network_evaluations=evaluations, classifier_evaluations=evaluations if guided else 0, reason="not timed"
        ),
        **settings,
    )


def diffusion(evaluations, fid, error=0.1, **settings):
    settings = {"sampler": "ddim", "steps": evaluations, "guidance": 0.0} | settings
    name = f"ddim{evaluations}_{settings['guidance']}"
    return point(name, "diffusion", "diffusion", evaluations, fid, error, settings["guidance"] > 0, **settings)


def gan(truncation, fid, error=0.1):
    return point(f"gan{truncation}", "gan", "gan", 1, fid, error, truncation=truncation)


def real(fid, num_images=500):
    return point("real", "heldout", "real", None, fid, num_images=num_images)


GANS = [gan(1.0, 4.0), gan(0.5, 3.0)]


def test_the_answer_is_the_fewest_evaluations_at_or_below_the_best_of_the_baseline():
    found = answer([diffusion(50, 1.0), diffusion(5, 9.0), diffusion(25, 2.0), diffusion(10, 3.0), *GANS], "gan")

    assert found.reached
    assert (found.network_evaluations, found.point, found.baseline_point) == (10, "ddim10_0.0", "gan0.5")


def test_the_interval_of_the_difference_says_what_is_possible_and_what_is_certain():
    half_width = 1.96 * math.hypot(0.3, 0.4)
    below, above = 3.0 - half_width, 3.0 + half_width
    points = [
        diffusion(5, above + 0.01, 0.3),
        diffusion(10, above - 0.01, 0.3),
        diffusion(20, 2.9, 0.3),
        diffusion(40, below + 0.01, 0.3),
        diffusion(80, below - 0.01, 0.3),
        gan(1.0, 3.0, 0.4),
    ]

    found = answer(points, "gan")

    assert (found.possible_from, found.network_evaluations, found.certain_from) == (10, 20, 80)
    assert "possible from 10 network evaluations on and certain from 80 on" in found.sentence


def test_not_reached_is_an_answer():
    found = answer([diffusion(10, 5.0), diffusion(50, 4.0, guidance=1.5), *GANS], "gan")

    assert not found.reached
    assert (found.network_evaluations, found.point, found.certain_from, found.possible_from) == (None,) * 4
    assert found.sentence.startswith("Not reached: the best FID of diffusion is 4.00 ± 0.10 (DDIM 50, guidance 1.5)")
    assert "certain that no point here does" in found.sentence


def test_not_reached_may_still_be_possible():
    found = answer([diffusion(10, 3.1), *GANS], "gan")
    assert not found.reached
    assert (found.possible_from, found.certain_from) == (10, None)
    assert "certain at no point here" in found.sentence


def test_of_equally_many_evaluations_the_better_point_is_named_with_its_classifier_evaluations():
    found = answer([diffusion(10, 2.0), diffusion(10, 1.0, guidance=1.0), *GANS], "gan")

    assert found.point == "ddim10_1.0"
    assert "with 10 network evaluations (and 10 of the classifier): 1.00 ± 0.10 (DDIM 10, guidance 1)" in found.sentence
    assert "no point here takes fewer" in found.sentence


def test_certainty_extends_to_the_points_of_fewer_evaluations():
    assert (
        "no point of fewer evaluations does" in answer([diffusion(5, 9.0), diffusion(10, 1.0), *GANS], "gan").sentence
    )


@pytest.mark.parametrize("unknown", [[diffusion(10, 2.0, None), *GANS], [diffusion(10, 2.0), gan(1.0, 3.0, None)]])
def test_without_standard_errors_nothing_is_certain(unknown):
    found = answer(unknown, "gan")
    assert found.network_evaluations == 10
    assert (found.certain_from, found.possible_from) == (None, None)
    assert "Some standard errors are unknown" in found.sentence


def test_real_images_are_the_floor_where_there_are_as_many():
    sentence = answer([diffusion(10, 2.0), *GANS, real(0.5)], "gan").sentence
    assert "as many real images (heldout, 500) come to 0.50 ± 0.10, as a perfect generator would." in sentence
    assert "no merit" not in sentence
    assert "real images" not in answer([diffusion(10, 2.0), *GANS, real(0.5, num_images=400)], "gan").sentence


def test_a_model_below_the_floor_is_not_praised():
    assert "no merit" in answer([diffusion(10, 0.2), *GANS, real(0.5)], "gan").sentence


def test_the_sentence_claims_one_comparison_at_a_time():
    for points in ([diffusion(10, 1.0), *GANS], [diffusion(10, 3.1), *GANS], [diffusion(10, 9.0), *GANS]):
        assert "By the error bars (95 %, each comparison by itself)" in answer(points, "gan").sentence


def images_of(evaluations, fid, num_images=500):
    """A point of another program's images."""
    return point(f"file{evaluations}-{num_images}", "file", "other", evaluations, fid, num_images=num_images)


def test_points_of_another_number_of_images_are_left_out_as_fid_depends_on_it():
    best_gan = gan(0.7, 0.01).model_copy(update={"num_images": 10_000})
    found = answer(
        [diffusion(2, 0.1, num_images=50_000), best_gan, diffusion(5, 9.0), diffusion(10, 1.0), *GANS], "gan"
    )
    assert (found.network_evaluations, found.point, found.baseline_point) == (10, "ddim10_0.0", "gan0.5")
    assert (found.certain_from, found.possible_from) == (10, 10)
    assert found.sentence.endswith(
        " Points left out of this: 2 of another number of images than 500, on which FID depends."
    )


def test_the_number_of_images_is_one_that_both_sides_have():
    few = [diffusion(steps, 0.1, num_images=100) for steps in (2, 3, 4, 5, 6)]
    found = answer([*few, diffusion(10, 1.0), *GANS], "gan")
    assert found.point == "ddim10_0.0"


def test_points_whose_evaluations_nobody_counted_are_left_out():
    found = answer([images_of(None, 0.1), diffusion(10, 1.0), *GANS], "gan")
    assert (found.network_evaluations, found.point, found.certain_from) == (10, "ddim10_0.0", 10)
    assert "None" not in found.sentence
    assert found.sentence.endswith(" Points left out of this: 1 whose network evaluations were not counted.")


def test_a_baseline_of_existing_images_needs_no_count():
    found = answer([images_of(None, 2.0), diffusion(10, 1.0)], "file")
    assert (found.point, found.baseline_point) == ("ddim10_0.0", "fileNone-500")
    assert "left out" not in found.sentence


@pytest.mark.parametrize(
    ("others", "reason"),
    [
        ([images_of(None, 0.1)], "the network evaluations of no model but gan were counted"),
        ([diffusion(10, 0.1, num_images=100)], "no other model has as many as gan"),
    ],
)
def test_where_nothing_can_be_compared_the_answer_says_why(others, reason):
    found = answer([*others, *GANS], "gan")
    assert found.sentence.startswith("There is no telling")
    assert reason in found.sentence
    assert (found.reached, found.network_evaluations, found.point, found.baseline_point) == (False, None, None, None)


@pytest.mark.parametrize("points", [GANS, [diffusion(10, 1.0)], [*GANS, real(0.5)], []])
def test_without_two_sides_there_is_no_answer(points):
    assert answer(points, "gan") is None
