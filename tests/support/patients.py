"""Invented people at the API's door: each has a phone and a device of their own, and sends real HTTP."""

import itertools
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import httpx

from support.product import Demo, wait_for

ROOT = "/api/v1"
DAYS = 14
_numbers = itertools.count(1000)
_TLS = httpx.create_ssl_context()
"""Read once: whoever takes the time of a call does not take that of reading certificates."""


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Any

    @property
    def code(self) -> str:
        """The problem's stable code, empty for a success."""
        return str(self.body.get("code", "")) if isinstance(self.body, dict) else ""


@dataclass
class Patient:
    """One person with one device; `phone` is nobody's."""

    site: str
    phone: str = field(default_factory=lambda: f"+7 921 000-{next(_numbers):04}")
    device: str = field(default_factory=lambda: uuid.uuid4().hex)

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Send one call on a connection of its own; a header's underscores stand for hyphens."""
        given = {"X-Device": self.device} | {name.replace("_", "-"): text for name, text in headers.items()}
        if method == "POST":
            given = {"Idempotency-Key": uuid.uuid4().hex} | given
        with httpx.Client(timeout=30, trust_env=False, verify=_TLS) as client:
            answer = client.request(method, self.site + ROOT + path, json=body, headers=given)
        is_json = "json" in answer.headers.get("Content-Type", "")
        return Reply(answer.status_code, answer.json() if is_json else answer.text)

    def hold(self, slot: dict[str, Any], **headers: str) -> Reply:
        return self.send("POST", "/holds", {"slot": slot["slot"], "channel": "api"}, **headers)

    def confirm(self, hold: str, **headers: str) -> Reply:
        patient = {"family": "Понарошкина", "given": "Вера", "middle": "Тестовна", "phone": self.phone}
        body = {"patient": patient, "consents": ["booking"]}
        return self.send("POST", f"/holds/{hold}/confirmation", body, **headers)

    def take(self, slot: dict[str, Any]) -> "Visit":
        """Hold a free time and confirm it, whatever the MIS says to that."""
        held = self.hold(slot)
        assert held.status == 201, held
        return Visit(self, slot, held.body["id"], self.confirm(held.body["id"]))


@dataclass
class Visit:
    """A confirmed hold: `reply` is the API's first answer to the confirmation."""

    patient: Patient
    slot: dict[str, Any]
    id: str
    reply: Reply

    @property
    def token(self) -> str:
        return str(self.reply.body["token"])

    def see(self) -> dict[str, Any]:
        answer = self.patient.send("GET", f"/appointments/{self.id}", Authorization=f"Bearer {self.token}")
        assert answer.status == 200, answer
        return dict(answer.body)

    def cancel(self) -> Reply:
        return self.patient.send("DELETE", f"/appointments/{self.id}", Authorization=f"Bearer {self.token}")

    def wait_until(self, state: str, *, seconds: float = 40) -> dict[str, Any]:
        """Return the card once it has reached the state."""

        def seen() -> dict[str, Any] | None:
            card = self.see()
            return card if card["state"] == state else None

        return wait_for(seen, what=f"{state} of {self.id}", seconds=seconds) or {}


class Times:
    """Free times that nobody else of this run uses: late in the horizon, another doctor each time."""

    def __init__(self, demo: Demo) -> None:
        self._demo = demo
        self._used: set[tuple[str, str]] = set()
        self._reader = Patient(demo.site)
        self._names = {doctor["id"]: doctor["name"] for doctor in self.doctors()}
        self._turn = itertools.cycle(self._names)

    def services(self, doctor: str) -> list[dict[str, Any]]:
        return list(self._reader.send("GET", f"/services?practitioner={doctor}").body["items"])

    def doctors(self) -> list[dict[str, Any]]:
        """Return every doctor who has times."""
        found = self._reader.send("GET", "/practitioners?limit=50").body
        assert found["next"] is None
        return [doctor for doctor in found["items"] if doctor["next_slots"]]

    def of(self, doctor: str, *, service: str = "") -> list[dict[str, Any]]:
        """Return all free times of a doctor, in order; LookupError while the site can't be reached."""
        asked = f"/slots?practitioner={doctor}&days={DAYS}" + (f"&service={service}" if service else "")
        answer = self._reader.send("GET", asked)
        if answer.status == 503:
            raise LookupError(answer.code)
        assert answer.status == 200, answer
        return [slot for day in answer.body["days"] for slot in day["slots"]]

    def offers(self, slot: dict[str, Any]) -> bool:
        """Tell whether the site offers this start of this doctor now."""
        found = self.of(slot["practitioner"], service=slot["service"])
        return any(free["start"] == slot["start"] and free["location"] == slot["location"] for free in found)

    def next(self) -> dict[str, Any]:
        """Return a free time, the last one of a doctor, that was not returned before."""
        for doctor in self._turn:
            for slot in reversed(self.of(doctor)):
                if (key := (doctor, slot["start"])) not in self._used:
                    self._used.add(key)
                    return slot
        raise AssertionError("unreachable: the turn is endless")

    def resource(self, slot: dict[str, Any]) -> str:
        """Return the id that the doctor of this time has in the MIS."""
        name = self._names[slot["practitioner"]]
        (doctor,) = (item["id"] for item in self._demo.state()["resources"] if item["name"] == name)
        return str(doctor)

    def in_mis(self, slot: dict[str, Any], *, status: str = "booked") -> list[dict[str, Any]]:
        """Return the MIS's documents with that status that overlap this time of this doctor."""
        doctor = self.resource(slot)
        return [
            item
            for item in self._demo.state()["bookings"]
            if item["resource"] == doctor
            and item["status"] == status
            and _instant(item["start"]) < _instant(slot["end"])
            and _instant(slot["start"]) < _instant(item["end"])
        ]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
