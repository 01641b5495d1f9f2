"""Whatever is sent is answered with a problem of a stable code; none of these calls may reach a service."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.urls import resolve

from channels.api.factory import CALL, CONFIRMATION, HOLD, PATIENT, PROBLEM, ROOT, Call, held
from feldsher.channels.api.problems import DOCS

HOLDS = "/holds"
CONFIRM = f"/holds/{HOLD}/confirmation"
CODE = f"/holds/{HOLD}/phone-code"
VISIT = f"/appointments/{HOLD}"
GOOD_HOLD = {"slot": "token", "channel": "api"}
BIG = 64 * 1024 + 1


def _post(path: str, body: Any, **headers: str) -> Call:
    return Call("POST", path, body, {name.replace("_", "-"): value for name, value in headers.items()})


def _confirm(**patient: Any) -> Call:
    return _post(CONFIRM, {**CONFIRMATION, "patient": {**PATIENT, **patient}})


MALFORMED = {
    "no body": b"",
    "half": b'{"slot": "a"',
    "text": "здравствуйте".encode(),
    "koi8-r": '{"slot": "слот", "channel": "api"}'.encode("koi8-r"),
    "rubbish": bytes(range(256)),
    "NaN": b'{"slot": NaN, "channel": "api"}',
    "infinity": b'{"slot": -Infinity, "channel": "api"}',
    "5000 digits": b'{"slot": ' + b"9" * 5000 + b', "channel": "api"}',
    "deep arrays": b"[" * 30_000,
    "deep objects": b'{"slot":' * 5000 + b"1" + b"}" * 5000,
    "lone surrogate": rb'{"slot": "\ud800", "channel": "api"}',
    "raw NUL": b'{"slot": "\x00", "channel": "api"}',
    "two values": b"{} {}",
    "byte order mark": b"\xef\xbb\xbf{}",
}

UNPROCESSABLE = {
    "array": (_post(HOLDS, []), {"body"}),
    "null": (_post(HOLDS, b"null"), {"body"}),
    "string": (_post(HOLDS, "slot"), {"body"}),
    "empty object": (_post(HOLDS, {}), {"slot", "channel"}),
    "numbers": (_post(HOLDS, {"slot": 10**300, "channel": 1}), {"slot", "channel"}),
    "long slot": (_post(HOLDS, {"slot": "x" * 513, "channel": "api"}), {"slot"}),
    "unknown channel": (_post(HOLDS, {"slot": "x", "channel": "fax"}), {"channel"}),
    "NUL in a name": (_confirm(family="Небы\0валова"), {"patient.family"}),
    "empty name": (_confirm(given=""), {"patient.given"}),
    "long name": (_confirm(middle="я" * 101), {"patient.middle"}),
    "number for a phone": (_confirm(phone=79210000000), {"patient.phone"}),
    "birth in year 1": (_confirm(birth_date="0001-01-01"), {"patient.birth_date"}),
    "birth in 9999": (_confirm(birth_date="9999-12-31"), {"patient.birth_date"}),
    "birth on 30 February": (_confirm(birth_date="2000-02-30"), {"patient.birth_date"}),
    "birth as a number": (_confirm(birth_date=0), {"patient.birth_date"}),
    "patient is a list": (_post(CONFIRM, {**CONFIRMATION, "patient": []}), {"patient"}),
    "no patient": (_post(CONFIRM, {"consents": ["booking"]}), {"patient"}),
    "consents are text": (_post(CONFIRM, {**CONFIRMATION, "consents": "booking"}), {"consents"}),
    "many consents": (_post(CONFIRM, {**CONFIRMATION, "consents": ["booking"] * 11}), {"consents"}),
    "odd consent": (_post(CONFIRM, {**CONFIRMATION, "consents": ["';--"]}), {"consents.0"}),
    "long wish": (_post(CONFIRM, {**CONFIRMATION, "wish": "я" * 501}), {"wish"}),
    "long code": (_post(CONFIRM, {**CONFIRMATION, "phone_proof": "1" * 201}), {"phone_proof"}),
    "code to no phone": (_post(CODE, {}), {"phone"}),
    "code to a long phone": (_post(CODE, {"phone": "8" * 41}), {"phone"}),
    "call to nowhere": (_post("/call-requests", {**CALL, "location": "x"}), {"location"}),
    "long device": (_post(HOLDS, GOOD_HOLD, X_Device="x" * 65), {"X-Device"}),
    "device in Cyrillic": (_post(HOLDS, GOOD_HOLD, X_Device="телефон"), {"X-Device"}),
    "not a UUID": (Call("GET", "/slots?practitioner=1"), {"practitioner"}),
    "NUL in a UUID": (Call("GET", "/slots?practitioner=%00"), {"practitioner"}),
    "NUL in a slug": (Call("GET", "/slots?specialty=%00"), {"specialty"}),
    "empty slug": (Call("GET", "/slots?specialty="), {"specialty"}),
    "long slug": (Call("GET", "/practitioners?specialty=" + "x" * 101), {"specialty"}),
    "year 1": (Call("GET", "/slots?specialty=a&from=0001-01-01"), {"from"}),
    "year 9999": (Call("GET", "/slots?specialty=a&from=9999-12-31"), {"from"}),
    "year 2000": (Call("GET", "/slots?specialty=a&from=2000-01-01"), {"from"}),
    "month 13": (Call("GET", "/slots?specialty=a&from=2026-13-01"), {"from"}),
    "seconds": (Call("GET", "/slots?specialty=a&from=1790000000"), {"from"}),
    "Arabic digits": (Call("GET", "/slots?specialty=a&from=٢٠٢٦-١١-٢٤"), {"from"}),
    "no days": (Call("GET", "/slots?specialty=a&days=0"), {"days"}),
    "negative days": (Call("GET", "/slots?specialty=a&days=-1"), {"days"}),
    "32 days": (Call("GET", "/slots?specialty=a&days=32"), {"days"}),
    "5000 digits": (Call("GET", "/slots?specialty=a&days=" + "9" * 5000), {"days"}),
    "days are NaN": (Call("GET", "/slots?specialty=a&days=NaN"), {"days"}),
    "page of a thousand": (Call("GET", "/practitioners?limit=1000"), {"limit"}),
    "long cursor": (Call("GET", "/practitioners?after=" + "a" * 65), {"after"}),
    "NUL in a search": (Call("GET", "/services?q=%00"), {"q"}),
}

REFUSED = {
    "no key": (_post(HOLDS, GOOD_HOLD, Idempotency_Key=""), 400, "idempotency_key_required"),
    "no key at confirm": (_post(CONFIRM, CONFIRMATION, Idempotency_Key=""), 400, "idempotency_key_required"),
    "no key at code": (_post(CODE, {"phone": "8"}, Idempotency_Key=""), 400, "idempotency_key_required"),
    "no key at call": (_post("/call-requests", CALL, Idempotency_Key=""), 400, "idempotency_key_required"),
    "blank key": (_post(HOLDS, GOOD_HOLD, Idempotency_Key=" "), 400, "idempotency_key_invalid"),
    "long key": (_post(HOLDS, GOOD_HOLD, Idempotency_Key="k" * 256), 400, "idempotency_key_invalid"),
    "Cyrillic key": (_post(HOLDS, GOOD_HOLD, Idempotency_Key="ключ"), 400, "idempotency_key_invalid"),
    "key with a tab": (_post(HOLDS, GOOD_HOLD, Idempotency_Key="a\tb"), 400, "idempotency_key_invalid"),
    "64 KB and a byte": (_post(HOLDS, b"x" * BIG), 413, "body_too_large"),
    "1 MB of rubbish": (_post(HOLDS, bytes(range(256)) * 4096), 413, "body_too_large"),
    "form": (
        Call("POST", HOLDS, b"slot=a", {}, "application/x-www-form-urlencoded"),
        415,
        "unsupported_media_type",
    ),
    "text": (Call("POST", HOLDS, b"{}", {}, "text/plain"), 415, "unsupported_media_type"),
    "XML": (Call("POST", HOLDS, b"<a/>", {}, "application/xml"), 415, "unsupported_media_type"),
    "no type": (Call("POST", HOLDS, b"{}", {}, ""), 415, "unsupported_media_type"),
    "multipart": (
        Call("POST", HOLDS, b"--x--", {}, "multipart/form-data; boundary=x"),
        415,
        "unsupported_media_type",
    ),
    "GET of holds": (Call("GET", HOLDS), 405, "method_not_allowed"),
    "PUT of slots": (Call("PUT", "/slots", {}), 405, "method_not_allowed"),
    "PATCH of a visit": (Call("PATCH", VISIT, {}), 405, "method_not_allowed"),
    "invented method": (Call("BREW", HOLDS), 405, "method_not_allowed"),
    "POST of the page": (Call("POST", "/docs", {}), 405, "method_not_allowed"),
    "POST of the document": (Call("POST", "/openapi.json", {}), 405, "method_not_allowed"),
    "root": (Call("GET", "/"), 404, "not_found"),
    "nowhere": (Call("GET", "/nowhere"), 404, "not_found"),
    "slash at the end": (Call("GET", "/slots/"), 404, "not_found"),
    "up the tree": (Call("GET", "/../../etc/passwd"), 404, "not_found"),
    "hold 1": (Call("DELETE", "/holds/1"), 404, "not_found"),
    "hold NUL": (Call("DELETE", "/holds/%00"), 404, "not_found"),
    "hold of bad bytes": (Call("DELETE", "/holds/%ff%fe"), 404, "not_found"),
    "hold as SQL": (Call("DELETE", "/holds/1'%20OR%20'1'='1"), 404, "not_found"),
    "confirmation of nothing": (_post("/holds/x/confirmation", CONFIRMATION), 404, "not_found"),
    "visit x": (Call("GET", "/appointments/x"), 404, "not_found"),
    "1100 parameters": (
        Call("GET", "/slots?" + "&".join(f"a{n}=1" for n in range(1100))),
        400,
        "bad_request",
    ),
    "neither doctor nor text": (Call("GET", "/services"), 422, "bad_filter"),
    "visit without a token": (Call("GET", VISIT), 401, "token_required"),
    "cancel without a token": (Call("DELETE", VISIT), 401, "token_required"),
    "basic instead of a token": (
        Call("GET", VISIT, None, {"Authorization": "Basic eDp5"}),
        401,
        "token_required",
    ),
    "empty token": (Call("GET", VISIT, None, {"Authorization": "Bearer "}), 404, "appointment_not_found"),
    "long token": (
        Call("GET", VISIT, None, {"Authorization": "Bearer " + "x" * 5000}),
        404,
        "appointment_not_found",
    ),
    "Cyrillic token": (
        Call("GET", VISIT, None, {"Authorization": "Bearer ключ"}),
        404,
        "appointment_not_found",
    ),
    "call without a consent": (_post("/call-requests", {**CALL, "consents": []}), 422, "consent_required"),
}


def _problem(call: Call, status: int, code: str) -> dict[str, Any]:
    response = call.send()
    body: dict[str, Any] = json.loads(response.content)
    assert (response.status_code, body["code"]) == (status, code)
    assert response.headers["Content-Type"] == PROBLEM
    assert response.headers["Cache-Control"] == "no-store"
    assert body["status"] == status
    assert body["type"] == f"{DOCS}#{code}"
    assert body["title"].endswith(".")
    return body


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED)
def test_what_is_not_json_is_malformed(body: bytes) -> None:
    _problem(_post(HOLDS, body), 400, "malformed_json")


@pytest.mark.parametrize(("call", "fields"), UNPROCESSABLE.values(), ids=UNPROCESSABLE)
def test_wrong_values_are_named_by_field(call: Call, fields: set[str]) -> None:
    assert set(_problem(call, 422, "invalid_input")["errors"]) == fields


@pytest.mark.parametrize(("call", "status", "code"), REFUSED.values(), ids=REFUSED)
def test_a_bad_call_has_its_own_code(call: Call, status: int, code: str) -> None:
    _problem(call, status, code)


def test_what_was_sent_is_never_echoed() -> None:
    response = _confirm(family="Эхо\0", phone=["+79210000000"], birth_date="эхо").send()
    text = response.content.decode()
    assert response.status_code == 422
    assert "Эхо" not in text
    assert "эхо" not in text
    assert "9210000000" not in text


def test_a_refused_method_names_the_allowed_ones() -> None:
    assert Call("PATCH", VISIT).send().headers["Allow"] == "DELETE, GET"
    assert Call("GET", HOLDS).send().headers["Allow"] == "POST"


def test_a_missing_token_says_which_scheme() -> None:
    assert Call("GET", VISIT).send().headers["WWW-Authenticate"] == "Bearer"


def test_a_chunked_body_is_counted_while_it_is_read(rf: Any) -> None:
    class Stream:
        """A body without an end."""

        taken = 0

        def read(self, size: int) -> bytes:
            self.taken += size
            return b"x" * size

    stream = Stream()
    request = rf.post(ROOT + HOLDS, content_type="application/json")
    request.META.update({"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": stream})
    response = resolve(ROOT + HOLDS).func(request)
    assert response.status_code == 413
    assert stream.taken == BIG + 4 * 1024 * 1024


def test_a_chunked_body_of_good_size_is_read(rf: Any, answers: Any) -> None:
    answers("services", "hold", held())
    request = rf.post(ROOT + HOLDS, content_type="application/json", headers={"Idempotency-Key": "k"})
    stream = BytesIO(json.dumps(GOOD_HOLD).encode())
    request.META.update({"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input": stream})
    assert resolve(ROOT + HOLDS).func(request).status_code == 201
