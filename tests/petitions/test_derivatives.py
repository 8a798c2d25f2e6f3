"""Copies for showing: the same picture upright and small, and nothing of what the camera or the program wrote."""

import warnings
from io import BytesIO

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from civicportal.petitions import images
from civicportal.petitions import media_types as types
from civicportal.petitions.derivatives import MAX_SIDE, derive
from civicportal.petitions.media_types import Refusal, Refused
from tests.petitions import samples

SECRET = b"37.5665N 126.9780E Hong Gil-dong"


def derived(data, media_type):
    return derive(BytesIO(data), media_type)


def opened(copy):
    image = Image.open(BytesIO(copy.data))
    image.load()
    return image


def exif(orientation=1):
    record = Image.Exif()
    record[0x0112] = orientation
    record[0x010E] = SECRET.decode()
    record.get_ifd(0x8825)[2] = (37.0, 33.0, 59.4)
    return record.tobytes()


def quartered(size=(80, 40)):
    """Red, green, blue and white quarters, to see how a picture was turned."""
    image = Image.new("RGB", size)
    width, height = size[0] // 2, size[1] // 2
    for number, colour in enumerate(("red", "lime", "blue", "white")):
        image.paste(Image.new("RGB", (width, height), colour), (number % 2 * width, number // 2 * height))
    return image


def corners(image):
    names = {(True, False, False): "red", (False, True, False): "lime", (False, False, True): "blue",
             (True, True, True): "white"}
    image = image.convert("RGB")
    width, height = image.size
    places = [(x, y) for y in (height // 4, height * 3 // 4) for x in (width // 4, width * 3 // 4)]
    return [names[tuple(value > 127 for value in image.getpixel(place))] for place in places]


@pytest.mark.parametrize(("orientation", "expected"), [
    (1, ["red", "lime", "blue", "white"]),
    (2, ["lime", "red", "white", "blue"]),
    (3, ["white", "blue", "lime", "red"]),
    (4, ["blue", "white", "red", "lime"]),
    (5, ["red", "blue", "lime", "white"]),
    (6, ["blue", "red", "white", "lime"]),
    (7, ["white", "lime", "blue", "red"]),
    (8, ["lime", "white", "red", "blue"]),
    (99, ["red", "lime", "blue", "white"]),
])
def test_pictures_are_shown_upright(orientation, expected):
    out = BytesIO()
    quartered().save(out, "JPEG", quality=95, exif=exif(orientation))
    copy = derived(out.getvalue(), types.JPEG)
    assert corners(opened(copy)) == expected
    assert (copy.width, copy.height) == ((40, 80) if 5 <= orientation <= 8 else (80, 40))


def test_metadata_does_not_survive():
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", SECRET.decode())
    files = [
        (samples.picture("JPEG", exif=exif(), comment=SECRET, xmp=SECRET), types.JPEG),
        (samples.picture("PNG", exif=exif(), pnginfo=notes), types.PNG),
        (samples.picture("WEBP", exif=exif(), xmp=SECRET), types.WEBP),
        (samples.picture("GIF", comment=SECRET), types.GIF),
    ]
    for data, media_type in files:
        assert SECRET in data
        copy = derived(data, media_type)
        assert SECRET not in copy.data
        image = opened(copy)
        assert not image.getexif()
        assert not {"comment", "xmp", "icc_profile", "Author"} & set(image.info)


@pytest.mark.parametrize(("kind", "media_type", "shown_as"), [
    ("JPEG", types.JPEG, types.JPEG), ("PNG", types.PNG, types.PNG), ("WEBP", types.WEBP, types.WEBP),
    ("GIF", types.GIF, types.PNG),
])
def test_large_pictures_shrink_and_small_ones_stay(kind, media_type, shown_as):
    copy = derived(samples.picture(kind, size=(4000, 1000)), media_type)
    assert (copy.width, copy.height) == (MAX_SIDE, 400)
    assert copy.media_type is shown_as
    assert opened(copy).format == images.FORMATS[shown_as]
    small = derived(samples.picture(kind, size=(40, 30)), media_type)
    assert (small.width, small.height) == (40, 30)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_png_can_be_shown(mode):
    out = BytesIO()
    Image.new(mode, (20, 20)).save(out, "PNG")
    assert opened(derived(out.getvalue(), types.PNG)).mode in {"RGB", "RGBA"}


def test_transparency_survives():
    out = BytesIO()
    palette = Image.new("P", (20, 20), 1)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    palette.save(out, "GIF", transparency=1)
    assert opened(derived(out.getvalue(), types.GIF)).getpixel((5, 5))[3] == 0


def test_cmyk_photographs_are_shown_in_rgb():
    image = opened(derived(samples.picture("JPEG", mode="CMYK", colour=(0, 0, 0, 0)), types.JPEG))
    assert image.mode == "RGB"
    assert image.getpixel((5, 5)) == (255, 255, 255)


def test_colour_profile_is_applied_or_left_aside():
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    for icc in (profile, b"not a profile"):
        image = opened(derived(samples.picture("PNG", icc_profile=icc), types.PNG))
        assert image.getpixel((5, 5)) == (255, 0, 0)


def test_only_the_first_frame_is_shown():
    out = BytesIO()
    Image.new("RGB", (9, 9), "red").save(out, "WEBP", save_all=True, lossless=True,
                                         append_images=[Image.new("RGB", (9, 9), "blue")])
    image = opened(derived(out.getvalue(), types.WEBP))
    assert getattr(image, "n_frames", 1) == 1
    assert image.getpixel((4, 4))[0] > 200


def test_damaged_camera_notes_do_not_cost_the_picture():
    data = samples.picture("JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\xff" * 40)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert derived(data, types.JPEG).width == 40


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", types.PNG), ("JPEG", types.JPEG), ("WEBP", types.WEBP)])
def test_cut_off_picture_is_unreadable(kind, media_type):
    noise = Image.effect_noise((200, 200), 80).convert("RGB")
    out = BytesIO()
    noise.save(out, kind)
    with pytest.raises(Refused) as refused:
        derived(out.getvalue()[: len(out.getvalue()) // 2], media_type)
    assert refused.value.code is Refusal.UNREADABLE


def test_pixel_bombs_are_refused_before_they_unfold(monkeypatch):
    monkeypatch.setattr(images, "MAX_PIXELS", 1199)
    with pytest.raises(Refused) as refused:
        derived(samples.picture(size=(40, 30)), types.JPEG)
    assert refused.value.code is Refusal.TOO_MANY_PIXELS
    monkeypatch.setattr(images, "MAX_PIXELS", 1200)
    assert derived(samples.picture(size=(40, 30)), types.JPEG)


@pytest.mark.parametrize("data", [
    "가로등\r\n\r\n고장\r\n".encode("cp949"),
    "가로등\n\n고장".encode("utf-16"),
    "가로등\r\r고장".encode("utf-8-sig"),
])
def test_text_becomes_utf8_with_line_feeds(data):
    copy = derived(data, types.TEXT)
    assert copy.data == "가로등\n\n고장\n".encode()
    assert copy.media_type is types.TEXT


def test_bytes_that_are_no_text_are_unreadable():
    with pytest.raises(Refused):
        derived(b"\0\1", types.TEXT)


def test_documents_have_no_copy():
    documents = [kind for kind in types.ACCEPTED if kind.kind is types.Kind.DOCUMENT]
    assert types.PDF in documents
    assert all(derived(b"anything", kind) is None for kind in documents)
