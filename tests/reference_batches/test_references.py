import numpy as np
import pytest

from beatgans.reference_batches import REFERENCES, Batch, InputError, load_reference, write_batch


@pytest.mark.parametrize("name", REFERENCES)
def test_every_built_in_reference_loads(name):
    batch = load_reference(name)
    assert batch.images.shape == (len(batch.labels), 8, 8, 3)


def test_a_path_is_a_reference_too(tmp_path):
    write_batch(tmp_path / "mine.npz", Batch(np.zeros((1, 2, 2, 3), np.uint8)))
    assert len(load_reference(str(tmp_path / "mine.npz")).images) == 1


@pytest.mark.parametrize(
    ("name", "hint"), [("digit", "did you mean digits"), ("cifar10", "known are digits"), ("no.npz", "not exist")]
)
def test_an_unknown_reference_is_refused_with_a_hint(name, hint):
    with pytest.raises(InputError, match=hint):
        load_reference(name)
