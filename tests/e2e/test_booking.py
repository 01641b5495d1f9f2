"""A booking through real HTTP: exactly one of many gets a time, and here and in the MIS it is the same."""

import json
import socket
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from support.patients import DAYS, Patient, Reply, Times
from support.product import Demo, wait_for

pytestmark = pytest.mark.slow

CLIENTS = 60
UNKNOWN = uuid.UUID(int=7)
MEGABYTE = 1_000_000


def at_once(calls: list[Any]) -> list[Reply]:
    """Make all calls at the same moment, each from a thread and a connection of its own."""
    gate = threading.Barrier(len(calls))

    def run(call: Any) -> Reply:
        gate.wait()
        reply: Reply = call()
        return reply

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def held_by_one(replies: list[Reply]) -> Reply:
    """Assert that one got the time and every other was told that it is taken; returns the one's reply."""
    won = [reply for reply in replies if reply.status == 201]
    lost = [reply for reply in replies if reply.status != 201]
    assert (len(won), {(reply.status, reply.code) for reply in lost}) == (1, {(409, "slot_taken")})
    return won[0]


def test_of_sixty_clients_on_one_slot_exactly_one_holds_it(product: Demo, times: Times) -> None:
    slot = times.next()
    patients = [Patient(product.site) for _ in range(CLIENTS)]
    replies = at_once([lambda patient=patient: patient.hold(slot) for patient in patients])
    held = held_by_one(replies)
    assert len(replies) == CLIENTS
    for reply in replies:
        if reply is not held:
            starts = [other["start"] for other in reply.body["alternatives"]]
            assert 0 < len(starts) <= 6
            assert slot["start"] not in starts
    assert product.ask("SELECT count(*) FROM scheduling_appointment WHERE id = %s", held.body["id"]) == 1
    assert times.offers(slot) is False
    assert Patient(product.site).send("DELETE", f"/holds/{held.body['id']}").status == 204
    assert times.offers(slot) is True


def overlapping(times: Times) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return two free times of one doctor for two services that overlap and don't begin together."""
    for doctor in times.doctors():
        services = times.services(doctor["id"])
        lengths = {service["minutes"]: service["id"] for service in services if service["minutes"]}
        if len(lengths) < 2:
            continue
        short, long = (times.of(doctor["id"], service=lengths[size]) for size in (min(lengths), max(lengths)))
        for one in reversed(long):
            for other in short:
                if one["location"] == other["location"] and one["start"] < other["start"] < one["end"]:
                    return one, other
    raise AssertionError("no doctor offers overlapping visits of two lengths")


def test_of_overlapping_durations_exactly_one_is_held(product: Demo, times: Times) -> None:
    long, short = overlapping(times)
    calls = [
        lambda slot=slot: Patient(product.site).hold(slot)
        for slot in (long, short)
        for _ in range(CLIENTS // 2)
    ]
    held_by_one(at_once(calls))


def test_one_key_in_parallel_makes_one_hold(product: Demo, times: Times) -> None:
    slot, patient, key = times.next(), Patient(product.site), uuid.uuid4().hex
    replies = at_once([lambda: patient.hold(slot, Idempotency_Key=key)] * 20)
    bodies = {json.dumps(reply.body) for reply in replies if reply.status == 201}
    assert len(bodies) == 1
    others = {(reply.status, reply.code) for reply in replies if reply.status != 201}
    assert others <= {(409, "in_progress")}
    assert patient.hold(slot, Idempotency_Key=key).body == json.loads(bodies.pop())
    other = times.next()
    assert patient.hold(other, Idempotency_Key=key).code == "idempotency_key_reused"


def test_one_key_in_parallel_makes_one_visit(product: Demo, times: Times) -> None:
    slot, patient, key = times.next(), Patient(product.site), uuid.uuid4().hex
    hold = patient.hold(slot).body["id"]
    replies = at_once([lambda: patient.confirm(hold, Idempotency_Key=key)] * 10)
    assert {reply.status for reply in replies if reply.code != "in_progress"} <= {201, 202}
    assert len({reply.body["token"] for reply in replies if reply.status in {201, 202}}) == 1
    wait_for(lambda: times.in_mis(slot), what="the visit in the MIS")
    assert len(times.in_mis(slot)) == 1


def test_a_visit_is_booked_in_the_mis_cancelled_there_and_its_time_offered_again(
    product: Demo, times: Times
) -> None:
    slot = times.next()
    assert times.offers(slot) is True
    visit = Patient(product.site).take(slot)
    assert (visit.reply.status, visit.reply.body["state"]) == (201, "booked")
    (booked,) = times.in_mis(slot)
    assert datetime.fromisoformat(booked["start"]) == datetime.fromisoformat(slot["start"])
    assert datetime.fromisoformat(booked["end"]) == datetime.fromisoformat(slot["end"])
    assert "".join(filter(str.isdigit, booked["patient"]["phone"])) == "".join(
        filter(str.isdigit, visit.patient.phone)
    )
    assert times.offers(slot) is False
    assert visit.cancel().body["state"] in {"cancelled", "cancelling"}
    visit.wait_until("cancelled")
    assert times.in_mis(slot) == []
    assert [item["id"] for item in times.in_mis(slot, status="cancelled")] == [booked["id"]]
    wait_for(lambda: times.offers(slot), what="the cancelled time offered again")
    assert visit.cancel().body["state"] == "cancelled"


def test_a_visit_opens_with_its_own_token_only(product: Demo, times: Times) -> None:
    mine, other = (Patient(product.site).take(times.next()) for _ in range(2))
    for method in ("GET", "DELETE"):
        for token in (other.token, "x" * 43, mine.token[:-1], mine.id):
            reply = mine.patient.send(method, f"/appointments/{mine.id}", Authorization=f"Bearer {token}")
            assert (reply.status, reply.code) == (404, "appointment_not_found")
        assert mine.patient.send(method, f"/appointments/{mine.id}").status == 401
    assert mine.see()["state"] == "booked"


def test_a_registrar_who_books_by_phone_takes_the_time_off_the_site(product: Demo, times: Times) -> None:
    slot = times.next()
    product.book_by_phone(times.resource(slot), start=slot["start"], end=slot["end"])
    visit = Patient(product.site).take(slot)
    assert (visit.reply.status, visit.reply.code) == (409, "taken_in_mis")
    assert visit.reply.body["alternatives"]
    assert [item["source"] for item in times.in_mis(slot)] == ["clerk"]
    wait_for(lambda: not times.offers(slot), what="the taken time off the site")


def bad_holds(token: str) -> list[Any]:
    forged = [
        token[:40] + ("A" if token[40] != "A" else "B") + token[41:],
        token[:-1],
        token + "A",
        "x" * 512,
    ]
    odd = [None, 7, True, [token], {"a": token}, "", "\x00", "я", *forged]
    bodies = [{"slot": value, "channel": "api"} for value in odd]
    return [*bodies, {"slot": token, "channel": "fax"}, {"slot": token}, {}, [], None, "text", 7]


def bad_people() -> list[Any]:
    person = {"family": "Понарошкина", "given": "Вера", "phone": "+7 921 000-00-99"}
    wrong = {"family": ("\x00", "", 7), "given": ("я" * 10_000, None), "phone": ("нет", 7, "+7" * 30)}
    wrong |= {"birth_date": ("2999-01-01", 0, "1899-01-01", "вчера")}
    bodies = [person | {name: value} for name, values in wrong.items() for value in values]
    return [*bodies, None, [], {}]


BAD_QUERIES = (
    "", "practitioner=7", "practitioner=%00", "practitioner=' OR 1=1--", "service=%FF%FE", "specialty=%00",
    f"practitioner={UNKNOWN}&days=0", f"practitioner={UNKNOWN}&days=99999999999999999999",
    f"practitioner={UNKNOWN}&days=-1", f"practitioner={UNKNOWN}&from=0000-00-00",
    f"practitioner={UNKNOWN}&from=9999-12-31", f"practitioner={UNKNOWN}&from=2026-02-30",
)  # fmt: skip


def bad_calls(token: str) -> dict[str, tuple[str, str, Any, set[int]]]:
    """Return hostile calls by name: method, path, JSON body, and the statuses that are right."""
    person = {"family": "Понарошкина", "given": "Вера", "phone": "+7 921 000-00-99"}
    path = f"/holds/{UNKNOWN}/confirmation"
    return {
        **{f"hold {body}": ("POST", "/holds", body, {400, 422}) for body in bad_holds(token)},
        **{
            f"person {body}": ("POST", path, {"patient": body, "consents": ["booking"]}, {422})
            for body in bad_people()
        },
        **{f"slots?{query}": ("GET", f"/slots?{query}", None, {400, 422}) for query in BAD_QUERIES},
        "no consent": ("POST", path, {"patient": person, "consents": []}, {422}),
        "unknown hold": ("POST", path, {"patient": person, "consents": ["booking"]}, {404}),
        "unknown hold let go": ("DELETE", f"/holds/{UNKNOWN}", None, {404}),
        "no uuid": ("DELETE", "/holds/1%00%27--", None, {404}),
        "wrong method": ("PUT", "/holds", {}, {405}),
        "no such address": ("GET", "/%00/..%2f..%2fetc/passwd", None, {400, 404}),
        "limit": ("GET", "/practitioners?limit=1e9", None, {422}),
        "place in the list": ("GET", "/practitioners?after=%00", None, {422}),
    }


def test_hostile_calls_are_refused_as_problems_and_never_break_anything(product: Demo, times: Times) -> None:
    slot = times.next()
    wrong = {}
    for name, (method, path, body, right) in bad_calls(slot["slot"]).items():
        reply = Patient(product.site).send(method, path, body)
        is_problem = isinstance(reply.body, dict) and {"type", "title", "status", "code"} <= set(reply.body)
        if reply.status not in right or not is_problem:
            wrong[name] = reply
    assert wrong == {}
    assert times.offers(slot) is True


def test_a_time_that_has_passed_cannot_be_held(product: Demo, times: Times) -> None:
    slot = times.next()
    notice = "UPDATE scheduling_offer SET notice = %s WHERE practitioner = %s RETURNING 1"
    kept = product.ask("SELECT notice FROM scheduling_offer WHERE practitioner = %s", slot["practitioner"])
    product.ask(notice, timedelta(days=DAYS + 1), slot["practitioner"])
    try:
        assert Patient(product.site).hold(slot).code == "slot_in_past"
        assert times.of(slot["practitioner"]) == []
    finally:
        product.ask(notice, kept, slot["practitioner"])
    assert times.offers(slot) is True


def test_a_megabyte_of_rubbish_is_refused(product: Demo) -> None:
    rubbish = "я" * (MEGABYTE // 2)
    for path in ("/holds", f"/holds/{UNKNOWN}/confirmation", "/call-requests"):
        reply = Patient(product.site).send("POST", path, {"slot": rubbish})
        assert (reply.status, reply.code) == (413, "body_too_large")
    assert Patient(product.site).send("GET", "/specialties").status == 200


BROKEN = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 rubbish\r\n\r\n",
    "no version": b"GET /api/v1/specialties\r\n\r\n",
    "a huge header": b"GET /api/v1/specialties HTTP/1.1\r\nHost: x\r\nX-Big: "
    + b"a" * MEGABYTE
    + b"\r\n\r\n",
    "a negative length": b"POST /api/v1/holds HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n{}",
    "two lengths": b"POST /api/v1/holds HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"
    b"Content-Length: 7\r\n\r\n{}",
    "a broken chunk": b"POST /api/v1/holds HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: k\r\n"
    b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "a body cut short": b"POST /api/v1/holds HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: k\r\n"
    b'Content-Type: application/json\r\nContent-Length: 900\r\n\r\n{"slot": "',
    "raw bytes in the path": b"GET /api/v1/\xff\xfe\x01 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "raw bytes in a header": b"POST /api/v1/holds HTTP/1.1\r\nHost: localhost\r\n"
    b"Idempotency-Key: \xff\xfe\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
    "a foreign host": b"GET /api/v1/specialties HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "no host": b"GET /api/v1/specialties HTTP/1.0\r\n\r\n",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_request_gets_a_4xx_or_a_cut_connection(product: Demo, name: str) -> None:
    address = urlsplit(product.site)
    answer = b""
    with socket.create_connection((address.hostname, address.port), timeout=10) as wire:
        with suppress(OSError):  # the server may have hung up
            wire.sendall(BROKEN[name])
            wire.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while part := wire.recv(65_536):
                answer += part
    first = answer.split(b"\r\n", 1)[0].split(b" ")
    assert first == [b""] or first[1][:1] == b"4" or (name == "no host" and first[1] == b"200"), answer[:300]
    assert Patient(product.site).send("GET", "/specialties").status == 200
