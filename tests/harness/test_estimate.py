from __future__ import annotations

import numpy as np
import pytest

from beatgans.generators import costs
from beatgans.harness import load_suite
from beatgans.harness.estimate import Rate, estimate
from beatgans.harness.journal import ShardEvent
from beatgans.harness.points import operating_points, select_points
from beatgans.harness.state import RunState
from beatgans.harness.suite import suite_names
from beatgans.harness.verbs.plan import summary
from beatgans.reference_batches import Batch, catalog, digits_heldout, write_batch
from beatgans.reports.record import WorkRecord


def estimated(name, *overrides, events=(), rate=Rate()):  # noqa: B008 - a value
    suite = load_suite(str(name), overrides)
    return estimate(suite, operating_points(suite), RunState.of(events), rate)


def by_id(result):
    return {point.id: point for point in result.points}


@pytest.mark.parametrize("name", suite_names())
def test_every_suite_that_ships_can_be_planned_without_a_file_of_it(name):
    result = estimated(name, rate=Rate(flops=1e14))
    assert all(point.hours_left is not None for point in result.points)
    assert all(download.bytes > 1e6 for download in result.downloads)
    shipped = name in {"digits", "few-steps-digits"}
    assert (not result.downloads) == shipped


@pytest.mark.parametrize("name", suite_names())
def test_the_operations_of_every_suites_images_can_be_recorded(name):
    for point in estimated(name).points:
        assert WorkRecord(flops_per_image=point.flops_per_image, split=None, reason="not timed")


def test_operations_are_those_of_both_networks_and_hours_follow_from_them():
    guided = by_id(estimated("imagenet256", rate=Rate(flops=1e12)))["adm-imagenet256_ddpm250_guidance1"]
    flops = 250 * (costs()["256x256_diffusion.pt"].flops + costs()["256x256_classifier.pt"].flops)
    assert guided.flops_per_image == flops
    assert guided.hours_left == pytest.approx(50_000 * flops / 1e12 / 3600)
    assert guided.image_bytes == 50_000 * 256 * 256 * 3
    assert guided.feature_bytes == 50_000 * (2048 + 2023 + 1008) * 4


def test_a_stack_takes_what_its_stages_take():
    points = by_id(estimated("upsampling-512"))
    stack = points["adm-imagenet512-upsampled_ddim25_guidance1.25_upsampler_ddpm25"]
    network, classifier, upsampler = (
        costs()[file].flops for file in ("128x128_diffusion.pt", "128x128_classifier.pt", "128_512_upsampler.pt")
    )
    assert stack.flops_per_image == 25 * (network + classifier + upsampler)
    assert (stack.network_evaluations, stack.classifier_evaluations) == (50, 25)


def test_what_is_downloaded_is_named_once_and_a_classifier_only_where_it_guides():
    names = [download.name for download in estimated("imagenet128").downloads]
    assert len(names) == len(set(names))
    assert {"128x128_diffusion.pt", "128x128_classifier.pt", "imagenet128", "classify_image_graph_def.pb"} <= set(names)
    unguided = estimated("lsun-cat").downloads
    assert [download.name for download in unguided if download.name.endswith(".pt")] == ["lsun_cat.pt"]
    assert "lsun-cat-stylegan2" in [download.name for download in unguided]


def test_without_a_rate_hours_follow_from_the_shards_that_were_timed(suite_file):
    shard = {"batch_size": 10, "network_evaluations": 2, "num_parameters": 1, "sha256": "", "peak_memory_bytes": 1}
    event = ShardEvent(point="digits-diffusion_ddim2", shard=0, timings=((10, 5.0),), classifier_evaluations=0, **shard)
    points = by_id(estimated(suite_file, events=[event]))

    timed, guided = points["digits-diffusion_ddim2"], points["digits-diffusion_ddim2_guidance1"]
    assert (timed.num_images, timed.num_done) == (40, 10)
    assert timed.hours_left == pytest.approx(30 * 0.5 / 3600)
    assert guided.hours_left == pytest.approx(40 * 0.5 * guided.flops_per_image / timed.flops_per_image / 3600)
    assert by_id(estimated(suite_file))["digits-gan_truncation0.5"].hours_left is None


def test_shards_beyond_the_images_that_there_are_count_for_nothing(suite_file, tmp_path):
    write_batch(tmp_path / "few.npz", Batch(digits_heldout().images[:25]))
    events = [ShardEvent(point="few", shard=index, sha256="") for index in (0, 2, 3)]
    few = by_id(estimated(suite_file, f"points.2.images={tmp_path / 'few.npz'}", events=events))["few"]
    assert (few.num_images, few.num_done) == (25, 15)


def test_a_rate_in_images_counts_for_all_points_alike(suite_file):
    points = by_id(estimated(suite_file, rate=Rate(images_per_second=4)))
    assert {points[name].hours_left for name in points if name != "digits-heldout"} == {40 / 4 / 3600}


def test_existing_images_take_no_work_and_are_no_more_than_there_are(suite_file, tmp_path):
    write_batch(tmp_path / "few.npz", Batch(digits_heldout().images[:30]))
    points = by_id(estimated(suite_file, f"points.2.images={tmp_path / 'few.npz'}"))
    few = points["few"]
    assert (few.num_images, few.flops_per_image, few.seconds_per_image, few.image_bytes) == (30, 0, 0, 30 * 192)


def test_a_fetched_batch_is_counted_by_what_it_holds():
    entry = catalog()["imagenet64-iddpm"]
    expected = by_id(estimated("released-samples-64"))["imagenet64-iddpm"]
    assert (expected.num_images, expected.image_bytes) == (50_000, 50_000 * 64 * 64 * 3)
    entry.path.parent.mkdir(parents=True)
    write_batch(entry.path, Batch(np.zeros((7, 32, 32, 3), np.uint8)))
    found = by_id(estimated("released-samples-64"))["imagenet64-iddpm"]
    assert (found.num_images, found.image_bytes) == (7, 7 * 32 * 32 * 3)


def test_a_stack_makes_no_more_images_than_its_base_has(stack_suite):
    (point,) = estimated(stack_suite).points
    assert (point.num_images, point.network_evaluations, point.classifier_evaluations) == (30, 5, 0)
    assert point.image_bytes == 30 * 64 * 64 * 3


def test_the_features_of_the_reference_are_on_disk_too(suite_file):
    width = 2048 + 2023 + 1008
    assert estimated("imagenet256").reference_bytes == 10_000 * width * 4
    assert estimated("imagenet512").reference_bytes == 1_000 * width * 4
    assert estimated(suite_file).reference_bytes == 1297 * (64 + 112 + 10) * 4


def test_weights_of_an_address_of_ones_own_are_of_unknown_size(suite_file, tmp_path):
    (tmp_path / "far.yaml").write_text("url: https://example.org/far.pt\nflags: {image_size: 64}\n")
    model = tmp_path / "far.yaml"
    result = estimated(suite_file, f"points.0.model={model}", "points.0.guidance=0")
    assert [(download.name, download.bytes) for download in result.downloads] == [("far.pt", None)]
    assert summary(result, 1)[-1] == "Downloads: 0.0 kB, about: far.pt (of unknown size)."


def test_downloads_are_those_of_all_points_as_a_run_of_some_fetches_all():
    suite = load_suite("imagenet256")
    points = operating_points(suite)
    some = estimate(suite, select_points(points, ["*biggan*"]), RunState(), Rate())
    assert len(some.points) == 1
    assert some.downloads == estimate(suite, points, RunState(), Rate()).downloads
