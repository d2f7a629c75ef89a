from __future__ import annotations

import json
import platform

from beatgans.harness.cli import main


def test_the_environment_is_printed_for_people_and_as_json(capsys):
    assert main(["env"]) == 0
    for_people = capsys.readouterr().out
    assert main(["env", "--json"]) == 0
    environment = json.loads(capsys.readouterr().out)

    assert environment["python"] == platform.python_version()
    assert all(name in for_people for name in environment)
