from __future__ import annotations

import pytest

from beatgans.harness.journal import ShardEvent
from beatgans.harness.profile import profile_record


def shard(*timings, batch_size=10, peak=100, reason=None, evaluations=(5, 2)):
    return ShardEvent(
        point="a",
        shard=0,
        sha256="00",
        batch_size=batch_size,
        timings=timings,
        network_evaluations=evaluations[0],
        classifier_evaluations=evaluations[1],
        peak_memory_bytes=peak,
        peak_memory_reason=reason,
    )


def test_times_are_of_batches_and_throughput_of_everything():
    profile = profile_record([shard((10, 1.0), (10, 2.0)), shard((10, 3.0), (5, 2.0)), shard((10, 5.0), peak=300)])

    # Seconds an image: 0.1, 0.2, 0.3, 0.4, 0.5. The k-th of n values is the (k - 1) / (n - 1) quantile.
    assert profile.seconds_per_image == pytest.approx(0.3)
    assert profile.seconds_per_image_p10 == pytest.approx(0.14)
    assert profile.seconds_per_image_p90 == pytest.approx(0.46)
    assert profile.images_per_second == pytest.approx(45 / 13)
    assert profile.peak_memory_bytes == 300
    assert (profile.network_evaluations, profile.classifier_evaluations, profile.batch_size) == (5, 2, 10)
    assert profile.reason is None


def test_a_point_that_was_only_warmed_up_has_no_time_and_says_why():
    profile = profile_record([shard()])
    assert profile.seconds_per_image is None
    assert "warm-up" in profile.reason
    assert profile.network_evaluations == 5


def test_an_unknown_peak_and_unequal_batches_are_explained():
    profile = profile_record([shard((10, 1.0), peak=None, reason="no /proc"), shard((5, 1.0), batch_size=5, peak=None)])
    assert profile.peak_memory_bytes is None
    assert profile.batch_size is None
    assert "no /proc" in profile.reason
    assert "different sizes" in profile.reason


def test_real_images_cost_nothing_and_say_so():
    profile = profile_record([ShardEvent(point="a", shard=0, sha256="00")])
    assert profile.seconds_per_image is profile.network_evaluations is profile.peak_memory_bytes is None
    assert profile.reason == "the images exist already and are not sampled"
