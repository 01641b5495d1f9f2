"""A doctor's photograph: what may be one, how it is cut, and that nothing else of the file is kept."""

import io
from uuid import uuid4

import pytest
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from domain.directory.drawings import png, svg, webp
from domain.directory.drawings import snapshot as photograph
from domain.directory.factory import EYE, HEART, MIS, row, snapshot
from feldsher.domain.directory import selectors
from feldsher.domain.directory.models import PhotoRendition, PractitionerPhoto
from feldsher.domain.directory.photo import MOST_BYTES, renditions
from feldsher.domain.directory.services import import_snapshot, remove_photo, save_photo
from feldsher.domain.directory.types import Kind
from feldsher.domain.directory.types.profile import PhotoFrame, PhotoType
from feldsher.kernel.errors import InvalidInputError, NotFoundError

SIZES = {(width, kind) for width in (144, 264, 396) for kind in ("avif", "webp")} | {(396, "jpeg")}


def shown(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_rendition_is_what_it_says_and_tells_nothing_of_the_file(kind: str) -> None:
    content = photograph(kind)
    assert b"A secret place" in content
    made = renditions(content, frame=PhotoFrame.WHOLE)
    assert {(each.width, each.type.value) for each in made} == SIZES
    for each in made:
        picture = shown(each.content)
        assert picture.format == each.type.name
        assert picture.size == (each.width, round(each.width * 13 / 11))
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(picture.info)
        assert dict(picture.getexif()) == {}
        assert b"A secret place" not in each.content
        assert len(each.content) < 30_000


def test_a_snapshot_stands_as_its_camera_held_it() -> None:
    made = renditions(photograph(size=(880, 660), turned=6), frame=PhotoFrame.WHOLE)
    red, _, blue = shown(made[0].content).convert("RGB").getpixel((140, 85))
    assert (red > 200, blue < 60) == (True, True)
    assert shown(made[0].content).convert("RGB").getpixel((4, 85))[2] > 200


@pytest.mark.parametrize(("frame", "least"), [("whole", 396), ("closer", 528), ("closest", 792)])
def test_a_frame_is_cut_from_the_top_and_must_have_its_points(frame: str, least: int) -> None:
    made = renditions(photograph(size=(least, 3 * least)), frame=PhotoFrame(frame))
    for y in (2, 165):
        red, _, blue = shown(made[0].content).convert("RGB").getpixel((70, y))
        assert (red > 200, blue < 60) == (True, True)
    with pytest.raises(ValueError, match="Снимок мал"):
        renditions(photograph(size=(least - 4, 3 * least)), frame=PhotoFrame(frame))


def test_what_is_transparent_stands_on_white_and_grey_is_fine() -> None:
    clear = io.BytesIO()
    Image.new("RGBA", (400, 480), (0, 0, 0, 0)).save(clear, format="PNG")
    made = renditions(clear.getvalue(), frame=PhotoFrame.WHOLE)
    assert min(shown(made[0].content).convert("RGB").getpixel((10, 10))) > 250
    for mode in ("L", "CMYK"):
        out = io.BytesIO()
        Image.new(mode, (400, 480)).save(out, format="JPEG")
        assert renditions(out.getvalue(), frame=PhotoFrame.WHOLE)


def test_a_photograph_with_a_second_picture_behind_it_or_a_broken_profile_is_fine() -> None:
    whole, preview = Image.new("RGB", (400, 480), "red"), Image.new("RGB", (40, 48), "blue")
    phone, scanner = io.BytesIO(), io.BytesIO()
    whole.save(phone, format="MPO", save_all=True, append_images=[preview])
    whole.save(scanner, format="JPEG", icc_profile=b"no profile")
    for content in (phone, scanner):
        made = renditions(content.getvalue(), frame=PhotoFrame.WHOLE)
        red, _, blue = shown(made[0].content).convert("RGB").getpixel((70, 85))
        assert (red > 200, blue < 60) == (True, True)


def _deep() -> bytes:
    out = io.BytesIO()
    Image.new("I;16", (400, 480), 300).save(out, format="PNG")
    return out.getvalue()


def _moving() -> bytes:
    out = io.BytesIO()
    frames = [Image.new("RGB", (400, 480), colour) for colour in ("red", "blue")]
    frames[0].save(out, format="WEBP", save_all=True, append_images=frames[1:])
    return out.getvalue()


def _gif() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 480)).save(out, format="GIF")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Нужна картинка"),
        (svg(), "Нужна картинка"),
        (b"<html>", "Нужна картинка"),
        (b"\xff\xd8\xff\xe0jpeg", "Нужна картинка"),
        (_gif(), "Нужна картинка"),
        (webp(), "Нужна картинка"),
        (photograph()[:2000], "Нужна картинка"),
        (photograph("PNG")[:-700], "Нужна картинка"),
        (_moving(), "движущаяся"),
        (_deep(), "больше 8 бит"),
        (png(8001, 600), "больше 8000 точек"),
        (png(7000, 7000), "40 мегапикселей"),
        (png(60_000, 60_000), "Нужна картинка"),
        (photograph(size=(395, 900)), "Снимок мал"),
        (photograph() + b" " * MOST_BYTES, "больше 8 МБ"),
    ],
)
def test_what_is_no_photograph_is_refused(content: bytes, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        renditions(content, frame=PhotoFrame.WHOLE)


@pytest.mark.django_db
def test_a_photograph_is_put_replaced_and_taken_away(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    import_snapshot(MIS, snapshot=snapshot())
    eye, heart = row(Kind.PRACTITIONER, EYE.id), row(Kind.PRACTITIONER, HEART.id)
    save_photo(eye, content=photograph(), frame=PhotoFrame.WHOLE, author="vera")
    first = selectors.practitioner(eye).photo
    assert len(first) == 24
    assert selectors.practitioner(heart).photo == ""
    source = selectors.photo_source(eye)
    assert source is not None
    assert source[0] == "vera"
    with django_assert_num_queries(1):
        assert selectors.photo(f"{first}-264.avif").type is PhotoType.AVIF
    save_photo(eye, content=photograph(size=(700, 900)), frame=PhotoFrame.CLOSER, author="anna")
    second = selectors.practitioner(eye).photo
    assert (second != first, PhotoRendition.objects.count()) == (True, len(SIZES))
    for name in (f"{first}-264.avif", f"{second}-265.avif", f"{second}-264.jpeg", f"{second}-264.avif/", ""):
        with pytest.raises(NotFoundError):
            selectors.photo(name)
    remove_photo(eye)
    remove_photo(eye)
    assert selectors.practitioner(eye).photo == ""
    assert (PractitionerPhoto.objects.count(), PhotoRendition.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_a_refused_photograph_changes_nothing() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    eye = row(Kind.PRACTITIONER, EYE.id)
    save_photo(eye, content=photograph(), frame=PhotoFrame.WHOLE, author="vera")
    before = selectors.practitioner(eye).photo
    with pytest.raises(InvalidInputError) as refused:
        save_photo(eye, content=b"GIF89a", frame=PhotoFrame.WHOLE, author="vera")
    assert list(refused.value.fields) == ["photo"]
    with pytest.raises(NotFoundError):
        save_photo(uuid4(), content=photograph(), frame=PhotoFrame.WHOLE, author="vera")
    assert selectors.practitioner(eye).photo == before
