import numpy as np
import pytest

from beatgans.reports.pictures import MOST_ROWS, best_with_neighbours, nearest_images, samples_by_steps, steps_rows


@pytest.fixture(scope="module")
def samples(record):
    """Twenty samples of each point, each of a grey of its own."""
    return {
        point.id: (
            np.full((20, 8, 8, 3), number, np.uint8) + np.arange(20, dtype=np.uint8)[:, None, None, None],
            np.arange(20) % 10,
        )
        for number, point in enumerate(record.points)
    }


def canvas(figure):
    (image,) = figure.axes[0].get_images()
    return np.asarray(image.get_array())


def titles(figure):
    return [text.get_text() for text in figure.axes[0].get_yticklabels()]


def test_the_rows_are_the_steps_of_one_deterministic_unguided_sampler(record, samples):
    figure = samples_by_steps(record, samples)
    assert titles(figure) == ["5 steps", "10 steps", "25 steps", "50 steps"]
    assert [point.id for point in steps_rows(record, dict.fromkeys(samples))] == [
        f"digits-diffusion_ddim{steps}_guidance0" for steps in (5, 10, 25, 50)
    ]


def test_every_column_is_the_same_sample_all_the_way_down(record, samples):
    pixels = canvas(samples_by_steps(record, samples))
    rows = steps_rows(record, dict.fromkeys(samples))
    for row, point in enumerate(rows):
        for column in range(10):
            assert np.array_equal(
                pixels[row * 9 : row * 9 + 8, column * 9 : column * 9 + 8], samples[point.id][0][column]
            )


def test_one_number_of_steps_shows_nothing(record, samples):
    assert samples_by_steps(record, {}) is None
    assert (
        samples_by_steps(record, {"digits-diffusion_ddim5_guidance0": samples["digits-diffusion_ddim5_guidance0"]})
        is None
    )


def test_of_many_numbers_of_steps_a_few_are_shown_from_first_to_last(record):
    like = next(point for point in record.points if point.id == "digits-diffusion_ddim10_guidance0")
    points = tuple(like.model_copy(update={"id": f"s{steps}", "steps": steps}) for steps in range(1, 40))
    rows = steps_rows(record.model_copy(update={"points": points}), dict.fromkeys(point.id for point in points))
    assert len(rows) == MOST_ROWS
    assert (rows[0].steps, rows[-1].steps) == (1, 39)


def test_samples_without_labels_and_with_one_step_are_shown(record):
    like = next(point for point in record.points if point.id == "digits-diffusion_ddim10_guidance0")
    points = tuple(like.model_copy(update={"id": f"s{steps}", "steps": steps}) for steps in (1, 2))
    few = {point.id: (np.zeros((3, 4, 6, 3), np.uint8), None) for point in points}
    figure = samples_by_steps(record.model_copy(update={"points": points}), few)
    assert titles(figure) == ["1 step", "2 steps"]
    assert canvas(figure).shape == (2 * 5, 3 * 7, 3)


def test_each_sample_stands_before_the_real_images_nearest_to_it(record, samples):
    best = min((p for p in record.points if p.family == "diffusion"), key=lambda p: p.scores["fid"].value)
    near = np.arange(20 * 5, dtype=np.uint8).reshape(20, 5, 1, 1, 1) + np.zeros((8, 8, 3), np.uint8)
    neighbours = {best.id: near, "digits-diffusion_ddim5_guidance0": near}
    assert best_with_neighbours(record, neighbours) == best
    figure = nearest_images(record, samples, neighbours)
    pixels = canvas(figure)
    assert np.array_equal(pixels[9:17, :8], samples[best.id][0][1])
    assert (pixels[9:17, 9:17] == 255).all()
    for rank in range(5):
        assert np.array_equal(pixels[9:17, (2 + rank) * 9 : (2 + rank) * 9 + 8], near[1, rank])
    assert "guidance 1" in figure.axes[0].get_title(loc="left")


def test_without_neighbours_there_is_no_figure(record, samples):
    assert nearest_images(record, samples, {}) is None
