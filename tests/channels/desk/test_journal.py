import csv
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from django.test import Client

from channels.desk.factory import PASSWORD, signed_in
from feldsher.foundation.access import accounts, grants
from feldsher.foundation.access import services as access_services
from feldsher.foundation.access.models import User
from feldsher.foundation.access.roles import Role
from feldsher.foundation.audit import jobs, selectors, services, sinks, tree
from feldsher.foundation.audit.errors import AuditError
from feldsher.foundation.audit.models import AccessEntry, Check
from feldsher.foundation.audit.ports import NullCheckpointSink, NullLineSink
from feldsher.foundation.audit.types import ActorKind
from foundation.audit.factories import PATIENT, access, actor, refusal

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
OTHER = UUID(int=12)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _empty_journal(as_owner: psycopg.Connection) -> None:
    """Take away what tests with transactions of their own have left."""
    as_owner.execute("TRUNCATE audit_access, audit_queue, audit_leaf, audit_root, audit_checkpoint")


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feldsher.kernel.clock.now", lambda: NOW)


@pytest.fixture
def officer() -> Client:
    return signed_in(Role.SECURITY_AUDITOR, login="auditor")


@pytest.fixture
def registrar() -> UUID:
    signed_in(Role.REGISTRAR, login="vera")
    return User.objects.get(login="vera").pk


def plain(client: Client, address: str = "/desk/journal/") -> str:
    return client.get(address).content.decode().replace("\u00a0", " ").replace("&nbsp;", " ")


def rows(page: str) -> list[list[str]]:
    (body,) = re.findall(r"<tbody>(.*?)</tbody>", page, re.DOTALL) or ("",)
    return [
        [re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row)]
        for row in re.findall(r"<tr>(.*?)</tr>", body)
    ]


def test_a_row_says_in_russian_who_whom_what_and_why(officer: Client, registrar: UUID) -> None:
    services.record(
        access(
            actor=actor(id=str(registrar)),
            column="K",
            what="person",
            fields=("family", "phone"),
            patients=(PATIENT, OTHER),
            ids=(PATIENT, OTHER),
            purpose="see_visits",
        )
    )
    (row,) = rows(plain(officer, "/desk/journal/?column=K"))
    assert row == [
        "24.11.2026 12:00:00",
        "Регистратор, Тестова И.",
        "имя и контакты: фамилия, телефон, 2 строки",
        "2 пациента",
        "работа с записями на день",
        "по должности",
        "разрешено",
        "n1, устройство d1",
    ]


def test_c20_what_an_administrator_did_is_read_with_the_colleague_and_the_role(
    officer: Client, registrar: UUID
) -> None:
    admin = access_services.create_staff(
        "admin", password=PASSWORD, name="Образцов С.", roles=(Role.SYSTEM_ADMIN,)
    )
    grants.end_role(registrar, Role.REGISTRAR, staff=admin)
    accounts.disable(registrar, staff=admin)
    closed, ended = rows(plain(officer, "/desk/journal/?column=X"))[:2]
    assert ended == [
        "24.11.2026 12:00:00",
        "Системный администратор, Образцов С.",
        "учётная запись: роль снята, регистратор",
        "Тестова И.",
        "управление учётными записями",
        "по должности",
        "разрешено",
        "—",
    ]
    assert closed[2:4] == ["учётная запись: закрыта", "Тестова И."]


def test_a_row_says_for_whom_somebody_acted(officer: Client) -> None:
    parent = actor(kind=ActorKind.PATIENT, id=str(OTHER), role="representative", on_behalf=PATIENT)
    services.record(access(actor=parent))
    (row,) = rows(plain(officer, "/desk/journal/?column=A"))
    assert row[1] == f"Пациент, за пациента {str(PATIENT)[:8]}"


def test_c20_looking_is_journalled_with_the_question(officer: Client) -> None:
    services.record(access())
    officer.get("/desk/journal/", {"patient": str(PATIENT), "result": "allowed"})
    look = AccessEntry.objects.latest("id")
    assert (look.actor, look.role) == (str(User.objects.get(login="auditor").pk), "security_auditor")
    assert (look.purpose, look.patients, look.fields) == ("see_journal", [PATIENT], ["patient", "result"])
    assert "проверка журнала доступа" in plain(officer)


def test_a_state_that_refreshes_by_itself_leaves_no_row(officer: Client) -> None:
    before = AccessEntry.objects.count()
    answer = officer.get("/desk/journal/check/?live=1")
    again = officer.get("/desk/journal/check/?live=1", headers={"If-None-Match": answer.headers["ETag"]})
    assert (answer.status_code, again.status_code, AccessEntry.objects.count()) == (200, 304, before)
    assert officer.get("/desk/journal/check/")["Location"] == "/desk/journal/"


def test_each_part_of_the_form_narrows_the_rows(officer: Client, registrar: UUID) -> None:
    services.record(access(purpose="handle_calls", actor=actor(id=str(registrar))))
    services.record(access(purpose="resolve_visits", column="K", patients=(OTHER,), result=refusal().result))
    for question, found in (
        (f"actor={registrar}", ["перезвонить по просьбе пациента"]),
        (f"patient={OTHER}", ["разобраться с записью, по которой не ответила МИС"]),
        ("column=K", ["разобраться с записью, по которой не ответила МИС"]),
        ("result=refused", ["разобраться с записью, по которой не ответила МИС"]),
        ("since=2026-11-25", []),
        ("until=2026-11-23", []),
    ):
        shown = [row[4] for row in rows(plain(officer, f"/desk/journal/?{question}"))]
        assert [why for why in shown if why != "проверка журнала доступа"] == found


def test_a_day_is_that_of_the_clinic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("feldsher.kernel.clock.now", lambda: datetime(2026, 11, 24, 21, 30, tzinfo=UTC))
    officer = signed_in(Role.SECURITY_AUDITOR)
    services.record(access())
    assert len(rows(plain(officer, "/desk/journal/?column=A&since=2026-11-25&until=2026-11-25"))) == 1
    assert rows(plain(officer, "/desk/journal/?column=A&until=2026-11-24")) == []


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("patient=Иванова", "Это не номер пациента. Скопируйте его из журнала целиком."),
        ("since=yesterday", "Укажите день, например 24.11.2026."),
        ("since=2026-11-24&until=2026-11-23", "Этот день раньше первого."),
    ],
)
def test_a_wrong_question_is_answered_beside_its_field(officer: Client, question: str, sentence: str) -> None:
    before = AccessEntry.objects.count()
    answer = officer.get(f"/desk/journal/?{question}")
    assert answer.status_code == 422
    assert sentence in answer.content.decode().replace("\u00a0", " ")
    assert (AccessEntry.objects.count(), "<table>" in answer.content.decode()) == (before, False)


def test_older_rows_are_a_page_away_and_the_question_goes_along(
    officer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selectors, "PAGE", 2)
    for n in range(5):
        services.record(access(purpose=f"p{n}"))
    seen, address = [], "/desk/journal/?column=A"
    while address:
        page = plain(officer, address)
        seen += [row[4] for row in rows(page)]
        older = re.search(r'href="([^"]+)">Раньше', page)
        address = older.group(1).replace("&amp;", "&") if older else ""
        assert not older or "column=A" in address
    assert seen == ["p4", "p3", "p2", "p1", "p0"]
    assert "К самым новым" in page


def test_one_patient_leads_to_all_that_was_done_with_their_data(officer: Client) -> None:
    services.record(access())
    assert f'href="/desk/journal/?patient={PATIENT}">00000000</a>' in plain(officer)


def test_an_export_is_a_right_of_its_own_and_stands_in_the_journal(officer: Client) -> None:
    services.record(access(reason="=cmd()", actor=actor(on_behalf=OTHER)))
    tree.grow()
    answer = officer.post("/desk/journal/export/", {"column": "A"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8")
    assert answer["Content-Disposition"] == 'attachment; filename="journal-2026-11-24.csv"'
    head, row = csv.reader(io.StringIO(answer.content.decode().removeprefix("\ufeff")), delimiter=";")
    told = dict(zip(head, row, strict=True))
    assert (told["Что"], told["Пациенты"], told["Причина"]) == ("appointment", str(PATIENT), "'=cmd()")
    # Two rows stand before it: the officer's account was made, and got its role.
    assert (told["Место в дереве"], len(told["Хеш"])) == ("2", 64)
    assert (told["За\u00a0кого"], told["Устройство"], told["Сеть"]) == (str(OTHER), "d1", "n1")
    look = AccessEntry.objects.latest("id")
    assert (look.purpose, look.row_count, look.fields) == ("export_journal", 1, ["column"])
    chief = signed_in(Role.CHIEF_PHYSICIAN, login="chief")
    assert "Скачать CSV" in plain(officer)
    assert "Скачать CSV" not in plain(chief)
    assert chief.post("/desk/journal/export/", {}).status_code == 403
    told = AccessEntry.objects.filter(purpose="export_journal").order_by("id")
    assert [(row.role, row.result) for row in told] == [("security_auditor", "allowed"), ("", "refused")]


@pytest.mark.parametrize("role", [Role.SYSTEM_ADMIN, Role.REGISTRAR, Role.ATTENDING_DOCTOR])
def test_c12_others_have_no_right_to_the_journal(role: Role) -> None:
    client = signed_in(role, login="other")
    assert "Журнал доступа" not in plain(client, "/desk/")
    assert client.get("/desk/journal/").status_code == 403
    assert client.post("/desk/journal/check/").status_code == 403
    assert Check.objects.count() == 0


def test_c23_when_the_journal_can_not_be_written_nothing_of_it_is_shown(
    officer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.record(access(purpose="handle_calls"))

    def fail(*_: object) -> None:
        raise AuditError

    monkeypatch.setattr(selectors, "record", fail)
    answer = officer.get("/desk/journal/")
    assert answer.status_code == 503
    assert "перезвонить" not in answer.content.decode()


class Elsewhere:
    text = ""

    def send(self, note: str) -> None:
        self.text += note

    def kept(self) -> str:
        return self.text


@pytest.fixture
def second_place() -> Iterator[None]:
    sinks.bind(Elsewhere(), NullLineSink())
    yield
    sinks.bind(NullCheckpointSink(), NullLineSink())


def test_a_check_is_asked_for_and_its_outcome_shown(officer: Client, second_place: None) -> None:
    assert "Журнал ещё не проверяли" in plain(officer)
    assert officer.post("/desk/journal/check/")["Location"] == "/desk/journal/"
    page = plain(officer)
    assert "Проверка идёт" in page
    assert re.search(r"<button[^>]* disabled>Проверить сейчас", page)
    check = Check.objects.get()
    assert check.asked_by == str(User.objects.get(login="auditor").pk)
    Check.objects.update(
        finished_at=NOW, is_clean=True, leaves=12, covered=9, covered_at=NOW - timedelta(minutes=4)
    )
    page = plain(officer)
    assert "Журнал цел" in page
    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd[^>]*>([^<]*)", page))
    assert facts == {
        "Проверен": "12:00",
        "Строк проверено": "12",
        "Подтверждено снаружи": "9 строк, 11:56",
        "Ждут второй копии": "0 строк",
    }
    assert jobs.check.name == "audit.check"


def test_c22_what_a_check_found_is_told_with_what_to_do(officer: Client) -> None:
    found = {"wrong": "row_changed", "leaf": 7, "entry": 41, "since": None, "size": None}
    Check.objects.create(asked_at=NOW, asked_by="", finished_at=NOW, is_clean=False, findings=[found])
    page = plain(officer)
    assert "Журнал не сходится" in page
    assert "Строка № 41 изменена." in page
    assert "остановите доступ к базе" in page


def test_what_could_not_be_compared_is_told_without_alarm_and_with_what_to_do(officer: Client) -> None:
    found = {"wrong": "not_read_here", "leaf": None, "entry": None, "since": None, "size": None}
    Check.objects.create(asked_at=NOW, asked_by="", finished_at=NOW, is_clean=False, findings=[found])
    page = plain(officer)
    assert "Сверено не всё" in page
    assert "Скачайте подтверждения оттуда и сверьте: feldsher audit verify --checkpoints ФАЙЛ." in page
    assert "нельзя верить" not in page
    assert "остановите доступ" not in page


def test_where_staff_come_from_stands_in_their_rows_without_an_address() -> None:
    """The browser is known from the sign-in on; of the address the network is kept."""
    officer = signed_in(Role.SECURITY_AUDITOR, login="auditor")
    for address in ("203.0.113.77", "2001:db8:1:2ff::7"):
        assert officer.get("/desk/journal/", REMOTE_ADDR=address).status_code == 200
    seen = AccessEntry.objects.filter(actor=User.objects.get(login="auditor").pk).order_by("id")
    assert [row.network for row in seen] == ["203.0.113.0/24", "2001:db8:1:200::/56"]
    (device,) = {row.device for row in seen}
    assert re.fullmatch(r"[0-9a-f]{32}", device)
    assert device not in "".join(cookie.value for cookie in officer.cookies.values())
    registrar = signed_in(Role.REGISTRAR)
    assert registrar.get("/desk/journal/", REMOTE_ADDR="203.0.113.9").status_code == 403
    refused = AccessEntry.objects.latest("id")
    assert (refused.result, refused.network) == ("refused", "203.0.113.0/24")
    assert refused.device not in {"", device}
