import pytest
from sampler import sample

from beatgans.reference_batches import Batch, write_batch


@pytest.mark.quality_suite("quality.yaml", baseline="baseline.json")
def test_the_digits_are_as_good_as_they_were(quality_gate):
    write_batch("samples.npz", Batch(sample(1000)))
    quality_gate()
