"""Valid HTML: what the W3C's checker (vnu) says of each page of the cabinet, 0 errors and 0 warnings."""

import json
import subprocess
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from django.test import Client

from channels.cabinet.factory import CODE, ENTER, HOME, NOBODY, PETER, entered
from channels.desk.factory import signed_in
from channels.site.test_markup import VNU, java
from domain.scheduling.exchange.world import VISIT_AT, confirm, hold
from feldsher.foundation.access.roles import Role
from support.sms import Phones

__all__ = ["java"]
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_every_page_is_valid(visit: UUID, sms: Phones, java: str, tmp_path: Path) -> None:
    confirm(hold(VISIT_AT + timedelta(days=-3)))
    signed_in(Role.REGISTRAR).get(f"/desk/day/?date={VISIT_AT.date().isoformat()}")
    guest, stranger = Client(), entered(sms, NOBODY)
    pages = {
        "phone": guest.get(HOME),
        "no-phone": guest.post(CODE, {"phone": "8"}),
        "code": guest.post(CODE, {"phone": PETER}),
        "wrong": guest.post(ENTER, {"phone": PETER, "phone_proof": "000000"}),
    }
    guest.post(ENTER, {"phone": PETER, "phone_proof": sms.code()})
    paths = (
        HOME,
        "/lk/opened/",
        "/lk/devices/",
        "/lk/messages/",
        "/lk/papers/",
        "/lk/consents/",
        "/lk/family/",
        f"/lk/visits/{visit}/not-mine/",
        f"/lk/visits/{visit}/cancel/",
        f"/lk/visits/{uuid4()}/cancel/",
    )
    pages |= {f"own{number}": guest.get(path) for number, path in enumerate(paths)}
    pages |= {f"none{number}": stranger.get(path) for number, path in enumerate(paths)}
    for name, answer in pages.items():
        (tmp_path / f"{name}.html").write_bytes(answer.content)
    command = [java, "-Xss4m", "-jar", str(VNU), "--format", "json", *map(str, tmp_path.glob("*.html"))]
    said = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    found = json.loads(said.stderr)["messages"]
    assert [f"{Path(each['url']).name}: {each['message']}" for each in found if each["type"] != "info"] == []
    assert len(pages) == 24
