"""What a demo gives its programs to know."""

import json

import pytest

from feldsher.conf.demo import run
from feldsher.kernel.phone import parse_phone

URL = "http://127.0.0.1:8025"


def test_the_owner_of_a_demo_is_told_in_the_simulator(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("FELDSHER_SMS", "FELDSHER_OWNER_PHONE"):
        monkeypatch.delenv(name, raising=False)
    variables = run.sms_variables(URL)
    assert json.loads(variables["FELDSHER_SMS"])["url"] == URL
    assert parse_phone(variables["FELDSHER_OWNER_PHONE"]) == run.DEMO_OWNER
    monkeypatch.setenv("FELDSHER_OWNER_PHONE", "+79000000098")
    assert run.sms_variables(URL)["FELDSHER_OWNER_PHONE"] == "+79000000098"


def test_no_invented_owner_is_told_by_a_real_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FELDSHER_SMS", '{"kind": "sms_ru", "api_key": "a-key"}')
    assert run.sms_variables(URL) == {}
