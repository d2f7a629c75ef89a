from __future__ import annotations

import pytest

from beatgans.harness.cli import main
from beatgans.harness.outputs import check_outputs, write_output
from beatgans.reference_batches import InputError


def test_what_is_read_is_not_written(tmp_path):
    baseline = tmp_path / "baseline.json"
    with pytest.raises(InputError, match=r"--json .*baseline\.json: this file is read by the same command"):
        check_outputs({"--json": tmp_path / "x" / ".." / "baseline.json"}, [baseline])
    check_outputs({"--json": tmp_path / "other.json", "--junit": None}, [baseline])


def test_one_file_is_not_written_twice(tmp_path):
    with pytest.raises(InputError, match=r"--junit .*same: --json names the same file"):
        check_outputs({"--json": tmp_path / "same", "--junit": tmp_path / "same"}, [])


def test_a_runs_records_are_its_own(undisturbed):
    for name in ("results.json", "manifest.json", "journal.jsonl"):
        with pytest.raises(InputError, match=f"-o .*{name}: this is a record of the run in"):
            check_outputs({"-o": undisturbed / name}, [])


def test_an_output_that_cannot_be_written_is_named_with_its_option(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"--junit .*x\.xml cannot be written \(.*\); name another file"):
        write_output("--junit", tmp_path / "file" / "x.xml", b"")


def test_the_gate_and_export_keep_to_it(undisturbed, tmp_path, capsys):
    baseline = tmp_path / "baseline.json"
    assert main(["baseline", "accept", str(undisturbed), "-o", str(baseline), "--reason", "first"]) == 0
    before = baseline.read_bytes()
    assert main(["gate", str(undisturbed), "--baseline", str(baseline), "--json", str(baseline)]) == 2
    assert baseline.read_bytes() == before
    results = undisturbed / "results.json"
    before = results.read_bytes()
    assert main(["export", str(undisturbed), "--to", "csv", "-o", str(results)]) == 2
    assert results.read_bytes() == before
    assert "read by the same command" in capsys.readouterr().err
