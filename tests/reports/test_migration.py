from beatgans.reports import migration, record


def test_there_is_a_step_from_every_older_version():
    assert sorted(migration.MIGRATIONS) == list(range(migration.OLDEST_VERSION, record.SCHEMA_VERSION))


def test_steps_are_taken_in_order(monkeypatch):
    steps = {1: lambda data: {**data, "steps": [1]}, 2: lambda data: {**data, "steps": [*data["steps"], 2]}}
    monkeypatch.setattr(migration, "MIGRATIONS", steps)
    assert migration.migrated({"name": "x"}, 1, 3) == {"name": "x", "steps": [1, 2]}
    assert migration.migrated({"name": "x", "steps": []}, 2, 3)["steps"] == [2]
