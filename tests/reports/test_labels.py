import pytest

from beatgans.reports.labels import settings_label


@pytest.mark.parametrize(
    ("position", "change", "label"),
    [
        (0, {}, "DDPM 10, unguided"),
        (9, {}, "DDIM 5, guidance 1"),
        (9, {"eta": 0.5}, "DDIM 5, η 0.5, guidance 1"),
        (0, {"sampler": "heun", "guidance": None}, "Heun 10"),
        (0, {"sampler": "dpm-solver++2m", "options": "guided at 200-800"}, "DPM-Solver++(2M) 10, guided at 200-800"),
        (19, {}, "truncation 0.25"),
        (19, {"truncation": None}, "default settings"),
        (-1, {}, "real images"),
    ],
)
def test_label_names_what_applies(record, position, change, label):
    assert settings_label(record.points[position].model_copy(update=change)) == label
