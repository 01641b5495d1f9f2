"""The brand: one row, what may be its logo, and what is saved together with it."""

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from domain.directory.drawings import chunk, png, svg, webp
from domain.directory.factory import MIS, NORTH, row, snapshot
from feldsher.domain.directory import selectors
from feldsher.domain.directory.logo import accepted_type
from feldsher.domain.directory.models import Brand, Overlay
from feldsher.domain.directory.services import import_snapshot, save_brand
from feldsher.domain.directory.types import FieldChange, Kind
from feldsher.domain.directory.types.brand import BrandCard, BrandChange, LogoType
from feldsher.kernel.errors import InvalidInputError, NotFoundError

LOADED = (
    '<style>.a{fill:#00f;stroke:none}</style><defs><linearGradient id="g"><stop offset="0"/></linearGradient>'
    '<clipPath id="c"><path d="M0 0h1v1z"/></clipPath></defs><g class="a" clip-path="url(#c)">'
    '<path fill="url(#g)" d="M0 0h8"/><use xlink:href="#c"/></g><!-- drawn by hand --><title>Знак</title>'
)


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (png(), LogoType.PNG),
        (png(2048, 2048), LogoType.PNG),
        (webp(b"VP8 "), LogoType.WEBP),
        (webp(b"VP8L"), LogoType.WEBP),
        (webp(b"VP8X", width=2048), LogoType.WEBP),
        (svg(), LogoType.SVG),
        (svg(LOADED, before='<?xml version="1.0" encoding="UTF-8"?>\n<!-- sign -->'), LogoType.SVG),
        (b"\xef\xbb\xbf" + svg(), LogoType.SVG),
    ],
)
def test_a_picture_is_known_by_its_content(content: bytes, kind: LogoType) -> None:
    assert accepted_type(content) is kind


def _bomb(levels: int) -> str:
    """Ten uses a level: 10^levels paths in a few hundred bytes."""
    groups = (f'<g id="l{n}">' + f'<use href="#l{n - 1}"/>' * 10 + "</g>" for n in range(1, levels))
    return '<g id="l0"><path d="M0 0h1"/></g>' + "".join(groups)


NESTED = "<g>" * 300 + "</g>" * 300
ENTITIES = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
FILE_ENTITY = '<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a",
        b"\xff\xd8\xff\xe0jpeg",
        b"MZ\x90\x00",
        b"<html><body>hello</body></html>",
        svg() + b" " * 65_536,
        png(end=b"<script>alert(1)</script>"),
        png(40_000, 40_000),
        png(0, 5),
        png()[:-1],
        png()[:30],
        png(extra=chunk(b"acTL", bytes(8))),
        png().replace(b"IDAT", b"IDAX"),
        b"\x89PNG\r\n\x1a\n",
        webp(width=4000),
        webp(b"VP8X", height=16_000_000),
        webp(b"VP9 "),
        webp()[:-1],
        webp() + b"x",
        svg("<script>alert(1)</script>"),
        svg('<g><script href="data:text/javascript,alert(1)"/></g>'),
        svg('<path d="M0 0" onclick="alert(1)"/>'),
        svg(attributes='onload="alert(1)"'),
        svg(attributes='OnLoad="alert(1)"'),
        svg("<foreignObject><b/></foreignObject>"),
        svg('<b xmlns="http://www.w3.org/1999/xhtml"/>'),
        svg('<script xmlns="http://www.w3.org/1999/xhtml">alert(1)</script>'),
        svg('<image href="https://evil.example/x.png"/>'),
        svg('<image href="data:image/png;base64,AA=="/>'),
        svg('<a href="javascript:alert(1)"><path d="M0 0"/></a>'),
        svg('<use href="https://evil.example/x.svg#a"/>'),
        svg('<use xlink:href="//evil.example/x.svg#a"/>'),
        svg('<use xlink:href="data:image/svg+xml;base64,AA=="/>'),
        svg('<path style="fill:url(https://evil.example/#a)"/>'),
        svg('<path fill="url(//evil.example/#a)"/>'),
        svg('<path style="fill:u\\72l(//evil.example)"/>'),
        svg("<style>@import '//evil.example/x.css';</style>"),
        svg("<style>path{fill:url(//evil.example)}</style>"),
        svg("<style>path{fill:u\\72l(//evil.example)}</style>"),
        svg("<style><![CDATA[@font-face{src:url(//evil.example)}]]></style>"),
        svg('<set attributeName="href" to="javascript:alert(1)"/>'),
        svg('<animate attributeName="href" values="javascript:alert(1)"/>'),
        svg('<filter id="f"><feImage href="//evil.example"/></filter>'),
        svg(attributes='xml:base="https://evil.example/"'),
        svg(before='<?xml-stylesheet href="https://evil.example/x.css"?>'),
        svg("<?php echo 1 ?>"),
        svg("&b;", before=ENTITIES),
        svg("&x;", before=FILE_ENTITY),
        svg(before="<!DOCTYPE svg>"),
        svg().decode().encode("utf-16"),
        svg("\u00e9").decode().encode("latin-1"),
        svg(before='<?xml version="1.0" encoding="KOI8-R"?>'),
        svg(_bomb(8)),
        svg('<g id="a"><use href="#a"/></g>'),
        svg('<mask id="m"><g mask="url(#m)"/></mask>'),
        svg(NESTED),
        svg("<path"),
        b"<svg>plain, of no namespace</svg>",
    ],
    ids=range(58),
)
def test_what_is_no_harmless_picture_is_refused_in_words(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^(SVG|[А-Я]).*\.$"):
        accepted_type(content)


@pytest.mark.django_db
def test_nobody_has_saved_a_brand_yet(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        assert selectors.brand() == BrandCard()
    with pytest.raises(NotFoundError):
        selectors.logo(".")


@pytest.mark.django_db
def test_a_brand_is_one_row_and_its_logo_stays_until_another_comes(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    save_brand(BrandChange(" Моя  клиника ", 250, svg()), author="anna")
    with django_assert_num_queries(1) as asked:
        first = selectors.brand()
    assert '"directory_brand"."logo"' not in asked[0]["sql"]
    assert (first.name, first.hue, first.logo.partition(".")[2], first.is_saved) == (
        "Моя клиника",
        250,
        "svg",
        True,
    )
    assert selectors.logo(first.logo).content == svg()
    save_brand(BrandChange("Другая", None), author="boris")
    assert selectors.brand() == BrandCard("Другая", None, first.logo, is_saved=True)
    save_brand(BrandChange("Другая", None, png()), author="boris")
    assert selectors.brand().logo.endswith(".png")
    with pytest.raises(NotFoundError):
        selectors.logo(first.logo)
    save_brand(BrandChange("Другая", None, is_logo_removed=True), author="boris")
    assert selectors.brand().logo == ""
    assert Brand.objects.values_list("id", "author", "logo").get() == (1, "boris", None)


@pytest.mark.django_db
def test_the_database_keeps_one_row_and_a_hue_of_the_circle() -> None:
    save_brand(BrandChange("Моя"), author="anna")
    row_of_brand = Brand.objects.get()
    for change in ({"id": 2}, {"hue": 360}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Brand(**{**_columns(row_of_brand), **change}).save(force_insert="id" in change)


def _columns(brand: Brand) -> dict[str, object]:
    return {field.attname: getattr(brand, field.attname) for field in Brand._meta.concrete_fields}


@pytest.mark.django_db
def test_brand_and_fields_are_saved_together_or_not_at_all() -> None:
    import_snapshot(MIS, snapshot=snapshot())
    north = row(Kind.LOCATION, NORTH.id)
    name = FieldChange(Kind.LOCATION, north, "name", "На Северной")
    phone = FieldChange(Kind.LOCATION, north, "phone", "123")
    change = BrandChange("я" * 101, 360, b"no picture")
    with pytest.raises(InvalidInputError) as refusal:
        save_brand(change, fields=(name, phone), author="anna")
    assert set(refusal.value.fields) == {"name", "hue", "logo", phone.key}
    assert (selectors.brand(), Overlay.objects.count()) == (BrandCard(), 0)
    good = FieldChange(Kind.LOCATION, north, "phone", "8 921 000-00-07")
    save_brand(BrandChange("Моя", 10), fields=(name, good), author="anna")
    card = selectors.location(north)
    assert (card.name, card.phone, selectors.brand().hue) == ("На Северной", "+79210000007", 10)
