from __future__ import annotations

import pytest

import beatgans.generators


@pytest.mark.parametrize("name", beatgans.generators.__all__)
def test_every_public_name_can_be_had(name: str):
    assert getattr(beatgans.generators, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'load_generater'"):
        beatgans.generators.load_generater  # noqa: B018
