"""C19 and C26: people with unheard-of names are booked, and then found in clear nowhere they are not shown.

Looked through are the logs of every process of ours, the raw files of the database, every table as text, the
addresses that were asked and offered, pages of errors and the sign of life. Left out are the stand-ins of the
MIS and of the SMS provider: they are other people's systems, and theirs is to know the patient.
"""

import html
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx
import psycopg
import pytest
from psycopg import sql

from feldsher.conf.demo.staff import STAFF_PASSWORD
from feldsher.conf.supervisor import running_urls
from support.patients import Patient, Times
from support.product import Demo, running_product, wait_for

pytestmark = pytest.mark.slow

MACHINE = {"family": "Канарейкина", "given": "Пеструшка", "middle": "Птицеловна", "birth_date": "1987-03-29"}
READER = {"family": "Снегирёва", "given": "Зарянка", "middle": "Клестовна"}
CALLER, TOPIC, WISH = "Щеглова Чечётка", "хочу к орнитологу", "посадите на жёрдочку"
PHONES = {"machine": "79217773142", "reader": "79217774253", "caller": "79217775364"}
CANARIES = (
    *MACHINE.values(), *READER.values(), *CALLER.split(), "орнитолог", "жёрдочк", "29.03.1987",
    *(phone[1:] for phone in PHONES.values()), "777-31-42", "777-42-53", "777-53-64",
)  # fmt: skip
OTHERS = ("bit_umc", "sms_ru")
SHORTEST_SECRET = 16
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_ADDRESS = re.compile(r'(?:href|action|src|content)="([^"]*)"')


@dataclass
class Walker:
    """A reader's browser without scripts; keeps all addresses that it saw and all pages of errors."""

    site: str
    addresses: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = httpx.Client(base_url=self.site, timeout=30, trust_env=False, follow_redirects=True)

    def ask(self, method: str, path: str, **data: Any) -> str:
        sent = {"data": data} if data else {}
        answer = self.client.request(method, path, headers={"Origin": self.site}, **sent)
        for step in (*answer.history, answer):
            self.addresses += [str(step.request.url), step.headers.get("Location", "")]
        text = answer.text
        self.addresses += [html.unescape(found) for found in _ADDRESS.findall(text)]
        if answer.status_code >= 400:
            self.errors.append(text)
        return text

    def send(self, page: str, path: str, **data: Any) -> str:
        """Send the form of a page that has these hidden fields, with more."""
        return self.ask("POST", path, **(dict(_HIDDEN.findall(page)) | data))


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_product(phone_proof="always") as running:
        yield running


@pytest.fixture(scope="module")
def secrets(demo: Demo) -> list[str]:
    """What only the reader or the server may know: of visits, of devices, of the environment."""
    found = []
    for name in ("secrets.json", "postgres/passwords.json"):
        told = json.loads((demo.home / name).read_text(encoding="utf-8"))
        found += [str(value) for value in told.values() if len(str(value)) >= SHORTEST_SECRET]
    assert len(found) >= 4
    return found


@pytest.fixture(scope="module")
def walked(demo: Demo, secrets: list[str]) -> Walker:
    """Everything that a patient, a machine and the staff do with people's data, faults on the way too."""
    walker = Walker(demo.site)
    secrets += [book_by_machine(demo, walker), *book_on_the_site(demo, walker)]
    ask_for_a_call(walker)
    look_as_staff(demo, walker)
    walker.client.close()
    return walker


def book_by_machine(demo: Demo, walker: Walker) -> str:
    """Book and cancel by the API; returns the secret of the visit."""
    patient, phone = Patient(demo.site), f"+{PHONES['machine']}"
    held = patient.hold(Times(demo).next()).body["id"]
    body = {"patient": {**MACHINE, "phone": phone}, "consents": ["booking"], "wish": WISH}
    for fault in (
        {"family": MACHINE["family"] + "\0"},
        {"birth_date": "29.03.1987"},
        {"phone": PHONES["machine"][:9]},
    ):
        refused = patient.send(
            "POST", f"/holds/{held}/confirmation", {**body, "patient": {**body["patient"], **fault}}
        )
        assert refused.status == 422
        walker.errors.append(json.dumps(refused.body, ensure_ascii=False))
    assert patient.send("POST", f"/holds/{held}/phone-code", {"phone": phone}).status == 202
    proved = {**body, "phone_proof": demo.code_sent_to(PHONES["machine"])}
    done = patient.send("POST", f"/holds/{held}/confirmation", proved)
    assert done.status in {201, 202}, done
    walker.addresses.append(done.body["manage_url"].replace(done.body["token"], "…"))
    bearer = {"Authorization": f"Bearer {done.body['token']}"}
    address = f"/appointments/{done.body['id']}"
    wait_for(lambda: patient.send("GET", address, **bearer).body["state"] == "booked", what="the visit")
    assert patient.send("DELETE", address, **bearer).status in {200, 202}
    return str(done.body["token"])


def book_on_the_site(demo: Demo, walker: Walker) -> tuple[str, ...]:
    """Book by forms without a script, a fault first; returns the secrets of the visit and of the device."""
    listed = walker.ask("GET", "/doctors/")
    slot = re.findall(r'name="slot" value="([^"]+)"', listed)[-1]
    form = walker.ask("POST", "/holds/", **(dict(_HIDDEN.findall(listed)) | {"slot": slot}))
    path = re.findall(r'action="(/booking/[^"/]+/)"', form)[0]
    person = {**READER, "phone": f"+{PHONES['reader']}", "wish": WISH, "consent": "on", "who": "self"}
    walker.send(form, path, **{**person, "phone": PHONES["reader"][:8]})
    asked = walker.send(form, path, **{**person, "key": uuid.uuid4().hex})
    assert "Код из" in asked, asked[:500]
    code = demo.code_sent_to(PHONES["reader"])
    visit = walker.send(asked, path, **person, phone_proof=code)
    assert READER["given"] not in visit
    addresses = [step for step in walker.addresses if "/visit/" in step]
    assert addresses, visit[:500]
    kept = [cookie.value for cookie in walker.client.cookies.jar if cookie.name in {"visit", "device"}]
    assert len(kept) == 2
    walker.addresses = [step.replace(kept[0], "…").replace(kept[1], "…") for step in walker.addresses]
    return tuple(str(value) for value in kept)


def ask_for_a_call(walker: Walker) -> None:
    page = walker.ask("GET", "/call/")
    told = {"name": CALLER, "phone": PHONES["caller"], "topic": TOPIC, "consent": "on"}
    walker.send(page, "/call/", **{**told, "phone": PHONES["caller"][:7]})
    walker.send(page, "/call/", **told)
    assert any("/call/" in step for step in walker.addresses)


def look_as_staff(demo: Demo, walker: Walker) -> None:
    """Open what the staff opens: the queue, the call, the day; sign in wrongly with a name first."""
    page = walker.ask("GET", "/desk/sign-in/")
    walker.send(page, "/desk/sign-in/", login=MACHINE["family"], password=READER["family"])
    page = walker.send(page, "/desk/sign-in/", login="registrar", password=STAFF_PASSWORD)
    for path in dict.fromkeys(re.findall(r'href="(/desk/[^"]*)"', page)):
        walker.ask("GET", html.unescape(path))
    call = demo.ask("SELECT id FROM scheduling_call_request LIMIT 1") or uuid.uuid4()
    seen = walker.ask("GET", f"/desk/calls/{call}/")
    assert "Щеглова" in seen, "the registrar is to see who asked: else this test looks at nothing"
    walker.ask("GET", f"/desk/visits/{uuid.uuid4()}/")
    walker.ask("GET", "/desk/stops/x/resume/")


def logs(demo: Demo) -> dict[str, str]:
    """Return what our processes wrote, by file."""
    kept = [path for path in demo.home.rglob("*.log") if path.stem not in OTHERS]
    found = {path.name: path.read_text(encoding="utf-8", errors="replace") for path in kept}
    found["the command"] = demo.output
    assert {"site.log", "worker.log"} <= set(found)
    return found


def tables(demo: Demo) -> dict[str, str]:
    """Return each table as text, as a dump has it, read past row security."""
    urls = running_urls(demo.home)
    assert urls is not None
    found = {}
    with psycopg.connect(urls.admin.rpartition("/")[0] + "/" + demo.database.rpartition("/")[2]) as admin:
        names = admin.execute(
            "SELECT schemaname, tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        for schema, table in names:
            statement = sql.SQL("COPY (SELECT * FROM {}.{}) TO STDOUT").format(
                sql.Identifier(schema), sql.Identifier(table)
            )
            with admin.cursor().copy(statement) as copy:
                found[table] = b"".join(bytes(part) for part in copy).decode()
        admin.execute("CHECKPOINT")
    assert found["scheduling_appointment"]
    assert found["patients_patient"].count("\n") >= 2
    return found


def spelled(word: str) -> tuple[bytes, ...]:
    """Return how a word may stand in bytes: in clear, and as hex of it, whatever the case."""
    clear = word.encode()
    return clear, word.lower().encode(), clear.hex().encode(), json.dumps(word).strip('"').encode()


def hits(places: dict[str, str], words: Any) -> list[tuple[str, str]]:
    found = []
    for place, text in places.items():
        data = text.encode()
        lowered = text.lower().encode()
        found += [
            (place, word) for word in words for form in spelled(word) if form in data or form in lowered
        ]
    return found


def test_c19_no_log_holds_a_person(walked: Walker, demo: Demo) -> None:
    assert hits(logs(demo), CANARIES) == []


def test_c19_no_table_holds_a_person_in_clear(walked: Walker, demo: Demo) -> None:
    found = tables(demo)
    assert any(name.startswith("procrastinate_") for name in found)
    assert hits(found, CANARIES) == []


def test_c24_no_file_of_the_database_holds_a_person_in_clear(walked: Walker, demo: Demo) -> None:
    tables(demo)
    words = [word.encode() for word in CANARIES]
    files = [path for path in (demo.home / "postgres").rglob("*") if path.is_file()]
    found = [(path.name, word.decode()) for path in files for word in words if word in path.read_bytes()]
    assert len(files) > 500
    assert found == []


def test_c19_no_address_holds_a_person(walked: Walker) -> None:
    assert len(walked.addresses) > 300
    # A telephone that staff may call is offered as `tel:`, which asks no server.
    asked = [step for step in walked.addresses if not step.startswith("tel:")]
    assert hits({step: unquote(step) for step in asked}, CANARIES) == []


def test_c19_no_page_of_an_error_holds_a_person(walked: Walker, demo: Demo) -> None:
    alive = httpx.get(f"{demo.site}/healthz", trust_env=False).text
    # A form that comes back shows what was typed to who typed it, and is no page of an error.
    pages = {str(n): page for n, page in enumerate(walked.errors) if "<form" not in page or "refusal" in page}
    assert len(pages) >= 3
    assert hits({**pages, "healthz": alive}, CANARIES) == []


def test_c26_no_secret_is_told(walked: Walker, demo: Demo, secrets: list[str]) -> None:
    assert len(secrets) >= 7
    places = logs(demo) | tables(demo) | {f"error {n}": page for n, page in enumerate(walked.errors)}
    places |= {step: step for step in walked.addresses}
    assert hits(places, secrets) == []


def test_c19_what_is_written_in_clear_is_found(tmp_path: Path) -> None:
    for text in ("… Канарейкина …", "КАНАРЕЙКИНА", r"\x" + "Канарейкина".encode().hex(), "tel=+79217773142"):
        assert hits({"a": text}, CANARIES)
    assert not hits({"a": "Канаре"}, CANARIES)
