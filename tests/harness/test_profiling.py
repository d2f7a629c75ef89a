from __future__ import annotations

import pytest

from beatgans.generators import SamplerSettings
from beatgans.harness.points import point_of
from beatgans.harness.profiling import ProfileOptions, Profiler, sampled_points
from beatgans.harness.suite import load_suite
from beatgans.reference_batches import InputError

GUIDED = point_of("digits-diffusion", SamplerSettings("ddim", "ddim2", 1.0))
GAN = point_of("digits-gan", SamplerSettings(None, None, truncation=1.0))


@pytest.fixture(scope="module")
def profiler():
    return Profiler(ProfileOptions("cpu", batch_size=3, repeats=2))


def test_a_guided_point_has_everything_but_energy(profiler):
    found = profiler.profile(GUIDED)

    assert (found.used.batch_size, found.used.repeats) == (3, 2)
    assert found.used.seconds_per_image_p10 <= found.used.seconds_per_image <= found.used.seconds_per_image_p90
    assert (found.network_evaluations, found.classifier_evaluations) == (2, 2)
    assert found.flops_per_image == 2 * (37_793_792 + 5_842_560)  # as generators/costs.csv has them
    assert found.num_parameters == 829_638
    assert found.warm_up_seconds > 0
    assert found.best.images_per_second >= found.used.images_per_second
    assert [one.batch_size for one in found.tried] == [2**power for power in range(len(found.tried))]
    split = found.split.model_dump()
    assert split.pop("writing") > 0
    assert sum(split.values()) == pytest.approx(1 / found.used.images_per_second)
    assert found.split.guidance > 0
    assert found.joules_per_image is None
    assert found.reasons["joules_per_image"] == "energy is read from NVIDIA GPUs alone"
    assert found.settings["respacing"] == "ddim2"


def test_batch_sizes_are_tried_once_for_points_that_differ_in_steps_and_scales(profiler):
    first = profiler.profile(GUIDED).tried
    assert profiler.profile(point_of("digits-diffusion", SamplerSettings("ddim", "ddim3", 2.0))).tried == first
    assert profiler.profile(GAN).tried != first


def test_a_function_tells_its_time_and_nothing_else(tmp_path, monkeypatch):
    (tmp_path / "noise_for_profiles.py").write_text(
        "import numpy as np\n"
        "def make(seeds, labels):\n"
        "    return np.zeros((len(seeds), 8, 8, 3), np.uint8)\n"
    )  # fmt: skip
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    point = point_of("noise_for_profiles:make", SamplerSettings(None, None))

    found = Profiler(ProfileOptions("cpu", batch_size=2, repeats=1)).profile(point)

    assert found.used.images_per_second > 0
    missing = {"num_parameters", "network_evaluations", "classifier_evaluations", "flops_per_image", "split"}
    assert missing < set(found.reasons)
    assert "does not tell where its time goes" in found.reasons["split"]


def test_images_that_exist_already_are_left_out(suite_file):
    from beatgans.harness.points import operating_points

    points = operating_points(load_suite(str(suite_file)))
    assert [point.id for point in sampled_points(points)] == [point.id for point in points[:3]]
    with pytest.raises(InputError, match="nothing to profile"):
        sampled_points(points[3:])
