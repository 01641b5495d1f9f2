"""The simulator against the contract: raw messages over real HTTP, nothing of the product."""

import json
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from lxml import etree

from testbench.medialog.model import SUBJECTS
from testbench.medialog.server import RunningSimulator, start

SRC = Path(__file__).parents[3] / "src"
SOAP_11 = "http://schemas.xmlsoap.org/soap/envelope/"


class Wire:
    """A caller of both ports."""

    def __init__(self, simulator: RunningSimulator) -> None:
        self.simulator = simulator
        self.http = httpx.Client(timeout=10, auth=("demo", "demo"), trust_env=False)

    def message(self, event: str, *, number: str = "", **fields: str) -> str:
        told = {"CLINIC_CODE": "C1", "WEB_USER": "web", **fields}
        inner = "".join(f"<{name}>{value}</{name}>" for name, value in told.items() if value)
        return (
            f"<{event}><MESSAGE_INFO><MESSAGE_ID>{number or uuid.uuid4()}</MESSAGE_ID></MESSAGE_INFO>"
            f"<QUERY_INFO>{inner}</QUERY_INFO></{event}>"
        )

    def post(self, text: str, *, charset: str = "utf-8") -> httpx.Response:
        body = f'<?xml version="1.0" encoding="{charset}"?>{text}'.encode(charset)
        return self.http.post(
            self.simulator.http_url, content=body, headers={"Content-Type": f"text/xml; charset={charset}"}
        )

    def call(self, event: str, **fields: str) -> Any:
        answer = self.post(self.message(event, **fields))
        assert answer.status_code == 200, answer.text
        return etree.fromstring(answer.content)

    def code(self, event: str, **fields: str) -> tuple[str, str]:
        told = self.call(event, **fields)
        return told.findtext("ACK_INFO/CODE"), told.findtext("ACK_INFO/COMMENT") or ""

    def rows(self, event: str, **fields: str) -> list[dict[str, str]]:
        told = self.call(event, **fields)
        assert told.findtext("ACK_INFO/CODE") == "AA", etree.tostring(told)
        return [{child.tag: child.text or "" for child in row} for row in told.find("QUERY_RESULT")]

    def dates(self, days: int = 13) -> dict[str, str]:
        today = self.simulator.base.now().date()
        return {"DATE_FROM": f"{today:%Y%m%d}", "DATE_TO": f"{today + timedelta(days=days):%Y%m%d}"}

    def visit(self, **fields: str) -> dict[str, str]:
        slots = self.rows("PLANNING_SUBJ_SLOTS_QUERY", PL_SUBJ_ID="502", **self.dates())
        return {
            "PL_SUBJ_ID": "502", "PL_EXAM_ID": "703", "DATE_VISIT": slots[-1]["DATE_VISIT"],
            "PAT_NOM": "Записнова", "PAT_PRENOM": "Тест", "PHONE": "79000000011", **fields,
        }  # fmt: skip

    def bench(self, call: str, **fields: Any) -> httpx.Response:
        return self.http.post(f"{self.simulator.bench_url}/_bench/{call}", json=fields)

    def bookings(self, source: str = "site") -> list[Any]:
        state = self.http.get(f"{self.simulator.bench_url}/_bench/state").json()
        return [row for row in state["bookings"] if row["source"] == source]


@pytest.fixture
def wire() -> Iterator[Wire]:
    made = Wire(start())
    yield made
    made.http.close()
    made.simulator.stop()


def test_an_answer_has_the_root_the_guid_and_the_echo_of_its_question(wire: Wire) -> None:
    number = str(uuid.uuid4())
    told = etree.fromstring(wire.post(wire.message("PLANNING_PARAMS_QUERY", number=number)).content)
    assert [child.tag for child in told] == ["ACK_INFO", "QUERY_INFO", "QUERY_RESULT"]
    assert (told.tag, told.findtext("ACK_INFO/MESSAGE_ID")) == ("PLANNING_PARAMS_QUERY", number)
    assert told.findtext("QUERY_INFO/CLINIC_CODE") == "C1"


def test_models_schedules_and_kinds_are_listed(wire: Wire) -> None:
    models = [row["PL_PARAM_ID"] for row in wire.rows("PLANNING_PARAMS_QUERY")]
    subjects = [
        row["PL_SUBJ_ID"] for model in models for row in wire.rows("PLANNING_SUBJ_QUERY", PL_PARAM_ID=model)
    ]
    assert (models, subjects) == (["1", "2"], ["501", "502", "504", "503"])
    kinds = wire.rows("PLANNING_EXAMS_QUERY", PL_SUBJ_ID="504")
    assert [(row["PL_EXAM_ID"], row["DUREE"]) for row in kinds] == [("706", "15"), ("707", "45")]


@pytest.mark.parametrize(
    ("event", "fields", "comment"),
    [
        ("PLANNING_PARAMS_QUERY", {"CLINIC_CODE": ""}, "Не задано поле CLINIC_CODE"),
        ("PLANNING_PARAMS_QUERY", {"WEB_USER": ""}, "Не задано поле WEB_USER"),
        ("PLANNING_PARAMS_QUERY", {"SURPRISE": "1"}, "Неизвестное поле SURPRISE"),
        ("PLANNING_SUBJ_QUERY", {}, "Не задано поле PL_PARAM_ID"),
        ("PLANNING_SUBJ_SLOTS_QUERY", {"DATE_FROM": "20260901"}, "Не задано поле DATE_TO"),
        ("PLANNING_SUBJ_SLOTS_QUERY", {"DATE_FROM": "20260931", "DATE_TO": "20261001"}, "Неверная дата"),
        ("PLANNING_SUBJ_SLOTS_QUERY", {"DATE_FROM": "2026-09-01", "DATE_TO": "20261001"}, "DATE_FROM"),
        ("PLANNING_SUBJ_SLOTS_QUERY", {"DATE_FROM": "20260902", "DATE_TO": "20260901"}, "позже"),
        ("MOTCONSU_QUERY", {}, "Неизвестное событие"),
    ],
)
def test_a_message_that_breaks_the_form_is_refused(
    wire: Wire, event: str, fields: dict[str, str], comment: str
) -> None:
    code, told = wire.code(event, **fields)
    assert code == "AR"
    assert comment in told


@pytest.mark.parametrize(
    ("fields", "code", "comment"),
    [
        ({"PHONE": "+79000000011"}, "AR", "PHONE"),
        ({"PHONE": "9000000011"}, "AR", "PHONE"),
        ({"PAT_NOM": ""}, "AR", "PAT_NOM"),
        ({"DATE_VISIT": "2026-09-01T09:30:00"}, "AR", "DATE_VISIT"),
        ({"PL_EXAM_ID": "701"}, "AE", "Вид приёма не найден"),
        ({"DATE_VISIT": "20200101090000"}, "AE", "Время занято"),
    ],
)
def test_a_visit_that_cannot_be_is_not_written(
    wire: Wire, fields: dict[str, str], code: str, comment: str
) -> None:
    told = wire.code("PLANNING_ADD_VISIT", **wire.visit(**fields))
    assert told[0] == code
    assert comment in told[1]
    assert wire.bookings() == []


def test_a_visit_takes_its_kind_s_length_and_a_second_one_is_refused(wire: Wire) -> None:
    fields = wire.visit()
    (row,) = wire.rows("PLANNING_ADD_VISIT", **fields)
    assert wire.code("PLANNING_ADD_VISIT", **fields) == ("AE", "Время занято")
    (visit,) = wire.bookings()
    assert (visit["id"], visit["exam"], visit["status"]) == (row["PLANNING_ID"], "703", "booked")
    slots = wire.rows("PLANNING_SUBJ_SLOTS_QUERY", PL_SUBJ_ID="502", **wire.dates())
    assert fields["DATE_VISIT"] not in {slot["DATE_VISIT"] for slot in slots}


def test_a_visit_without_a_pid_makes_a_new_card_each_time(wire: Wire) -> None:
    wire.rows("PLANNING_ADD_VISIT", **wire.visit())
    wire.rows("PLANNING_ADD_VISIT", **wire.visit())
    asked = {"PAT_NOM": "Записнова", "PAT_PRENOM": "Тест", "PHONE": "79000000011"}
    cards = wire.rows("PATIENTS_QUERY", **asked)
    assert len(cards) == 2
    wire.rows("PLANNING_ADD_VISIT", **wire.visit(PID=cards[0]["PID"]))
    assert len(wire.rows("PATIENTS_QUERY", **asked)) == 2
    assert len(wire.rows("PATIENT_PLANNING_QUERY", PID=cards[0]["PID"])) == 2


def test_no_access_and_another_branch_s_schedule_look_like_nothing_free(wire: Wire) -> None:
    told = wire.call("PLANNING_SUBJ_SLOTS_QUERY", WEB_USER="stranger", PL_SUBJ_ID="502", **wire.dates())
    assert (told.findtext("ACK_INFO/CODE"), told.find("QUERY_RESULT")) == ("AA", None)
    assert wire.rows("PLANNING_SUBJ_SLOTS_QUERY", PL_SUBJ_ID="602", **wire.dates()) == []


def test_a_cancel_names_the_visit_and_a_second_one_is_refused_in_words(wire: Wire) -> None:
    (row,) = wire.rows("PLANNING_ADD_VISIT", **wire.visit())
    (told,) = wire.rows("PLANNING_DEL_VISIT", PLANNING_ID=row["PLANNING_ID"])
    assert (told["PLANNING_ID"], told["CANCELLED"]) == (row["PLANNING_ID"], "1")
    assert wire.code("PLANNING_DEL_VISIT", PLANNING_ID=row["PLANNING_ID"]) == ("AE", "Запись уже отменена")
    assert wire.code("PLANNING_DEL_VISIT", PLANNING_ID="1") == ("AE", "Запись не найдена")


@pytest.mark.parametrize(
    "text",
    [
        "<A>",
        "<A/>",
        "<A><QUERY_INFO/><MESSAGE_INFO/></A>",
        "<A><MESSAGE_INFO><MESSAGE_ID>1</MESSAGE_ID></MESSAGE_INFO><QUERY_INFO/></A>",
    ],
)
def test_what_is_no_message_is_a_failure(wire: Wire, text: str) -> None:
    assert wire.post(text).status_code == 500


def test_a_charset_that_contradicts_the_declaration_is_a_failure(wire: Wire) -> None:
    text = wire.message("PLANNING_PARAMS_QUERY")
    body = f'<?xml version="1.0" encoding="windows-1251"?>{text}'.encode("cp1251")
    for kind in ("text/xml; charset=utf-8", "text/xml"):
        answer = wire.http.post(wire.simulator.http_url, content=body, headers={"Content-Type": kind})
        assert answer.status_code == 500
    assert wire.post(text, charset="windows-1251").status_code == 200


def test_soap_answers_in_soap_and_a_stranger_is_kept_out(wire: Wire) -> None:
    inner = wire.message("PLANNING_PARAMS_QUERY").replace("<", "&lt;")
    body = (
        f'<s:Envelope xmlns:s="{SOAP_11}"><s:Body><Exchange xmlns="urn:feldsher:medialog">'
        f"<message>{inner}</message></Exchange></s:Body></s:Envelope>"
    ).encode()
    url, headers = wire.simulator.soap_url, {"Content-Type": "text/xml; charset=utf-8"}
    told = etree.fromstring(wire.http.post(url, content=body, headers=headers).content)
    result = told.findtext(".//{urn:feldsher:medialog}ExchangeResponse/{urn:feldsher:medialog}result")
    assert result is not None
    assert result.startswith("<PLANNING_PARAMS_QUERY>")
    assert wire.http.post(url, content=body, headers=headers, auth=("demo", "no")).status_code == 401
    assert wire.http.post(url + "/x", content=body, headers=headers).status_code == 404
    broken = wire.http.post(url, content=b"<a/>", headers=headers)
    assert (broken.status_code, b"Fault" in broken.content) == (500, True)


def test_a_registrar_books_and_cancels_and_is_refused_like_a_site(wire: Wire) -> None:
    slot = wire.simulator.base.cells(*_first(wire))[0]
    fields = {"resource": slot.subject.keeper, "start": slot.start.isoformat(), "minutes": 30}
    made = wire.bench("book", **fields)
    assert made.status_code == 200
    again = wire.bench("book", **fields)
    assert (again.status_code, again.json()["code"]) == (409, "taken")
    assert wire.bench("book", force=True, **fields).status_code == 200
    assert wire.bench("cancel", id=made.json()["id"]).json()["status"] == "cancelled"
    assert wire.bench("cancel", id=made.json()["id"]).status_code == 409
    assert wire.bench("cancel", id="0").status_code == 404


def _first(wire: Wire) -> tuple[Any, Any, Any]:
    today = wire.simulator.base.now().date()
    return SUBJECTS[1], today, today + timedelta(days=13)


def test_the_same_seed_gives_the_same_visits_and_a_reset_forgets_the_rest(wire: Wire) -> None:
    before = [(row["start"], row["schedule"]) for row in wire.bookings("demo")]
    wire.rows("PLANNING_ADD_VISIT", **wire.visit())
    wire.bench("reset", seed=1)
    assert [(row["start"], row["schedule"]) for row in wire.bookings("demo")] == before
    assert wire.bookings() == []


def test_faults_are_named_counted_and_refused_where_they_mean_nothing(wire: Wire) -> None:
    assert wire.bench("faults", name="surprise").status_code == 422
    assert wire.bench("faults", name="duplicate_events").json()["code"] == "not_supported"
    assert wire.bench("faults", name="partial", operation="cancel").status_code == 422
    wire.bench("faults", name="empty_ok", operation="directory", times=1)
    assert wire.rows("PLANNING_PARAMS_QUERY") == []
    assert len(wire.rows("PLANNING_PARAMS_QUERY")) == 2
    wire.bench("faults", name="wrong_zone", hours=2, times=1)
    asked = {"PL_SUBJ_ID": "502", **wire.dates()}
    shifted, right = (wire.rows("PLANNING_SUBJ_SLOTS_QUERY", **asked) for _ in range(2))
    assert int(shifted[0]["DATE_VISIT"]) - int(right[0]["DATE_VISIT"]) == 20_000
    wire.rows("PLANNING_ADD_VISIT", **wire.visit())
    wire.bench("faults", name="stale_grid", times=1)
    stale, fresh = (wire.rows("PLANNING_SUBJ_SLOTS_QUERY", **asked) for _ in range(2))
    assert len(stale) == len(fresh) + 1


def test_it_runs_as_a_program_and_says_where(wire: Wire) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "testbench.medialog", "--encoding", "windows-1251"],
        stdout=subprocess.PIPE, text=True, cwd=SRC, env={**os.environ, "PYTHONPATH": str(SRC)},
    )  # fmt: skip
    with running:
        assert running.stdout is not None
        addresses = json.loads(running.stdout.readline())
        answer = wire.http.post(
            addresses["http"],
            content=f'<?xml version="1.0" encoding="utf-8"?>{wire.message("PLANNING_PARAMS_QUERY")}',
            headers={"Content-Type": "text/xml; charset=utf-8"},
        )
        running.send_signal(signal.SIGTERM)
        assert running.wait(timeout=10) == 0
    assert answer.content.startswith(b'<?xml version="1.0" encoding="windows-1251"?>')
    assert "Врачи" in answer.content.decode("cp1251")
