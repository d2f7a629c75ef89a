from __future__ import annotations

import numpy as np
import pytest

from beatgans.evaluator import extract_features, load_extractor
from beatgans.harness import Progress
from beatgans.harness.reference_building import BuildOptions, build_reference, choose_positions
from beatgans.reference_batches import Batch, InputError, digits_heldout, digits_reference, open_reference, write_batch


@pytest.fixture(scope="module")
def features():
    return extract_features(load_extractor("digits"), digits_heldout().images)


def build(tmp_path, source="digits-heldout", **options):
    built = build_reference(source, tmp_path / "r.npz", BuildOptions("digits", **options), Progress())
    return built, open_reference(tmp_path / "r.npz")


def test_the_statistics_are_those_of_numpy_of_all_images(tmp_path, features):
    built, reference = build(tmp_path, limit_images=20)
    statistics = reference.statistics
    for mean, covariance, of in (
        (statistics.mean, statistics.covariance, features.pool),
        (statistics.spatial_mean, statistics.spatial_covariance, features.spatial),
    ):
        assert mean.dtype == np.float32
        assert np.array_equal(mean, np.mean(of, axis=0))
        np.testing.assert_allclose(covariance, np.cov(of, rowvar=False), rtol=1e-9, atol=1e-12)
    assert (built.num_images, built.num_kept, built.dimensions) == (500, 20, (64, 112))
    assert built.warnings == []


def test_the_exact_protocol_keeps_means_in_float64(tmp_path, features):
    _, reference = build(tmp_path, protocol="exact", batch_size=77)
    np.testing.assert_allclose(reference.statistics.mean, features.pool.astype(np.float64).mean(axis=0), rtol=1e-7)
    assert reference.statistics.mean.dtype == np.float64


def test_images_are_kept_with_their_labels(tmp_path):
    _, reference = build(tmp_path)
    assert np.array_equal(np.concatenate(list(reference.images.batches(64))), digits_heldout().images)
    assert np.array_equal(reference.labels, digits_heldout().labels)
    extractor = load_extractor("digits")
    assert (reference.extractor, reference.extractor_sha256) == ("digits", extractor.weights_sha256)


def test_features_are_kept_of_the_same_images(tmp_path, features):
    _, reference = build(tmp_path, keep="features", limit_images=33, batch_size=7)
    positions = choose_positions(500, 33)
    np.testing.assert_allclose(reference.pool, features.pool[positions], rtol=1e-4, atol=1e-5)
    assert np.array_equal(reference.labels, digits_heldout().labels[positions])


def test_positions_are_drawn_from_everywhere_and_the_same_every_time():
    positions = choose_positions(1_000, 100)
    assert np.array_equal(positions, choose_positions(1_000, 100))
    assert (np.diff(positions) > 0).all()
    # Of ten classes in order or in turn, each is there: about ten times, and never none or a half.
    for labels in (np.arange(1_000) // 100, np.arange(1_000) % 10):
        assert np.bincount(labels[positions], minlength=10).min() >= 2
        assert np.bincount(labels[positions]).max() <= 25
    assert choose_positions(5, None).tolist() == choose_positions(5, 9).tolist() == [0, 1, 2, 3, 4]


def test_images_of_another_size_are_fitted(tmp_path):
    large = np.repeat(np.repeat(digits_reference().images[:200], 2, axis=1), 2, axis=2)
    write_batch(tmp_path / "large.npz", Batch(large))
    _, reference = build(tmp_path, str(tmp_path / "large.npz"), size=8)
    assert np.array_equal(next(reference.images.batches(200)), digits_reference().images[:200])


def test_few_images_are_warned_of(tmp_path):
    write_batch(tmp_path / "few.npz", Batch(digits_reference().images[:112]))
    built, _ = build(tmp_path, str(tmp_path / "few.npz"))
    assert "112 images are no more than the 112 dimensions" in built.warnings[0]


@pytest.mark.parametrize(
    ("source", "options", "complaint"),
    [
        ("digits", {"protocol": "amd"}, "'amd'"),
        ("digits", {"keep": "all"}, "--keep all: choose one of images, features"),
        ("digits", {"limit_images": 0}, "--limit-images 0"),
        ("digits", {"size": 16}, "8x8"),
        ("ONE", {}, "at least 2 images, and here is 1"),
        ("TORN", {}, "cannot be read as an image"),
        ("none", {}, "no reference named 'none'"),
    ],
)
def test_nothing_is_written_of_bad_input(tmp_path, save_folder, source, options, complaint):
    places = {"ONE": save_folder(1), "TORN": save_folder(60, torn=55)}
    with pytest.raises(InputError, match=complaint):
        build(tmp_path, places.get(source, source), **options)
    assert not [path for path in tmp_path.iterdir() if "r.npz" in path.name]


def test_the_file_to_build_from_is_not_written_over(tmp_path):
    write_batch(tmp_path / "r.npz", digits_heldout())
    with pytest.raises(InputError, match="the file to build from"):
        build(tmp_path, str(tmp_path / "r.npz"))


@pytest.fixture
def save_folder(tmp_path):
    """Makes a folder of so many digits, one of them damaged."""
    from PIL import Image

    def save(number, torn=None):
        folder = tmp_path / f"images{number}"
        folder.mkdir()
        for index in range(number):
            Image.fromarray(digits_reference().images[index]).save(folder / f"{index}.png")
        if torn is not None:
            (folder / f"{torn}.png").write_bytes(b"torn")
        return str(folder)

    return save
