"""The picture of a branch's map: what may be one, how it is scaled, and that nothing else of it is kept."""

import io
from uuid import uuid4

import pytest
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from domain.directory.drawings import snapshot as photograph
from domain.directory.drawings import svg
from domain.directory.factory import MIS, NORTH, row, snapshot
from feldsher.domain.directory import selectors
from feldsher.domain.directory.map_picture import map_renditions
from feldsher.domain.directory.models import LocationMap, MapRendition
from feldsher.domain.directory.services import import_snapshot, remove_branch_map, save_branch_map
from feldsher.domain.directory.types import Kind
from feldsher.domain.directory.types.profile import PhotoType
from feldsher.kernel.errors import InvalidInputError, NotFoundError

SIZES = {(width, kind) for width in (396, 792) for kind in ("avif", "webp")}
WIDE = (1188, 594)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_each_rendition_is_the_whole_picture_and_tells_nothing_of_the_file(kind: str) -> None:
    content = photograph(kind, size=WIDE)
    assert b"A secret place" in content
    height, made = map_renditions(content)
    assert (height, {(each.width, each.type.value) for each in made}) == (396, SIZES)
    for each in made:
        picture = Image.open(io.BytesIO(each.content))
        assert (picture.format, picture.size) == (each.type.name, (each.width, each.width // 2))
        assert not {"exif", "xmp", "icc_profile", "comment"} & set(picture.info)
        assert b"A secret place" not in each.content
        points = picture.convert("RGB")
        above, below = points.getpixel((5, 5)), points.getpixel((each.width - 5, each.width // 2 - 5))
        assert (above[0] > 200, below[2] > 200) == (True, True)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (svg(), "Нужна картинка JPEG"),
        (photograph(size=(791, 400)), "Картинка мала"),
        (photograph(size=(800, 1201)), "слишком вытянута"),
        (photograph(size=(800, 199)), "слишком вытянута"),
    ],
)
def test_what_is_no_map_is_refused_in_a_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        map_renditions(content)


@pytest.mark.parametrize("size", [(792, 198), (792, 1188)])
def test_what_is_just_a_map_is_taken(size: tuple[int, int]) -> None:
    height, made = map_renditions(photograph(size=size))
    assert (height, len(made)) == (size[1], len(SIZES))


@pytest.mark.django_db
def test_a_map_is_put_replaced_and_taken_away(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    import_snapshot(MIS, snapshot=snapshot())
    north = row(Kind.LOCATION, NORTH.id)
    with django_assert_num_queries(1):
        assert selectors.branch_map(north) is None
    save_branch_map(north, content=photograph(size=WIDE), author="vera")
    first = selectors.branch_map(north)
    assert first is not None
    assert (first.height, first.author) == (396, "vera")
    with django_assert_num_queries(1):
        assert selectors.branch_map_file(f"{first.stem}-396.avif").type is PhotoType.AVIF
    save_branch_map(north, content=photograph(size=(800, 800)), author="anna")
    second = selectors.branch_map(north)
    assert second is not None
    assert (second.stem != first.stem, second.height, second.author) == (True, 792, "anna")
    assert MapRendition.objects.count() == len(SIZES)
    for name in (f"{first.stem}-396.avif", f"{second.stem}-397.avif", f"{second.stem}-396.jpeg", ""):
        with pytest.raises(NotFoundError):
            selectors.branch_map_file(name)
    remove_branch_map(north)
    remove_branch_map(north)
    assert selectors.branch_map(north) is None
    assert (LocationMap.objects.count(), MapRendition.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_a_refused_map_changes_nothing() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    north = row(Kind.LOCATION, NORTH.id)
    save_branch_map(north, content=photograph(size=WIDE), author="vera")
    before = selectors.branch_map(north)
    with pytest.raises(InvalidInputError) as refused:
        save_branch_map(north, content=b"GIF89a", author="anna")
    assert list(refused.value.fields) == ["map"]
    with pytest.raises(NotFoundError):
        save_branch_map(uuid4(), content=photograph(size=WIDE), author="anna")
    assert selectors.branch_map(north) == before
