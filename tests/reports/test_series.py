from beatgans.reports import results_table
from beatgans.reports.frame import results_frame
from beatgans.reports.labels import shorten
from beatgans.reports.series import looks_of, with_series


def series_of(record):
    frame = with_series(results_frame(results_table(record)))
    return frame[frame["family"] != "real"]


def test_a_series_is_a_sampler_at_a_guidance_scale_or_a_gan(record):
    counts = series_of(record)["series"].value_counts()
    assert counts["DDPM, unguided"] == counts["DDIM, guidance 1"] == counts["truncations of digits-gan"] == 4
    assert counts["DDIM, guidance 0.5"] == 1


def test_points_of_a_series_are_in_the_order_of_its_line(record):
    shuffled = record.model_copy(update={"points": record.points[::-1]})
    for name, points in series_of(shuffled).groupby("series"):
        key = "truncation" if name.startswith("truncations") else "network_evaluations"
        assert points[key].is_monotonic_increasing


def test_a_colour_means_a_sampler_dashes_a_guidance_and_a_marker_one_series(record):
    looks = looks_of(series_of(record))
    assert looks["DDIM, unguided"].colour == looks["DDIM, guidance 4"].colour != looks["DDPM, unguided"].colour
    assert looks["DDIM, guidance 1"].dashes == looks["DDPM, guidance 1"].dashes != looks["DDPM, unguided"].dashes
    assert looks["DDPM, unguided"].dashes == ()
    assert len({look.marker for look in looks.values()}) == len(looks) == 8


def test_eta_makes_another_series(record):
    noisy = record.points[8].model_copy(update={"id": "noisy", "eta": 1.0})
    names = series_of(record.model_copy(update={"points": (*record.points, noisy)}))["series"]
    assert "DDIM η 1, unguided" in set(names)


def test_long_names_keep_their_ends():
    assert shorten("DDPM, unguided") == "DDPM, unguided"
    short = shorten("DDPM (a-model-of-a-name-too-long-for-any-legend), guidance 1")
    assert short.startswith("DDPM (a-mod")
    assert short.endswith("guidance 1")
