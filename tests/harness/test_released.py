from __future__ import annotations

from beatgans.harness.released import can_be_released, released_warnings

WHOLE = (50_000, (64, 64))


def test_a_released_batch_is_told_of_its_trap_and_of_nothing_else():
    assert can_be_released("imagenet64-admnet", *WHOLE) is True
    (trap,) = released_warnings("imagenet64-admnet", *WHOLE)
    assert "expect the FID 2.61 of ADM" in trap
    assert released_warnings("folder/iddpm_imagenet64.npz", *WHOLE) == []


def test_a_file_that_cannot_be_the_released_one_is_told_of_it():
    assert can_be_released("iddpm_imagenet64.npz", 10_000, (64, 64)) is False
    (warning,) = released_warnings("iddpm_imagenet64.npz", 10_000, (64, 64))
    assert warning.startswith("iddpm_imagenet64.npz holds 10,000 images of 64x64 and OpenAI's file of that name 50,000")
    assert warning.endswith("so that it is another; the published numbers are not of it")
    assert len(released_warnings("imagenet64-admnet", 10_000, (64, 64))) == 2  # the trap too
    assert can_be_released("imagenet256", None, None) is False  # statistics alone


def test_the_trap_of_a_reference_is_left_to_its_scores():
    assert can_be_released("imagenet512", 1_000, (512, 512)) is True
    assert released_warnings("imagenet512", 1_000, (512, 512)) == []


def test_of_other_images_there_is_nothing_to_know():
    assert can_be_released("mine.npz", *WHOLE) is None
    assert released_warnings("mine.npz", *WHOLE) == []
