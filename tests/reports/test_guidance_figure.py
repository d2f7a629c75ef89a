import numpy as np

from beatgans.reports.guidance_figure import fid_and_is_against_guidance


def test_both_scores_of_each_sweep_are_drawn_by_its_scale(record):
    fid, inception_score = fid_and_is_against_guidance(record).axes
    for axes, metric in ((fid, "fid"), (inception_score, "inception_score")):
        (line,) = [line for line in axes.get_lines() if line.get_label() == "DDIM, 25 steps, by guidance"]
        scales = {
            point.guidance: point.scores[metric].value
            for point in record.points
            if point.sampler == "ddim" and point.steps == 25
        }
        assert list(line.get_xdata()) == sorted(scales)
        assert np.allclose(line.get_ydata(), [scales[scale] for scale in sorted(scales)])
        assert "is better)" in axes.get_ylabel()
    assert "Guidance scale" in inception_score.get_xlabel()


def test_without_a_sweep_there_is_no_figure(record):
    unguided = tuple(point for point in record.points if not point.guidance)
    assert fid_and_is_against_guidance(record.model_copy(update={"points": unguided, "answer": None})) is None


def test_without_an_inception_score_fid_is_drawn_alone(record):
    points = tuple(
        point.model_copy(update={"scores": {"fid": point.scores["fid"]} if point.scores else {}})
        for point in record.points
    )
    assert len(fid_and_is_against_guidance(record.model_copy(update={"points": points})).axes) == 1
