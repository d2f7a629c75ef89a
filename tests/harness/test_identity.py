from __future__ import annotations

import numpy as np
import pytest
import yaml

from beatgans.harness import load_suite
from beatgans.harness.identity import config_hash, differences, differences_said, identify
from beatgans.harness.points import operating_points
from beatgans.reference_batches import Batch, InputError, digits_heldout, sha256_file, write_batch


def identity_of(suite_file, *overrides, device="cpu", known=None):
    suite = load_suite(str(suite_file), overrides)
    return identify(suite, operating_points(suite), device, known)


@pytest.fixture(scope="module")
def identity(suite_file):
    return identity_of(suite_file)


@pytest.mark.parametrize(
    ("override", "field"),
    [
        ("num_images=50", "num_images is 40 there and 50 here"),
        ("seed=1", "seed is 0 there and 1 here"),
        ("labels=uniform", 'labels is "balanced" there and "uniform" here'),
        ("shard_size=20", "shard_size is 10 there and 20 here"),
        ("protocol=exact", 'protocol is "adm" there and "exact" here'),
        ("baseline=null", 'baseline is "digits-gan" there and null here'),
        ("reference=digits-heldout", 'reference is "digits" there and "digits-heldout" here'),
        ("dtype=bfloat16", 'dtype is "float32" there and "bfloat16" here'),
        ("points.0.clip=false", "points.digits-diffusion_ddim2_unclipped is absent there and present here"),
        ("points.0.guidance=[0]", "points.digits-diffusion_ddim2_guidance1 is present there and absent here"),
        ("points.1.truncation=1", "points.digits-gan_truncation1 is absent there and present here"),
    ],
)
def test_whatever_can_change_a_number_changes_the_identity(suite_file, identity, override, field):
    other = identity_of(suite_file, override)

    assert config_hash(other) != config_hash(identity)
    assert field in differences(identity, other)


@pytest.mark.parametrize("override", ["name=other", "title=Other", "batch_size=7"])
def test_what_cannot_change_a_number_does_not(suite_file, identity, override):
    assert config_hash(identity_of(suite_file, override)) == config_hash(identity)


def test_equal_identities_do_not_differ(suite_file, identity):
    assert differences(identity, identity_of(suite_file)) == []


@pytest.mark.parametrize("override", ["num_images=50", "seed=1", "metrics=[fid]", "points.0.clip=false", "name=other"])
def test_what_a_suite_says_by_itself_is_told_apart_without_reading_weights(suite_file, identity, override, monkeypatch):
    expected = differences(identity, identity_of(suite_file, override))
    for reading in ("find_weights", "weights_sha256", "identify_images", "identify_reference"):
        monkeypatch.delattr(f"beatgans.harness.identity.{reading}")
    suite = load_suite(str(suite_file), [override])
    assert differences_said(identity, suite, operating_points(suite)) == expected


def test_the_kind_of_device_is_part_of_it(suite_file, identity):
    assert differences(identity, identity_of(suite_file, device="cuda")) == ['device is "cpu" there and "cuda" here']


def test_weights_code_and_libraries_are_part_of_it(identity):
    assert set(identity.weights_sha256) == {"digits-diffusion", "digits-gan"}
    assert set(identity.code_sha256) == {"evaluator", "generators", "reference_batches"}
    assert {"beatgans", "torch", "numpy"} <= set(identity.libraries)
    changed = identity.model_copy(update={"libraries": {**identity.libraries, "torch": "0.1"}})
    assert differences(changed, identity) == [
        f'libraries.torch is "0.1" there and "{identity.libraries["torch"]}" here'
    ]


def test_the_groups_of_the_standard_errors_are_part_of_it(suite_file, identity, monkeypatch):
    monkeypatch.setattr("beatgans.harness.identity.JACKKNIFE_GROUPS", 10)
    assert differences(identity, identity_of(suite_file)) == ["jackknife_groups is 20 there and 10 here"]


def test_other_weights_are_named_with_their_file_and_hash(identity):
    weights = {**identity.weights_sha256, "digits-gan": {"digits_gan.safetensors": "0" * 64}}
    changed = identity.model_copy(update={"weights_sha256": weights})
    (difference,) = differences(changed, identity)
    assert difference.startswith("weights_sha256.digits-gan.digits_gan.safetensors is 000000000000... there and ")


@pytest.mark.parametrize("name", ["a" * 5_000, "a\0b"])
def test_a_name_that_the_system_takes_for_no_path_is_refused_in_a_short_sentence(suite_file, name):
    suite = load_suite(str(suite_file)).model_copy(update={"reference": name})
    with pytest.raises(InputError, match=r"cannot be read|there is no reference") as caught:
        identify(suite, operating_points(suite), "cpu")
    assert len(str(caught.value)) < 300


def test_images_in_a_file_are_known_by_its_bytes(suite_file, tmp_path):
    path = tmp_path / "real.npz"
    write_batch(path, Batch(digits_heldout().images[:30]))
    override = f"points.2.images={path}"
    before = identity_of(suite_file, override)
    assert before.images[str(path)].sha256 == sha256_file(path)
    assert before.images[str(path)].num_images == 30

    write_batch(path, Batch(np.flip(digits_heldout().images[:30], axis=1)))
    after = identity_of(suite_file, override, known=before.images)
    assert [field.split(" is ")[0] for field in differences(before, after)] == [f"images.{path}.sha256"]


def test_a_point_of_existing_images_has_no_more_than_there_are(suite_file):
    suite = load_suite(str(suite_file), ["num_images=900"])
    points = operating_points(suite)
    identity = identify(suite, points, "cpu")
    assert [identity.num_images_of(point) for point in points] == [900, 900, 900, 500]


def test_an_unknown_extractor_or_reference_is_named(suite_file):
    with pytest.raises(InputError, match="extractor: there is no extractor named 'digit'; did you mean digits"):
        identity_of(suite_file, "extractor=digit")
    with pytest.raises(InputError, match="there is no reference named 'digit'"):
        identity_of(suite_file, "reference=digit")


def test_what_a_model_file_says_and_its_weights_are_part_of_it(suite_file, tmp_path):
    (tmp_path / "w.pt").write_bytes(b"first")
    model = tmp_path / "mine.yaml"

    def identity(**fields):
        model.write_text(yaml.safe_dump({"weights": "w.pt", "flags": {"image_size": 8, "channel_mult": "1"}, **fields}))
        point = f"{{model: {model}, sampler: ddpm, steps: 5}}"
        return identity_of(suite_file, f"points=[{point}]", "baseline=null")

    first = identity()
    assert set(first.weights_sha256) == set(first.models_sha256) == {"mine"}
    assert identity(description="in other words", licence="MIT") == first
    (tmp_path / "w.pt").write_bytes(b"second")
    assert [field.split(" is ")[0] for field in differences(first, identity())] == ["weights_sha256.mine.w.pt"]
    other = identity(flags={"image_size": 8, "channel_mult": "1", "predict_xstart": True})
    assert "models_sha256.mine" in [field.split(" is ")[0] for field in differences(first, other)]


def test_the_weights_of_a_model_can_lie_anywhere(suite_file, tmp_path):
    def identity(folder):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "w.pt").write_bytes(b"same")
        model = tmp_path / "mine.yaml"
        model.write_text(yaml.safe_dump({"weights": f"{folder}/w.pt", "flags": {"image_size": 64}}))
        point = f"{{model: {model}, sampler: ddpm, steps: 5}}"
        return identity_of(suite_file, f"points=[{point}]", "baseline=null")

    assert config_hash(identity("here")) == config_hash(identity("there"))


def test_a_stack_has_as_many_images_as_its_base(stack_suite):
    stack_suite.with_name("up.pt").touch()
    suite = load_suite(str(stack_suite))
    (point,) = operating_points(suite)
    assert identify(suite, (point,), "cpu").num_images_of(point) == 30
    fewer = load_suite(str(stack_suite), ["num_images=20"])
    assert identify(fewer, (point,), "cpu").num_images_of(point) == 20
