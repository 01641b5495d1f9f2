"""Valid HTML: what the W3C's checker (vnu) says of each page, 0 errors and 0 warnings."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.template.loader import render_to_string
from django.test import Client
from pytest_django import Settings

from channels.site.browser import ROOT
from channels.site.factory import FORM_KEY, HOLD, MONDAY, MOSCOW_BRANCH, appointment, branch, doctor, held
from feldsher.channels.site.pages import frame_of
from feldsher.domain.patients.types import ConsentTextCard, Relation, RememberedCard
from feldsher.domain.scheduling.errors import ConsentRequiredError, SlotTakenError
from feldsher.domain.scheduling.types import BookedHere, CallRequest, OpenTimes, State

VNU = ROOT / "frontend" / "checks" / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"
CARD = doctor(1, "Небывалова")
CARDS = (
    RememberedCard(UUID(int=21), UUID(int=31), None, None, "Анна Н.", "Небывалова А.", "+7 921 •••-••-17"),
    RememberedCard(
        UUID(int=22), UUID(int=32), HOLD, Relation.PARENT, "Миша Н.", "Небывалов М.", "+7 921 •••-••-17"
    ),
)
Put = Callable[..., Any]

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("clinic")]


@pytest.fixture
def java() -> str:
    found = shutil.which("java")
    if found and VNU.is_file():
        return found
    missing = "no java or no vnu: apt-get install default-jre-headless, npm ci --prefix frontend/checks"
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(missing)
    pytest.skip(missing)


def _pages(client: Client, answers: Put) -> dict[str, bytes]:
    """Return every page and state that the site can answer with, by name."""
    client.cookies["visit"] = "secret"
    answers("texts", "current_consent_text", ConsentTextCard("booking", "1", "Текст.\n\nКонец.", ""))
    answers("selectors", "held", held())
    pages = {
        name: client.get(address).content
        for name, address in {
            "home": "/",
            "doctors": "/doctors/?specialty=terapevt",
            "doctors by price": "/doctors/?sort=price",
            "doctors by distance": f"/doctors/?sort=distance&from_location={MOSCOW_BRANCH}",
            "doctors from nowhere": "/doctors/?sort=distance&place=refused",
            "doctor": f"/doctors/{CARD.id}/",
            "found": "/services/?q=не",
            "services": "/services/",
            "call": f"/call/?doctor={CARD.id}",
            "look": "/look/",
            "policy": "/policy/",
            "missing": "/no",
            "form": f"/booking/{HOLD}/",
            "gallery": "/components/",
        }.items()
    }
    pages["offline"] = render_to_string(
        "site/offline.html", {"frame": frame_of((branch(),)), "phones": (branch(),)}
    ).encode()
    pages["call with faults"] = client.post("/call/", {"phone": "1"}).content
    pages["form with faults"] = client.post(
        f"/booking/{HOLD}/", {"key": FORM_KEY, "birth_date": "x", "wish": "у окна"}
    ).content
    answers("services", "request_call", CallRequest(HOLD, MONDAY + timedelta(minutes=40)))
    typed = {"name": "Вера", "phone": "89210000000", "consent": "on", "key": "0" * 32}
    called = client.post("/call/", typed)
    pages["called"] = client.get(called.headers["Location"]).content
    for state in State:
        answers("selectors", "appointment", appointment(state, can_cancel=True))
        pages[f"visit {state}"] = client.get(f"/visit/{HOLD}/").content
    answers("selectors", "appointment", appointment(State.BOOKED, can_cancel=True))
    pages["cancel"] = client.get(f"/visit/{HOLD}/cancel/").content
    answers("services", "hold", SlotTakenError(()))
    pages["taken"] = client.post(
        "/holds/", {"slot": "token-1", "key": FORM_KEY, "family": "Понарошкина"}
    ).content
    answers("selectors", "open_times", OpenTimes(None, is_fresh=False, days=(), etag="none"))
    pages["stale"] = client.get(f"/doctors/{CARD.id}/").content
    answers("selectors", "next_times", {})
    answers("selectors", "next_times_by_branch", {})
    pages["no times"] = client.get("/doctors/").content
    answers("directory", "practitioners", ((), None))
    pages["nobody"] = client.get("/doctors/").content
    return pages


def _remembered(client: Client, answers: Put) -> dict[str, bytes]:
    """Return the states of a device that remembers people, and of the form for a child."""
    pages = {}
    client.cookies["remembered"] = "t" * 43
    answers("patients", "remembered", CARDS)
    for name, given in (("known", MONDAY), ("known without a consent", None)):
        answers("selectors", "standing_consent", given)
        pages[name] = client.get(f"/booking/{HOLD}/").content
    answers("services", "confirm", ConsentRequiredError())
    sent = {"key": FORM_KEY, "known": str(CARDS[1].id)}
    pages["known with a fault"] = client.post(f"/booking/{HOLD}/", sent).content
    pages["child with faults"] = client.post(f"/booking/{HOLD}/", {"key": FORM_KEY, "who": "child"}).content
    answers("selectors", "appointment", appointment(State.BOOKED, can_cancel=True))
    client.cookies["device"] = "d" * 32
    for card in CARDS:
        answers("selectors", "booked_here", BookedHere(card.patient_id, None))
        pages[f"visit with {card.label}"] = client.get(f"/visit/{HOLD}/").content
    answers("selectors", "booked_here", BookedHere(HOLD, None))
    pages["visit to remember"] = client.get(f"/visit/{HOLD}/").content
    return pages


def test_every_page_is_valid(
    client: Client, answers: Put, java: str, tmp_path: Path, settings: Settings
) -> None:
    settings.DEMO = True
    pages = _pages(client, answers) | _remembered(client, answers)
    for name, body in pages.items():
        assert body.startswith(b"<!doctype html>"), name
        (tmp_path / f"{name}.html").write_bytes(body)
    command = [java, "-Xss4m", "-jar", str(VNU), "--format", "json", *map(str, tmp_path.glob("*.html"))]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    said = json.loads(answer.stderr)["messages"]
    assert [f"{Path(line['url']).name}: {line['message']}" for line in said if line["type"] != "info"] == []
    assert len(pages) >= 30
