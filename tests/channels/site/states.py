"""Every page and state that the site can answer with, from invented answers: bodies by name."""

from collections.abc import Callable
from dataclasses import replace
from datetime import time, timedelta
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from django.test import Client

from channels.site.factory import (
    FORM_KEY,
    FOUND,
    HOLD,
    MONDAY,
    MOSCOW_BRANCH,
    SERVICE,
    appointment,
    branch,
    doctor,
    held,
    put_list,
    slot,
    ural,
)
from channels.site.price_lists import PAGE, SELLER
from domain.corporate.factory import asked
from feldsher.channels.site.pages import frame_of
from feldsher.domain.patients.types import ConsentTextCard, Relation, RememberedCard
from feldsher.domain.scheduling.errors import (
    BusyTryAgainError,
    ConsentRequiredError,
    HoldExpiredError,
    HoldNotFoundError,
    PatientBusyError,
    PhoneProofRequiredError,
    ScheduleStaleError,
    SlotTakenError,
    TooManyHoldsError,
    TooManyVisitsError,
)
from feldsher.domain.scheduling.types import (
    BookedHere,
    CallRequest,
    OfferedTime,
    OpenTimes,
    PhoneCode,
    State,
    Waiting,
    WaitingFor,
    Window,
)
from feldsher.foundation.access.errors import PhoneCodeLimitError, PhoneProofWrongError
from feldsher.foundation.audit.types import OfPatient, Opening, OwnLooks

Put = Callable[..., Any]
CARD = doctor(1, "Небывалова")
OFFERED = OfferedTime(
    id=UUID(int=41),
    hold_id=HOLD,
    key=slot(CARD, 6).key,
    zone="Asia/Yekaterinburg",
    until=MONDAY + timedelta(minutes=20),
)
REASONS = (
    "taken_in_mis",
    "needs_referral",
    "age_limit",
    "not_for_patient",
    "mis_unavailable",
    "mis_rejected",
)
REMEMBERED = (
    RememberedCard(UUID(int=21), UUID(int=31), None, None, "Анна Н.", "Небывалова А.", "+7 921 •••-••-17"),
    RememberedCard(
        UUID(int=22), UUID(int=32), HOLD, Relation.PARENT, "Миша Н.", "Небывалов М.", "+7 921 •••-••-17"
    ),
)
SEEN = OfPatient(
    openings=(
        Opening(
            day=MONDAY.date(),
            actor_kind="staff",
            actor=str(UUID(int=31)),
            role="registrar",
            purpose="see_visits",
            result="allowed",
            whats=("appointment", "person"),
            times=2,
            first=MONDAY,
            last=MONDAY,
        ),
        Opening(
            day=MONDAY.date(),
            actor_kind="service",
            actor="mis_exchange",
            role="",
            purpose="mis_exchange",
            result="allowed",
            whats=("appointment",),
            times=1,
            first=MONDAY,
            last=MONDAY,
        ),
    ),
    own=(OwnLooks("holder", "", times=3, last=MONDAY),),
)
TYPED = {"family": "Понарошкина", "given": "Вера", "phone": "89210000000", "consent": "on", "key": FORM_KEY}


ADDRESSES = {
    "home": "/",
    "doctors": "/doctors/?specialty=terapevt",
    "doctors by price": "/doctors/?sort=price",
    "doctors by distance": f"/doctors/?sort=distance&from_location={MOSCOW_BRANCH}",
    "doctors from nowhere": "/doctors/?sort=distance&place=refused",
    "doctor": f"/doctors/{CARD.id}/",
    "found": "/search/?q=не",
    "services": "/services/",
    "search of nothing": "/search/?q=ыыы",
    "search unasked": "/search/",
    "service": f"/services/{SERVICE}/",
    "service of a branch": f"/services/{SERVICE}/branch/{MOSCOW_BRANCH}/",
    "listing of a city": "/specialties/terapevt/city/moskva/",
    "listing of a branch": f"/specialties/terapevt/branch/{MOSCOW_BRANCH}/",
    "branches": "/branches/",
    "branch": f"/branches/{MOSCOW_BRANCH}/",
    "call": f"/call/?doctor={CARD.id}",
    "look": "/look/",
    "policy": "/policy/",
    "missing": "/no",
    "form": f"/booking/{HOLD}/",
    "gallery": "/components/",
}
"""Pages that an address alone opens."""


def every_state(client: Client, answers: Put) -> dict[str, bytes]:
    """Return the pages; needs the fixtures `clinic` and `answers`, and `settings.DEMO` for the gallery."""
    client.cookies["visit"] = "secret"
    answers("texts", "current_consent_text", ConsentTextCard("booking", "1", "Текст.\n\nКонец.", ""))
    answers("selectors", "held", held())
    pages = {name: client.get(address).content for name, address in ADDRESSES.items()}
    answers("search", "find", FOUND)
    pages["search"] = client.get("/search/?q=терапефт").content
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
    for state in (State.BOOKING, State.UNKNOWN):
        for name, left in (("promised", 40), ("overdue", -1)):
            waiting = appointment(state, answer_by=MONDAY + timedelta(minutes=left))
            answers("selectors", "appointment", waiting)
            pages[f"visit {state} {name}"] = client.get(f"/visit/{HOLD}/").content
    for reason in REASONS:
        answers("selectors", "appointment", appointment(State.REJECTED, reason=reason))
        pages[f"visit refused {reason}"] = client.get(f"/visit/{HOLD}/").content
    answers("selectors", "appointment", appointment(State.BOOKED, can_cancel=True))
    pages["cancel"] = client.get(f"/visit/{HOLD}/cancel/").content
    pages |= _wishes(client, answers) | _opened(client, answers)
    pages |= _codes(client, answers)
    pages |= _not_held(client, answers) | _lost(client, answers)
    answers("selectors", "open_times", OpenTimes(None, is_fresh=False, days=(), etag="none"))
    pages["stale"] = client.get(f"/doctors/{CARD.id}/").content
    answers("selectors", "open_times", OpenTimes(MONDAY, is_fresh=True, days=(), etag="none"))
    pages["no day"] = client.get(f"/doctors/{CARD.id}/").content
    answers("selectors", "next_times", {})
    put_list(answers, {CARD: {}})
    pages["no times"] = client.get("/doctors/").content
    put_list(answers, {})
    pages["nobody"] = client.get("/doctors/").content
    return pages | _remembered(client, answers) | _prices(client, answers) | _corporate(client, answers)


def _corporate(client: Client, answers: Put) -> dict[str, bytes]:
    """Return the section of companies, the calculator with its faults and a result, and a request."""
    answers("directory", "price_page", PAGE)
    counted = {"set": "periodic|3.1.7К,4.4;2,0,0,1|23;0,3,1,0"}
    pages = {
        "corporate": client.get("/corporate/").content,
        "exams": client.get("/corporate/exams/").content,
        "exams with faults": client.get("/corporate/exams/?add=1&points=99&set=x").content,
        "exams counted": client.get("/corporate/exams/", counted).content,
        "company asks": client.get("/corporate/requests/", counted).content,
        "company with faults": client.post("/corporate/requests/", {"key": FORM_KEY, "inn": "1"}).content,
    }
    kept = asked()
    opened = client.get(f"/corporate/requests/{kept.id}/{kept.token}/")
    pages["company's request"] = client.get(opened.headers["Location"]).content
    return pages


def _prices(client: Client, answers: Put) -> dict[str, bytes]:
    """Return a price list, what a search found in it, and what it did not find."""
    answers("directory", "locations", (branch(legal=SELLER), ural()))
    answers("directory", "price_page", PAGE)
    pages = {
        name: client.get(f"/prices/{query}").content for name, query in (("prices", ""), ("priced", "?q=п"))
    }
    answers("directory", "price_page", replace(PAGE, sections=()))
    pages["no prices"] = client.get("/prices/?q=ы").content
    return pages


EVENINGS = Window(MONDAY.date(), MONDAY.date() + timedelta(days=7), time(17), time.max)


def _wishes(client: Client, answers: Put) -> dict[str, bytes]:
    """Return a visit that waits, the form of who has none, with faults too, and the states of a wish."""
    form = {"doctor": str(CARD.id), "location": str(MOSCOW_BRANCH)}
    answers("directory", "specialty_places", {"terapevt": frozenset({(CARD.id, MOSCOW_BRANCH)})})
    pages = {
        "wait": client.get("/wait/", form).content,
        "wait with faults": client.post("/wait/", form).content,
        "wait for a specialty": client.get("/wait/?specialty=terapevt").content,
    }
    for name, position, offer in (("waits", 3, None), ("offered", 1, OFFERED), ("over", None, None)):
        wish = WaitingFor(
            id=HOLD,
            practitioner_id=CARD.id,
            specialty="",
            location_ids=(MOSCOW_BRANCH,),
            window=EVENINGS,
            position=position,
            offer=offer,
        )
        answers("selectors", "waiting_for", wish)
        pages[f"wish {name}"] = client.get(f"/wait/{HOLD}/").content
        answers("selectors", "waiting", Waiting(position=position, offer=offer, window=EVENINGS))
        pages[f"visit {name}"] = client.get(f"/visit/{HOLD}/").content
    pages["sooner"] = client.get(f"/visit/{HOLD}/sooner/").content
    pages["sooner with faults"] = client.post(f"/visit/{HOLD}/sooner/", {"first_day": "x"}).content
    return pages


def _opened(client: Client, answers: Put) -> dict[str, bytes]:
    """Return what stands behind «Кто открывал мои данные»: a row, and none."""
    pages = {}
    for name, rows in (("opened", SEEN), ("opened by nobody", OfPatient((), ()))):
        answers("selectors", "who_opened", rows)
        pages[name] = client.get(f"/visit/{HOLD}/opened/").content
    return pages


def _not_held(client: Client, answers: Put) -> dict[str, bytes]:
    """Return what a tap on a time is refused with, each with other times or with one more try."""
    pages = {}
    for error in (SlotTakenError(), TooManyHoldsError(), ScheduleStaleError(), BusyTryAgainError()):
        answers("services", "hold", error)
        tap = {"slot": "token-1", "key": FORM_KEY, "family": "Понарошкина"}
        pages[f"not held {error.code}"] = client.post("/holds/", tap).content
    return pages


def _lost(client: Client, answers: Put) -> dict[str, bytes]:
    """Return what a sent form is refused with: a page with other times, or the form with a notice."""
    wanted = client.get(f"/booking/{HOLD}/").content.decode().split('name="wanted" value="')[1].split('"')[0]
    pages = {}
    for error in (HoldExpiredError(), SlotTakenError(), PatientBusyError(), TooManyVisitsError()):
        answers("services", "confirm", error)
        sent = {**TYPED, "wanted": wanted}
        pages[f"lost {error.code}"] = client.post(f"/booking/{HOLD}/", sent).content
    answers("selectors", "held", HoldNotFoundError())
    pages["form of no hold"] = client.get(f"/booking/{HOLD}/").content
    answers("selectors", "held", held())
    return pages


def _codes(client: Client, answers: Put) -> dict[str, bytes]:
    """Return the states of the step «Код»."""
    until = MONDAY + timedelta(minutes=10)
    sent = PhoneCode("+7 921 •••-••-17", MONDAY + timedelta(seconds=45), until, until)
    answers("services", "phone_code", sent)
    answers("services", "request_phone_code", sent)
    answers("services", "confirm", PhoneProofRequiredError())
    form, again = f"/booking/{HOLD}/", f"/booking/{HOLD}/code/"
    pages = {"code": client.post(form, TYPED).content}
    answers("services", "confirm", PhoneProofWrongError(tries_left=1))
    pages["wrong code"] = client.post(form, {**TYPED, "phone_proof": "123456"}).content
    answers("services", "request_phone_code", PhoneCodeLimitError())
    pages["no more codes"] = client.post(again, TYPED).content
    assert all(b'id="id_phone_proof"' in page for page in pages.values())
    return pages


def _remembered(client: Client, answers: Put) -> dict[str, bytes]:
    """Return the states of a device that remembers people, and of the form for a child."""
    pages = {}
    client.cookies["remembered"] = "t" * 43
    answers("patients", "remembered", REMEMBERED)
    for name, given in (("known", MONDAY), ("known without a consent", None)):
        answers("selectors", "standing_consent", given)
        pages[name] = client.get(f"/booking/{HOLD}/").content
    answers("services", "confirm", ConsentRequiredError())
    sent = {"key": FORM_KEY, "known": str(REMEMBERED[1].id)}
    pages["known with a fault"] = client.post(f"/booking/{HOLD}/", sent).content
    pages["child with faults"] = client.post(f"/booking/{HOLD}/", {"key": FORM_KEY, "who": "child"}).content
    answers("selectors", "appointment", appointment(State.BOOKED, can_cancel=True))
    client.cookies["device"] = "d" * 32
    for card in REMEMBERED:
        answers("selectors", "booked_here", BookedHere(card.patient_id, None))
        pages[f"visit with {card.label}"] = client.get(f"/visit/{HOLD}/").content
    answers("selectors", "booked_here", BookedHere(HOLD, None))
    pages["visit to remember"] = client.get(f"/visit/{HOLD}/").content
    return pages
