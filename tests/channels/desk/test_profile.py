"""A doctor's profile on the desk: the photograph, expired papers, and what the site shows of it."""

import html
import re
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client

from channels.desk.factory import signed_in
from conftest import SetClock
from domain.directory.drawings import snapshot as photograph
from domain.directory.drawings import svg
from domain.directory.factory import AT, EYE, MIS, row, snapshot
from feldsher.domain.directory import selectors, services
from feldsher.domain.directory.models import PractitionerPhoto
from feldsher.domain.directory.photo import MOST_BYTES
from feldsher.domain.directory.types import Kind
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db
ABOUT = "Лечит глаза.\r\n\r\n<script>alert(1)</script><img src=x onerror=alert(1)>"


@pytest.fixture
def client(set_clock: SetClock) -> Client:
    set_clock(AT)
    services.import_snapshot(MIS, snapshot=snapshot())
    return signed_in(Role.EDITOR)


def text(response: HttpResponse, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode()).replace("\u00a0", " ")


def url() -> str:
    return f"/desk/directory/doctors/{row(Kind.PRACTITIONER, EYE.id)}/"


def site_page() -> HttpResponse:
    return Client().get(f"/doctors/{row(Kind.PRACTITIONER, EYE.id)}/")


def file(content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile("anything.bin", content, content_type="text/plain")


def test_a_photograph_is_uploaded_shown_on_the_site_and_taken_away(client: Client) -> None:
    assert "Не указано: на сайте стоит рисунок" in text(client.get(url()))
    answer = client.post(f"{url()}photo/", {"photo": file(photograph()), "frame": "whole"})
    assert (answer.status_code, answer["Location"]) == (303, f"{url()}?saved=1")
    page = text(client.get(url()))
    assert re.search(r"Сотрудник vera, \d+ \w+", page)
    stem = selectors.practitioner(row(Kind.PRACTITIONER, EYE.id)).photo
    assert f'src="/photo/{stem}-264.webp"' in page
    shown = site_page().content.decode()
    found = set(re.findall(rf"/photo/({stem}-\d+\.\w+)", shown))
    assert found == {f"{stem}-{width}.{kind}" for width in (144, 264, 396) for kind in ("avif", "webp")}
    assert re.search(r'<img class="portrait"[^>]+width="72" height="84" alt=""', shown)
    assert f"/photo/{stem}-144.webp" in Client().get("/doctors/").content.decode()
    for name in found:
        answer = Client().get(f"/photo/{name}")
        assert answer["Content-Type"] == f"image/{name.rpartition('.')[2]}"
        assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "Убрать фотографию?" in text(client.get(f"{url()}photo/remove/"))
    assert PractitionerPhoto.objects.count() == 1
    assert client.post(f"{url()}photo/remove/").status_code == 303
    assert Client().get(f"/photo/{stem}-144.webp").status_code == 404
    assert "/photo/" not in site_page().content.decode()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "Выберите файл."),
        (svg(), "Нужна картинка JPEG"),
        (photograph(size=(100, 100)), "Снимок мал"),
        (photograph() + b"\0" * MOST_BYTES, "Файл больше 8 МБ"),
    ],
)
def test_a_refused_photograph_says_why_beside_its_field(
    client: Client, content: bytes | None, sentence: str
) -> None:
    sent = {"frame": "whole"} | ({"photo": file(content)} if content else {})
    page = text(client.post(f"{url()}photo/", sent), 422)
    assert re.search(rf'id="field-photo-error">.*{sentence}', page)
    assert f'action="{url()}"' in page
    assert PractitionerPhoto.objects.count() == 0


def test_a_photograph_of_megabytes_is_kept_whole_and_no_other_file(client: Client) -> None:
    large = photograph() + b"\0" * 3_000_000
    assert client.post(f"{url()}photo/", {"photo": file(large)}).status_code == 303
    logo = client.post("/desk/site/", {"name": "Клиника", "logo": file(svg() + b" " * 3_000_000)})
    assert "Файл больше 64 КБ" in text(logo, 422)


def test_a_profile_is_typed_and_stands_on_the_site(client: Client) -> None:
    sent = {
        "about": ABOUT,
        "career_start": "2012",
        "category": "врач высшей категории",
        "degree": "кандидат медицинских наук",
        "education": "Специалитет; Пример-университет; 2010; Лечебное дело",
        "certificates": "Аккредитация; офтальмология; 31.12.2028\nСертификат; терапия; 31.01.2025",
    }
    answer = client.post(url(), sent)
    assert (answer.status_code, answer["Location"]) == (303, f"{url()}?saved=6")
    page = text(client.get(url()))
    assert "Срок вышел" in page
    assert "<li>Сертификат, терапия, до 31.01.2025</li>" in page
    shown = site_page().content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")
    for words in (
        "Стаж 14 лет. Врач высшей категории, кандидат медицинских наук",
        "<p>Лечит глаза.</p>",
        "<dt>2010</dt><dd>Специалитет, Лечебное дело",
        "Пример-университет",
        "Аккредитация, офтальмология",
        "Действует по 31.12.2028",
    ):
        assert words in shown
    assert "терапия" not in shown
    assert "<script>alert" not in shown
    assert "<img src=x" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown


def test_paragraphs_alone_are_a_change_and_line_ends_are_none(client: Client) -> None:
    client.post(url(), {"was-about": "", "about": "Раз.\r\nДва."})
    same = client.post(url(), {"was-about": "Раз.\nДва.", "about": "Раз.\r\nДва.\r\n"})
    assert same["Location"].endswith("?saved=0")
    parted = client.post(url(), {"was-about": "Раз.\nДва.", "about": "Раз.\r\n\r\nДва."})
    assert parted["Location"].endswith("?saved=1")
    assert selectors.profile(row(Kind.PRACTITIONER, EYE.id)).about == "Раз.\n\nДва."


def test_a_wrong_line_is_named_and_nothing_is_lost(client: Client) -> None:
    page = text(client.post(url(), {"education": "Ординатура", "career_start": "давно"}), 422)
    assert "Строка 1: нужны уровень; учреждение; год; специальность." in page
    assert "Год четырьмя цифрами" in page
    assert ">Ординатура</textarea>" in page
    assert selectors.profile(row(Kind.PRACTITIONER, EYE.id)).experience(date(2026, 1, 1)) is None


def test_gaps_of_profiles_lead_to_their_fields(client: Client) -> None:
    client.post(url(), {"certificates": "Сертификат; терапия; 31.01.2025"})
    page = text(client.get("/desk/directory/missing/"))
    assert "Без образования и действующего сертификата" in page
    assert "Сертификат, срок которого вышел" in page
    assert f"{url()}#field-certificates" in page
    assert f"{url()}#field-photo" in page
    assert "#field-certificates_expired" not in page
