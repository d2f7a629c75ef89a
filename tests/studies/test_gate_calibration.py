"""The study of the gate, at a size that shows that it still runs; its figures mean nothing at this size."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

STUDY = Path(__file__).parent / "gate_calibration"
FAULTS = (
    "none",
    "network told timestep t + 1 of 1,000",
    "network told the timestep of the next of ten steps",
    "guidance x 1.2",
    "average of the weights left out",
    "weights in bfloat16",
    "one class never drawn",
    "uint8 by rounding to nearest",
    "channels swapped (RGB as BGR)",
)


def test_it_samples_every_condition_and_prints_its_tables(tmp_path):
    command = [sys.executable, str(STUDY), "-o", str(tmp_path), "--size", "100", "--images", "40", "50"]
    command += ["--false-alarms", "4", "--faults", "1", "--training-steps", "1"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    out = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    assert "N = 40, 4 comparisons of 5 points, 5 scores each:" in out
    assert "| other seeds | " in out
    rows = {line.split(" | ")[0].removeprefix("| "): line for line in out.splitlines() if line.startswith("| ")}
    assert set(FAULTS) <= set(rows)
    assert "| 0% | 100% |" in rows["none"]  # identical images pass
    assert "| 100% | 0% |" in rows["network told the timestep of the next of ten steps"]
