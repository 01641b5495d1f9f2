"""A doctor's word on a text, and an editor's list of what waits for it."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from channels.desk.factory import entered
from domain.editorial.factory import DOSE, doctor, draft, read, staff
from feldsher.domain.editorial.models import Content
from feldsher.domain.editorial.types import PageKind
from feldsher.foundation.access.roles import Role
from feldsher.kernel import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def waiting() -> tuple[Client, Content]:
    key = doctor()
    staff("doctor", Role.ATTENDING_DOCTOR, practitioner=key)
    body = [{"type": "text", "value": DOSE}]
    row = draft(PageKind.ARTICLE, title="Сухой глаз", body=body, author=key, reviewer=key, is_ready=True)
    row.refresh_from_db()
    return entered("doctor"), row


def address(row: Content) -> str:
    return f"/desk/reviewing/{row.pk}/{row.latest_revision_id}/"


def typed_text(row: Content, **more: str) -> dict[str, str]:
    """Return the fields of the editor's form with another text."""
    return {
        "title": "Сухой глаз",
        "slug": "proba",
        "lead": "Коротко.",
        "body-count": "1",
        "body-0-deleted": "",
        "body-0-order": "0",
        "body-0-type": "heading",
        "body-0-id": "",
        "body-0-value": "A103 другое",
        "author": str(row.author),
        "reviewer": str(row.reviewer),
        "is_ready": "on",
        "go_live_at": "",
        "expire_at": "",
        **more,
    }


def digest_on(page: str) -> str:
    """Return what the form of a page says was read."""
    return re.findall('name="digest" value="([0-9a-f]{64})"', page)[0]


def test_a_text_that_was_typed_on_after_it_was_read_is_not_approved(waiting: tuple[Client, Content]) -> None:
    client, row = waiting
    shown = client.get(address(row)).content.decode()
    staff("editor", Role.EDITOR)
    editor = entered("editor")
    edit = f"/desk/editorial/pages/{row.pk}/edit/"
    assert editor.get(edit).context["autosave_enabled"] is False
    typed = typed_text(row, overwrite_revision_id=str(row.latest_revision_id))
    assert editor.post(edit, typed).status_code == 302
    word = {"word": "approve", "months": "12", "digest": digest_on(shown)}
    answer = client.post(address(row), word)
    assert (answer.status_code, "page_changed" in answer.content.decode()) == (409, True)
    assert client.post(address(row), {**word, "digest": ""}).status_code == 409
    assert Client().get("/articles/proba/").status_code == 404


def test_a_doctor_reads_a_text_approves_it_and_it_is_on_the_site(waiting: tuple[Client, Content]) -> None:
    client, row = waiting
    assert "Сухой глаз" in client.get("/desk/reviewing/").content.decode()
    shown = client.get(address(row)).content.decode()
    assert "3 раза в день" in shown
    assert Client().get("/articles/proba/").status_code == 404
    answer = client.post(address(row), {"word": "approve", "months": "12", "digest": digest_on(shown)})
    assert (answer.status_code, answer["Location"]) == (303, "/desk/reviewing/")
    page = Client().get("/articles/proba/").content.decode()
    assert "Проверил врач" in page
    assert "Небывалова Анна Сергеевна" in page
    assert "Сухой глаз" not in client.get("/desk/reviewing/").content.decode()


@pytest.mark.parametrize("typed", [{"word": "approve", "months": "99"}, {"word": "return", "note": " "}])
def test_a_wrong_word_is_told_beside_its_field(
    waiting: tuple[Client, Content], typed: dict[str, str]
) -> None:
    client, row = waiting
    assert client.post(address(row), typed).status_code == 422
    assert Client().get("/articles/proba/").status_code == 404


def test_what_is_given_back_is_not_published(waiting: tuple[Client, Content]) -> None:
    client, row = waiting
    typed = {"word": "return", "note": "Проверьте дозу", "digest": read(row)}
    assert client.post(address(row), typed).status_code == 303
    assert Client().get("/articles/proba/").status_code == 404
    assert "Сухой глаз" not in client.get("/desk/reviewing/").content.decode()


def test_an_editor_sees_what_waits_and_says_no_word(waiting: tuple[Client, Content]) -> None:
    _, row = waiting
    staff("editor", Role.EDITOR)
    client = entered("editor")
    assert "Сухой глаз" in client.get("/desk/pages/").content.decode()
    assert client.get(address(row)).status_code == 403
    assert client.post(address(row), {"word": "approve", "months": "12"}).status_code == 403


def test_the_editor_s_own_publish_button_is_refused_with_what_to_do(waiting: tuple[Client, Content]) -> None:
    _, row = waiting
    staff("editor", Role.EDITOR)
    client = entered("editor")
    typed = typed_text(row, **{"action-publish": "action-publish"})
    answer = client.post(f"/desk/editorial/pages/{row.pk}/edit/", typed)
    assert answer.status_code == 200
    assert "публикуется после одобрения врача" in answer.content.decode()
    assert "A103" in answer.content.decode()
    assert Client().get("/articles/proba/").status_code == 404


def test_a_draft_may_lack_what_it_will_and_one_that_is_ready_lacks_nothing(
    waiting: tuple[Client, Content],
) -> None:
    client, row = waiting
    staff("editor", Role.EDITOR)
    editor, edit = entered("editor"), f"/desk/editorial/pages/{row.pk}/edit/"
    source = {
        "body-0-type": "sources",
        "body-0-value-count": "1",
        "body-0-value-0-deleted": "",
        "body-0-value-0-order": "0",
        "body-0-value-0-type": "item",
        "body-0-value-0-id": "",
        "body-0-value-0-value-kind": "",
        "body-0-value-0-value-reference": "31462531",
        "body-0-value-0-value-title": "О глазах",
    }
    lacking = typed_text(row, **source)
    assert editor.post(edit, lacking).status_code == 200
    for field in ("author", "lead"):
        assert editor.post(edit, typed_text(row, **{field: ""})).status_code == 200
    del lacking["is_ready"]
    assert editor.post(edit, lacking).status_code == 302
    row.refresh_from_db()
    shown = client.get(address(row))
    assert (shown.status_code, "31462531" in shown.content.decode()) == (200, True)
    assert editor.post(f"{edit}preview/", lacking).json()["is_valid"] is True
    assert "31462531" in editor.get(f"{edit}preview/").content.decode()


def test_an_editor_is_told_which_page_did_not_come_out() -> None:
    staff("editor", Role.EDITOR)
    late = "Не\u00a0вышли в\u00a0свой час"
    assert late not in entered("editor").get("/desk/pages/").content.decode()
    draft(title="Опоздала", go_live_at=clock.now() - timedelta(hours=1))
    page = entered("editor").get("/desk/pages/").content.decode()
    assert late in page
    assert "Опоздала" in page


def test_a_page_of_another_doctor_is_not_found(waiting: tuple[Client, Content]) -> None:
    _, row = waiting
    staff("other", Role.ATTENDING_DOCTOR, practitioner=doctor("Другова"))
    client = entered("other")
    assert client.get(address(row)).status_code == 404
    assert client.post(address(row), {"word": "approve", "months": "12"}).status_code == 404
