import pytest


@pytest.fixture(scope="session")
def full_scale(request):
    """Whether the benchmarks are timed, at the sizes that people have; in the ordinary suite they are small."""
    return request.config.getoption("benchmark_enable")
