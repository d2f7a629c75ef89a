import pytest

from beatgans.reports import ProfileRecord, results_table


def cell(table, point, column):
    return next(row for row in table.rows if row.id == point).cells[column]


def test_columns_are_those_of_the_paper_with_the_direction_of_better(record):
    assert [column.heading for column in results_table(record).shown] == [
        "Model", "Sampler", "Steps", "Guidance", "Truncation", "FID ↓", "sFID ↓", "IS ↑", "Precision ↑", "Recall ↑",
        "NFE ↓", "Classifier calls ↓", "s/image ↓", "Images/s ↑", "Memory (MiB) ↓",
    ]  # fmt: skip


def test_columns_that_apply_to_no_point_are_hidden_and_kept_in_the_flat_rows(record):
    gans = record.model_copy(
        update={"points": tuple(point for point in record.points if point.family == "gan"), "answer": None}
    )
    table = results_table(gans)
    assert not {"sampler", "steps", "guidance", "classifier_evaluations"} & {column.key for column in table.shown}
    assert "steps" in table.flat_names()


def test_sample_counts_are_shown_where_they_differ(record):
    fewer = record.points[0].model_copy(update={"num_images": 7})
    table = results_table(record.model_copy(update={"points": (fewer, *record.points[1:])}))
    assert "N" in [column.heading for column in table.shown]


def test_real_images_come_last_and_are_never_the_best(record):
    shuffled = record.model_copy(update={"points": tuple(reversed(record.points))})
    table = results_table(shuffled)
    assert [row.id for row in table.floor] == ["digits-heldout"]
    assert table.rows[-1].is_floor
    assert cell(table, "digits-heldout", "fid").value < min(row.cells["fid"].value for row in table.competitors)
    assert not any(value.best for value in table.floor[0].cells.values())


def test_the_best_and_its_equals_are_marked(record):
    table = results_table(record)
    best = {row.id for row in table.rows if row.cells["fid"].best}
    # 2.22 ± 0.09, 2.41 ± 0.10 and 2.58 ± 0.10: the last one's interval reaches down to 2.38, the first's up to 2.40.
    assert best == {
        "digits-diffusion_ddim50_guidance1",
        "digits-diffusion_ddpm100_guidance1",
        "digits-diffusion_ddim50_guidance0",
    }


def test_values_and_standard_errors_share_their_decimals(record):
    for row in results_table(record).rows:
        for metric, decimals in {"fid": 2, "precision": 3}.items():
            assert len(row.cells[metric].text.partition(".")[2]) == decimals
            assert len(row.cells[metric].error_text.partition(".")[2]) == decimals


def test_flat_rows_hold_the_record_s_own_numbers(record):
    for point, row in zip(record.points, results_table(record).flat_rows(), strict=True):
        assert row["id"] == point.id
        assert row["recall"] == point.scores["recall"].value
        assert row["recall_standard_error"] == point.scores["recall"].standard_error
        assert row["seconds_per_image_p90"] == point.profile.seconds_per_image_p90


def test_a_missing_score_is_a_dash_with_a_reason_and_a_note(partial_record):
    table = results_table(partial_record)
    missing = cell(table, "digits-gan_truncation1", "fid")
    assert (missing.text, missing.value, missing.error_text) == ("–", None, "")
    assert missing.reason == "too few images"
    assert any("too few images" in note and "digits-gan_truncation1" in note for note in table.notes)


def test_a_score_without_a_standard_error_keeps_its_value_and_says_why(partial_record):
    lone = cell(results_table(partial_record), "digits-gan_truncation0.5", "recall")
    assert lone.text != "–"
    assert lone.error_text == ""
    assert lone.reason == "fewer than 40 images"


def test_a_metric_that_one_point_lacks_is_said_to_be_missing(record):
    first, *others = record.points
    poorer = first.model_copy(update={"scores": {"fid": first.scores["fid"]}})
    table = results_table(record.model_copy(update={"points": (poorer, *others)}))
    assert cell(table, first.id, "recall").reason == "not asked for"
    assert f"Missing (not asked for): sFID, IS, Precision, Recall of {first.id}." in table.notes


def test_unknown_metrics_follow_the_papers(record):
    first, *others = record.points
    richer = first.model_copy(update={"scores": {"coverage": first.scores["recall"], **first.scores}})
    scores = [c.heading for c in results_table(record.model_copy(update={"points": (richer, *others)})).shown]
    assert scores[scores.index("Recall ↑") + 1] == "Coverage ↑"


def test_a_point_of_another_number_of_images_is_marked(record):
    *points, floor = record.points
    fewer = record.model_copy(update={"points": (*points, floor.model_copy(update={"num_images": 400}))})
    (note,) = set(results_table(fewer).notes) - set(results_table(record).notes)
    assert note.startswith(f"{floor.id} has 400 images instead of 500: its scores, which depend on the number")


def test_notes_give_protocol_sample_count_reference_and_hardware(record):
    notes = " ".join(results_table(record).notes)
    for fact in (
        "500 images",
        "1,297 images of digits",
        "labels balanced",
        "extractor digits",
        "neighbours 3",
        "torch",
    ):
        assert fact in notes
    assert "cd" * 32 not in notes


def test_a_partial_run_says_so(partial_record):
    assert "partial" in results_table(partial_record).notes[0]


def test_partly_missing_costs_are_named_one_by_one(record):
    first, *others = record.points
    costs = first.profile.model_dump() | {"peak_memory_bytes": None, "reason": "not measured on this platform"}
    poorer = first.model_copy(update={"profile": ProfileRecord(**costs)})
    notes = results_table(record.model_copy(update={"points": (poorer, *others)})).notes
    assert f"Missing (not measured on this platform): Memory (MiB) of {first.id}." in notes


@pytest.mark.parametrize("points", [(), slice(0, 1), slice(-1, None)])
def test_a_record_of_no_or_one_point_makes_a_table(record, points):
    few = record.points[points] if points else ()
    table = results_table(record.model_copy(update={"points": few, "answer": None}))
    assert len(table.rows) == len(few)


def test_the_source_is_shown_where_rows_are_of_several_runs(record):
    sources = {point.id: "b" if point.family == "gan" else "a" for point in record.points}
    table = results_table(record, sources)
    assert table.shown[-1].title == "Source"
    assert {row.model: row.cells["source"].text for row in table.rows} == {
        "digits-diffusion": "a", "digits-gan": "b", "digits-heldout": "a",
    }  # fmt: skip
    assert [heading for heading, _ in table.groups] == ["digits-diffusion, a", "digits-gan, b", "digits-heldout, a"]
    alone = results_table(record)
    assert "source" not in [column.key for column in alone.shown]
    assert {row["source"] for row in alone.flat_rows()} == {record.name}
