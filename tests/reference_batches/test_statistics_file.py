import numpy as np
import pytest

from beatgans.reference_batches import InputError, Statistics, read_statistics
from beatgans.reference_batches.statistics_file import check_statistics

FEATURES = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
MU, SIGMA = FEATURES.mean(axis=0), np.cov(FEATURES, rowvar=False)
ADM = {"mu": MU, "sigma": SIGMA, "mu_s": MU[:3], "sigma_s": SIGMA[:3, :3]}


def changed(**arrays):
    return {key: value for key, value in (ADM | arrays).items() if value is not None}


def test_files_of_adm_hold_both_kinds(tmp_path):
    np.savez(tmp_path / "s.npz", **ADM, mu_clip=MU, sigma_clip="ignored")
    statistics = read_statistics(tmp_path / "s.npz")
    for key, array in zip(
        ADM,
        (statistics.mean, statistics.covariance, statistics.spatial_mean, statistics.spatial_covariance),
        strict=True,
    ):
        assert np.array_equal(array, ADM[key])
    # OpenAI's evaluator computes with the float32 means as they are stored.
    assert statistics.mean.dtype == statistics.spatial_mean.dtype == np.float32
    assert statistics.covariance.dtype == statistics.spatial_covariance.dtype == np.float64


def test_files_of_pytorch_fid_and_edm_have_no_spatial_ones(tmp_path):
    np.savez(tmp_path / "s.npz", mu=MU.astype(np.float64), sigma=SIGMA.astype(np.float32))
    statistics = read_statistics(tmp_path / "s.npz")
    assert statistics.mean.dtype == statistics.covariance.dtype == np.float64
    assert statistics.spatial_mean is None
    assert statistics.spatial_covariance is None


@pytest.mark.parametrize(
    ("arrays", "complaint"),
    [
        (changed(sigma=None), "mu without sigma"),
        (changed(mu=None), "sigma without mu"),
        (changed(sigma_s=None), "mu_s without sigma_s"),
        (changed(mu_s=None), "sigma_s without mu_s"),
        (changed(mu=MU[None]), r"shapes \[1, 4\] and \[4, 4\]"),
        (changed(sigma=SIGMA[:3]), r"shapes \[4\] and \[3, 4\]"),
        (changed(mu=MU[:0], sigma=SIGMA[:0, :0]), r"shapes \[0\]"),
        (changed(mu_s=MU), r"mu_s and sigma_s .* \[4\] and \[3, 3\]"),
        (changed(mu=np.where(MU[1] == MU, np.nan, MU)), "mu of .* is not finite"),
        (changed(sigma=np.where(SIGMA[0, 0] == SIGMA, np.inf, SIGMA)), "sigma of .* is not finite"),
        (changed(sigma=SIGMA + np.triu(np.ones((4, 4)), 1)), "not symmetric"),
        (changed(sigma=SIGMA - 5 * np.eye(4)), "negative variance"),
        (changed(mu=MU.astype(np.complex64)), "complex64, not real"),
        (changed(mu=np.array(list("abcd"))), "<U1, not real"),
        (changed(sigma=np.array([[None] * 4] * 4)), "never unpickled"),
    ],
)
def test_what_no_statistics_can_be_is_refused(tmp_path, arrays, complaint):
    np.savez(tmp_path / "odd.npz", **arrays)
    with pytest.raises(InputError, match=complaint) as refusal:
        read_statistics(tmp_path / "odd.npz")
    assert "odd.npz" in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_rounding_to_float32_is_no_asymmetry(tmp_path):
    uneven = SIGMA + np.triu(np.full((4, 4), 1e-7), 1)
    np.savez(tmp_path / "s.npz", **changed(sigma=uneven))
    assert np.array_equal(read_statistics(tmp_path / "s.npz").covariance, uneven)


def test_half_of_the_spatial_ones_is_refused():
    with pytest.raises(InputError, match="one of the spatial"):
        check_statistics(Statistics(MU, SIGMA, MU), "it")
