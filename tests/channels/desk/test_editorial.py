"""Wagtail's editor behind the desk's door: our session lets in, what is not listed is not there."""

from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image as Drawing
from wagtail.images.models import Image

from channels.desk.factory import signed_in
from domain.editorial.factory import doctor, draft, published, read, staff
from feldsher.channels.desk.editorial import BY_ITSELF, SHOWN, _named
from feldsher.channels.desk.editorial_urls import urlpatterns
from feldsher.domain.editorial import services
from feldsher.domain.editorial.models import News
from feldsher.domain.editorial.types import PageKind
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.roles import Role

pytestmark = pytest.mark.django_db
AT = "/desk/editorial/"


def picture(
    name: str = "a.png", size: tuple[int, int] = (1600, 900), kind: str = "PNG"
) -> SimpleUploadedFile:
    """Draw a picture in memory."""
    out = BytesIO()
    Drawing.new("RGB", size, "#1d4a3b").save(out, kind)
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/png")


def typed(row: News, **changes: str) -> dict[str, str]:
    """Return the fields of the editor's form, as its page sends them."""
    return {
        "title": row.title,
        "slug": row.slug,
        "lead": row.lead,
        "body-count": "1",
        "body-0-deleted": "",
        "body-0-order": "0",
        "body-0-type": "heading",
        "body-0-id": "11111111-1111-4111-8111-111111111111",
        "body-0-value": "Часы работы",
        "go_live_at": "",
        "expire_at": "",
        **changes,
    }


def test_every_address_of_it_stands_behind_the_gate_of_the_desk() -> None:
    found = [pattern for pattern, _ in _named(urlpatterns)]
    assert len(found) > 100
    assert {getattr(each.callback, "action", None) for each in found} == {Action.EDIT_PAGES}
    names = {name for _, name in _named(urlpatterns)}
    assert SHOWN - names == set(), "a name that Wagtail does not have"


@pytest.mark.parametrize(
    "address",
    [
        *("login/", "logout/", "password_reset/", "password_reset/done/", "account/", "users/", "groups/"),
        *("users/new/", "groups/new/", "sites/", "collections/", "workflows/list/", "reports/locked/"),
        *("reports/site-history/", "api/main/images/", "api/main/documents/", "failwhale/", "test404/"),
        *("pages/3/copy/", "pages/3/move/", "pages/3/privacy/", "documents/", "redirects/", "nothing/"),
        "bulk/wagtailcore/page/publish/",
    ],
)
def test_what_is_not_listed_is_404_to_an_editor_and_a_sign_in_to_a_stranger(address: str) -> None:
    assert signed_in(Role.EDITOR).get(AT + address).status_code == 404
    answer = Client().get(AT + address)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (303, "/desk/sign-in/")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.EDITOR])
def test_no_other_role_comes_in(role: Role) -> None:
    row = draft()
    client = signed_in(role)
    for address in ("", f"pages/{row.pk}/edit/", "images/", "login/"):
        assert client.get(AT + address).status_code == 403
        assert client.post(AT + address).status_code == 403


def test_an_editor_comes_in_by_the_desk_s_own_session() -> None:
    row = draft()
    client = signed_in(Role.EDITOR)
    section = row.get_parent().pk
    for address in (
        *("", f"pages/{section}/", f"pages/{row.pk}/edit/", f"pages/add/editorial/news/{section}/"),
        f"pages/{row.pk}/revisions/compare/earliest...latest/",
        *(f"pages/{row.pk}/history/", f"pages/{row.pk}/delete/", "images/", "images/add/", "jsi18n/"),
        *("sprite/", "choose-page/", "images/chooser/", "pages/search/?q=Проба", "choose-external-link/"),
    ):
        answer = client.get(AT + address)
        assert (address, answer.status_code) == (address, 200)
        assert answer["Cache-Control"] == "no-store"
        policy = answer["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert "unsafe-eval" not in policy


def test_a_page_is_written_and_published_by_the_form() -> None:
    row = draft()
    client = signed_in(Role.EDITOR)
    answer = client.post(f"{AT}pages/{row.pk}/edit/", typed(row, title="Новое имя"))
    assert answer.status_code == 302, answer.content.decode()
    assert Client().get("/news/proba/").status_code == 404
    answer = client.post(
        f"{AT}pages/{row.pk}/edit/", typed(row, title="Новое имя", **{"action-publish": "action-publish"})
    )
    assert answer.status_code == 302
    assert "Новое имя" in Client().get("/news/proba/").content.decode()
    row.refresh_from_db()
    assert row.latest_revision.user.login == "vera"


def test_a_changed_slug_leads_from_the_old_address_to_the_new_one() -> None:
    row = published()
    client = signed_in(Role.EDITOR)
    client.post(
        f"{AT}pages/{row.pk}/edit/", typed(row, slug="novost", **{"action-publish": "action-publish"})
    )
    answer = Client().get("/news/proba/")
    assert (answer.status_code, answer["Location"]) == (301, "/news/novost/")


def test_its_author_reads_above_the_text_why_it_came_back_and_what_the_law_forbids() -> None:
    key = doctor()
    who = staff("doctor", Role.ATTENDING_DOCTOR, practitioner=key)
    bad = [{"type": "heading", "value": "Лучший врач <города>"}]
    row = draft(PageKind.ARTICLE, body=bad, author=key, reviewer=key, is_ready=True)
    client = signed_in(Role.EDITOR)

    def above() -> str:
        return client.get(f"{AT}pages/{row.pk}/edit/").content.decode()

    assert "Замените слова «Лучший»" in above()
    assert "Врач вернул текст" not in above()
    row.refresh_from_db()
    services.give_back(who, page=row.pk, digest=read(row), note="Уберите <b>хвалу</b>.")
    assert "«Уберите &lt;b&gt;хвалу&lt;/b&gt;.»" in above()
    row.body = [{"type": "heading", "value": "Опытный врач"}]
    row.save_revision()
    assert "Замените слова" not in above()
    row.refresh_from_db()
    services.approve(who, page=row.pk, digest=read(row), months=12)
    assert "help-warning" not in above()
    section = row.get_parent().pk
    assert client.get(f"{AT}pages/add/editorial/article/{section}/").status_code == 200


def test_a_draft_is_seen_in_its_preview_as_on_the_site_and_by_nobody_else() -> None:
    row = draft()
    client = signed_in(Role.EDITOR)
    address = f"{AT}pages/{row.pk}/edit/preview/"
    assert client.post(address, typed(row, title="Только черновик")).json()["is_valid"] is True
    answer = client.get(address)
    body = answer.content.decode()
    assert answer.status_code == 200
    assert "Только черновик" in body
    assert "Черновик: так страница будет выглядеть" in body
    assert "<script>" not in body
    assert "wagtail" not in body
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert Client().get("/news/proba/").status_code == 404


def test_an_image_is_told_by_its_content_and_its_size() -> None:
    client = signed_in(Role.EDITOR)
    fields = {"title": "Коридор", "collection": ""}

    def sent(file: SimpleUploadedFile) -> int:
        return client.post(f"{AT}images/add/", {**fields, "file": file}).status_code

    assert sent(picture("a.jpg")) == 200, "PNG by another name"
    assert sent(SimpleUploadedFile("a.png", b"<svg xmlns='http://www.w3.org/2000/svg'/>")) == 200
    assert sent(picture("a.gif", kind="GIF")) == 200
    assert sent(picture("big.png", size=(8000, 6000))) == 200, "48 millions of points"
    assert sent(SimpleUploadedFile("a.png", b"\x89PNG" + b"0" * (9 * 1024 * 1024))) == 200
    assert Image.objects.count() == 0
    assert sent(picture()) == 302
    assert Image.objects.get().width == 1600


# Wagtail leaves a temporary file of each rendition to the collector of garbage.
@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_the_picture_of_a_page_is_neither_replaced_nor_removed_behind_its_id() -> None:
    client = signed_in(Role.EDITOR)
    fields = {"title": "Коридор", "collection": ""}
    assert client.post(f"{AT}images/add/", {**fields, "file": picture()}).status_code == 302
    image = Image.objects.get()
    at = f"{AT}images/{image.pk}/"
    block = {"type": "picture", "value": {"image": image.pk, "alt": "Коридор", "caption": ""}}
    row = published(body=[block])
    answer = client.post(at, {**fields, "file": picture("b.png", (900, 900))})
    assert (answer.status_code, "image_fixed" in answer.content.decode()) == (409, True)
    for address in (f"{at}delete/", f"{AT}images/multiple/{image.pk}/delete/"):
        answer = client.post(address, headers={"X-Requested-With": "XMLHttpRequest"})
        assert (answer.status_code, Image.objects.get().file.name) == (409, image.file.name), address
    assert client.post(at, {**fields, "title": "Холл"}).status_code == 302, "a title is no picture"
    row.body = [{"type": "heading", "value": "Без картинки"}]
    row.save_revision()
    assert client.post(f"{at}delete/").status_code == 409, "readers still see it"
    row.refresh_from_db()
    row.latest_revision.publish()
    assert client.post(f"{at}delete/").status_code == 302
    assert Image.objects.count() == 0


def test_a_file_elsewhere_is_kept_as_small_as_ever() -> None:
    client = signed_in(Role.EDITOR)
    assert client.post("/desk/site/", {"logo": picture(size=(4000, 4000))}).status_code in {200, 422}
    assert Image.objects.count() == 0


def test_an_open_editor_keeps_nobody_awake_by_its_pings() -> None:
    """An ended session is told by 401, as to each page of the desk that asks by itself."""
    row = draft()
    assert BY_ITSELF < SHOWN
    answer = Client().post(f"{AT}editing-sessions/ping/wagtailcore/page/{row.pk}/1/")
    assert answer.status_code == 401
