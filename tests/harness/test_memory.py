from __future__ import annotations

import numpy as np
import pytest

from beatgans.harness import memory
from beatgans.harness.memory import measure_peak_memory, resident_memory, resident_peak

MEBIBYTE = 2**20


@pytest.mark.skipif(not memory.CLEAR_REFERENCES.exists(), reason="only Linux tells a process its peak memory")
def test_the_peak_is_that_of_its_own_stretch_of_work():
    with measure_peak_memory("cpu") as before:
        pass
    with measure_peak_memory("cpu") as large:
        np.ones(200 * MEBIBYTE, np.uint8)
    with measure_peak_memory("cpu") as after:
        pass

    assert large.bytes - before.bytes > 190 * MEBIBYTE
    assert after.bytes - before.bytes < 100 * MEBIBYTE
    assert large.reason is None


def test_where_the_peak_cannot_be_reset_there_is_a_reason_instead(monkeypatch, tmp_path):
    monkeypatch.setattr(memory, "CLEAR_REFERENCES", tmp_path / "none" / "clear_refs")
    with measure_peak_memory("cpu") as peak:
        pass
    assert peak.bytes is None
    assert "No such file or directory" in peak.reason


def test_the_peak_is_read_in_bytes():
    assert resident_peak("Name:\tpython\nVmPeak:\t  999 kB\nVmHWM:\t  1234 kB\n") == 1234 * 1024


def test_what_a_process_holds_is_what_it_has_taken():
    before = resident_memory()
    if before is None:
        pytest.skip("the system does not tell what a process holds")
    taken = np.ones(50_000_000)
    assert resident_memory() - before > 0.9 * taken.nbytes
