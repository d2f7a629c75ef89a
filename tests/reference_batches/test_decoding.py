import io

import numpy as np
import pytest
from PIL import Image

from beatgans.reference_batches import InputError
from beatgans.reference_batches.decoding import decode, fit, random_crop


def encode(image, format_="PNG", **options):
    buffer = io.BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(("format_", "options"), [("PNG", {}), ("BMP", {}), ("WEBP", {"lossless": True})])
def test_what_is_saved_without_loss_comes_back(pictures, format_, options):
    assert np.array_equal(decode(encode(Image.fromarray(pictures[0]), format_, **options), "x"), pictures[0])


def test_a_jpeg_comes_back_about_as_it_was():
    picture = np.full((16, 16, 3), (200, 100, 50), np.uint8)
    assert np.abs(decode(encode(Image.fromarray(picture), "JPEG"), "x").astype(int) - picture).max() <= 3


def test_grey_levels_are_repeated_and_palettes_looked_up():
    grey = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    assert np.array_equal(decode(encode(Image.fromarray(grey)), "x"), np.repeat(grey[..., None], 3, axis=2))
    indexed = Image.fromarray(np.array([[0, 1]], np.uint8), "L").convert("P")
    indexed.putpalette([9, 8, 7, 1, 2, 3])
    assert decode(encode(indexed), "x").tolist() == [[[9, 8, 7], [1, 2, 3]]]
    assert decode(encode(indexed, transparency=b"\x00\xff"), "x").tolist() == [[[9, 8, 7], [1, 2, 3]]]


def test_transparency_is_dropped_and_not_blended():
    picture = np.array([[[10, 20, 30, 0], [40, 50, 60, 128]]], np.uint8)
    assert decode(encode(Image.fromarray(picture)), "x").tolist() == [[[10, 20, 30], [40, 50, 60]]]


def test_orientation_tags_are_not_applied(pictures):
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    assert np.array_equal(decode(encode(Image.fromarray(pictures[0]), exif=exif), "x"), pictures[0])


def test_of_an_animation_the_first_frame_counts():
    frames = [Image.fromarray(np.full((2, 2), level, np.uint8)) for level in (7, 200)]
    data = encode(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode(data, "x")[..., 0].tolist() == [[7, 7], [7, 7]]


def test_sixteen_bits_are_refused_where_levels_would_be_lost():
    assert decode(encode(Image.fromarray(np.array([[0, 255]], np.uint16))), "x")[0, :, 0].tolist() == [0, 255]
    # Pillow would clip 300 and 40,000 to white alike.
    with pytest.raises(InputError, match=r"^deep\.png has grey levels up to 40000"):
        decode(encode(Image.fromarray(np.array([[300, 40_000]], np.uint16))), "deep.png")


@pytest.mark.parametrize("data", [b"", b"no image", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0 torn"])
def test_what_is_no_image_is_named(data):
    with pytest.raises(InputError, match=r"^a/b\.png cannot be read as an image") as refusal:
        decode(data, "a/b.png")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("format_", ["PNG", "JPEG", "GIF", "BMP", "WEBP"])
def test_an_image_that_ends_too_early_is_named(format_):
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3), np.uint8)
    data = encode(Image.fromarray(noise), format_)
    with pytest.raises(InputError, match="cannot be read as an image"):
        decode(data[: len(data) // 2], "x")


def test_formats_outside_the_list_are_not_even_tried(pictures):
    # Pillow reads some by starting other programs or with decoders that are rarely looked at.
    with pytest.raises(InputError, match="cannot be read"):
        decode(encode(Image.fromarray(pictures[0]), "TIFF"), "x.png")


@pytest.mark.parametrize("limit", [29, 20, 10])
def test_too_many_pixels_are_a_bomb(pictures, monkeypatch, limit):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(InputError, match=rf"^x has more than {limit} pixels"):
        decode(encode(Image.fromarray(pictures[0])), "x")


def test_an_image_of_the_size_is_left_alone(pictures):
    square = pictures[0][:5]
    assert np.array_equal(fit(square, 5), square)


def test_halving_averages_blocks():
    big = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    blocks = big.reshape(8, 4, 8, 4, 3).mean(axis=(1, 3))
    # Rounded up four times, after rows and columns of two halvings; one bicubic step would be tens of levels off.
    assert np.abs(fit(big, 8) - blocks).max() < 2


def test_the_middle_of_the_longer_side_is_kept():
    wide = np.zeros((8, 20, 3), np.uint8)
    wide[:, 6:14] = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)
    assert np.array_equal(fit(wide, 8), wide[:, 6:14])
    assert np.array_equal(fit(wide.transpose(1, 0, 2), 8), wide[:, 6:14].transpose(1, 0, 2))


def test_a_smaller_image_is_enlarged_by_cubic_interpolation():
    small = np.array([[[0] * 3, [90] * 3], [[0] * 3, [90] * 3]], np.uint8)

    # Keys' kernel with a = -1/2 at distances 1/4, 3/4, ... of two samples, renormalized at the borders.
    def weight(x):
        return (1.5 * x - 2.5) * x * x + 1 if x < 1 else ((-0.5 * x + 2.5) * x - 4) * x + 2 if x < 2 else 0

    expected = []
    for place in ((i + 0.5) / 2 - 0.5 for i in range(4)):
        near, far = weight(abs(place)), weight(abs(place - 1))
        expected.append(np.clip(90 * far / (near + far), 0, 255))
    assert np.abs(fit(small, 4)[0, :, 0] - np.array(expected)).max() <= 1


@pytest.mark.parametrize("shape", [(7, 7), (7, 31), (64, 13), (100, 101), (8, 9)])
def test_every_shape_becomes_the_square_asked_for(shape):
    assert fit(np.zeros((*shape, 3), np.uint8), 8).shape == (8, 8, 3)


@pytest.mark.parametrize("shape", [(20, 30), (30, 20), (20, 20), (9, 50)])
def test_a_random_crop_is_cut_out_of_the_image_at_the_drawn_length(shape):
    image = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    top, left = (round(side * 16 / min(shape)) // 2 - 8 for side in shape)  # where `fit` cuts, of the shortest length
    assert np.array_equal(random_crop(image, 16, (0, top, left)), fit(image, 16))
    crops = [random_crop(image, 16, (length, 7, 8)) for length in range(10)]
    assert {crop.shape for crop in crops} == {(16, 16, 3)}
    assert len({crop.tobytes() for crop in crops}) == 5  # lengths of 16 to 20
