from __future__ import annotations

import pytest

from beatgans.generators import SamplerSettings
from beatgans.harness import load_suite
from beatgans.harness.folder import RunFolder
from beatgans.harness.journal import Journal, SessionEvent
from beatgans.harness.manifest import read_manifest
from beatgans.harness.points import operating_points
from beatgans.harness.results import _options, _settings_warnings, build_record
from beatgans.harness.state import RunState
from beatgans.reports import read_record, to_json

POINT = "digits-gan_truncation0.5"


@pytest.fixture
def build(undisturbed, suite_file):
    """Builds the record of the undisturbed run from its journal, changed as a test likes."""
    folder, suite = RunFolder(undisturbed), load_suite(str(suite_file))

    def build(change=lambda events: events):
        state = RunState.of(change(Journal.open(folder.journal).events))
        return build_record(suite, operating_points(suite), read_manifest(folder.manifest), state)

    return build


def test_the_record_is_a_function_of_the_files_in_the_folder(build, undisturbed):
    assert to_json(build()) == (undisturbed / "results.json").read_text()
    assert read_record(undisturbed / "results.json") == build()


def test_every_point_has_its_settings_scores_and_costs(build):
    unguided, guided, gan, real = build().points

    assert (unguided.sampler, unguided.respacing, unguided.steps, unguided.guidance, unguided.eta) == (
        "ddim",
        "ddim2",
        2,
        0,
        0,
    )
    assert (guided.guidance, guided.profile.classifier_evaluations) == (1, 2)
    assert (gan.sampler, gan.steps, gan.guidance, gan.truncation, gan.eta) == (None, None, None, 0.5, None)
    # Of the 21 rows of statistics, that of truncation 0.5; the latent's distribution is said beside it.
    assert (gan.details["batch_norm_row"], gan.details["truncation"]) == (10, 0.5)
    assert gan.details["latent"].startswith("normal, cut at -2 and 2")
    assert (real.family, real.num_parameters, real.details) == ("real", None, {})
    assert [point.image_size for point in (unguided, gan, real)] == [(8, 8)] * 3
    assert {point.released for point in (unguided, gan, real)} == {build().reference.released} == {None}
    assert real.profile.reason == "the images exist already and are not sampled"
    for point in (unguided, guided, gan, real):
        assert set(point.scores) == {"fid", "sfid", "inception_score", "precision", "recall"}
        assert all(score.value is not None and score.standard_error is not None for score in point.scores.values())
        assert point.num_images == 40
    for point in (unguided, guided, gan):
        assert point.profile.seconds_per_image > 0
        assert point.num_parameters > 0
        work = point.profile.work
        assert work.reason is None
        split = work.split.model_dump()
        writing = split.pop("writing")
        assert 0 < writing < 1
        assert min(split.values()) >= 0
        # A mean over batches, where seconds_per_image is their median.
        assert sum(split.values()) == pytest.approx(1 / point.profile.images_per_second)
    assert (unguided.profile.work.split.guidance, guided.profile.work.split.guidance > 0) == (0, True)
    assert guided.profile.work.flops_per_image == 2 * (37_793_792 + 5_842_560)  # as generators/costs.csv has them
    assert real.profile.work is None


def test_a_run_of_a_version_that_recorded_no_work_says_so(build):
    later = {"measured_seconds": {}, "all_seconds": {}, "writing_seconds": None, "flops_per_image": None}
    record = build(lambda events: [
        event.model_copy(update=later) if event.event == "shard" else event for event in events
    ])  # fmt: skip
    work = record.points[0].profile.work
    assert (work.flops_per_image, work.split) == (None, None)
    assert work.reason == "the images were sampled by a version that did not record it"


def test_a_record_without_all_points_is_partial_and_gives_no_answer(build):
    record = build(lambda events: [event for event in events if getattr(event, "point", "") != "digits-heldout"])

    assert (record.status, record.answer) == ("partial", None)
    assert len(record.points) == 3
    assert record.warnings[0].startswith("1 of the suite's 4 operating points are missing")


def test_times_from_different_circumstances_bring_a_warning(build):
    def continue_elsewhere(events):
        session = events[0]
        middle = next(index for index, event in enumerate(events) if getattr(event, "shard", None) == 2)
        environment = {**session.environment, "cpu": "another", "cores": 99}
        moved = SessionEvent(session="second", command="again", environment=environment)
        later = [event.model_copy(update={"session": "second"}) for event in events[middle:]]
        return [*events[:middle], moved, *later]

    assert build().warnings == ()
    record = build(continue_elsewhere)
    assert record.environment["cores"] == 99
    assert record.warnings == (
        "The run was continued under other circumstances (cores, cpu): compare its times with care.",
    )
    assert record.command == "again"


def test_speeds_keep_the_machine_that_they_were_measured_on_when_another_one_scores(build):
    def score_elsewhere(events):
        session = events[0]
        moved = SessionEvent(command="again", environment={**session.environment, "cpu": "another", "workers": 99})
        again = [event for event in events if event.event in {"features", "scores"} and event.point == POINT]
        return [*events, moved, *again]

    record = build(score_elsewhere)

    assert record.environment == build().environment
    assert record.warnings == ()


def test_without_the_journals_first_line_the_machine_is_unknown_and_nothing_else(build):
    record = build(lambda events: events[1:])

    assert record.environment == {}
    assert record.command == "not known, as the journal is damaged"
    assert record.points == build().points
    assert [warning.split(",")[0] for warning in record.warnings] == ["The journal's first line is damaged"]


def test_settings_that_will_disappoint_are_warned_of(build, suite_file):
    suite = load_suite(str(suite_file), ["points.0.steps=null", "points.0.respacing=['25']"])
    guided = operating_points(suite)[1]
    assert guided.settings.guidance == 1
    (warning,) = _settings_warnings(guided)
    assert "timestep 999" in warning
    assert all(point.warnings == tuple(w for w in point.warnings if "timestep" not in w) for point in build().points)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (SamplerSettings("ddim", "ddim25", 1.0, eta=0.5), None),
        (SamplerSettings("ddim", "10,15,20"), None),
        (SamplerSettings("unipc", "uniform10"), None),
        (SamplerSettings("unipc", "karras10"), "spaced karras"),
        (SamplerSettings("unipc", "10"), "spaced evenly"),
        (SamplerSettings("unipc", "10,15"), "spaced 10,15"),
        (
            SamplerSettings("unipc", "uniform10", classifier_free=1.5, guidance_interval="200-800", clip=False),
            "classifier-free 1.5, guided at 200-800, unclipped",
        ),
        (
            SamplerSettings("heun", "karras18", churn=40, churn_interval="0.05-50", churn_noise=1.003),
            "churn 40, at levels 0.05-50, of noise 1.003",
        ),
    ],
)
def test_settings_without_a_column_of_their_own_are_said_in_words(settings, words):
    assert _options(settings) == words
