import os
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import create_autospec

import pytest

from channels.site.browser import CHROMIUM, Bookings, MisBooking
from channels.site.factory import (
    MONDAY,
    MOSCOW_BRANCH,
    PROFILE,
    SERVICE,
    URAL_BRANCH,
    branch,
    doctor,
    put_list,
    slot,
    ural,
)
from feldsher.channels.site import known
from feldsher.channels.site.views import booking, errors, find, search, texts
from feldsher.domain.directory.types import ServiceCard, SpecialtyCard
from feldsher.domain.directory.types.brand import BrandCard
from feldsher.domain.reviews.types import Shown
from feldsher.domain.scheduling.types import OpenDay, OpenTimes, Waiting
from feldsher.domain.search.types import Found
from feldsher.kernel import clock
from support.product import Demo

Put = Callable[..., Any]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Put:
    """Put an invented answer in the place of a service or selector; returns the double."""
    places: dict[str, Any] = {
        "services": booking.services,
        "selectors": booking.scheduling,
        "directory": find.directory,
        "texts": texts,
        "search": search.search,
        "redirects": errors.editorial,
        "reviews": find.reviews,
        "patients": known.patients,
        "remembering": known.patient_services,
    }

    doubles: dict[tuple[str, str], Any] = {}

    def put(place: str, name: str, outcome: Any) -> Any:
        double = doubles.get((place, name))
        if double is None:
            double = doubles[place, name] = create_autospec(getattr(places[place], name))
            monkeypatch.setattr(places[place], name, double)
        double.side_effect = outcome if isinstance(outcome, Exception) else None
        double.return_value = outcome
        return double

    return put


@pytest.fixture
def clinic(answers: Put, monkeypatch: pytest.MonkeyPatch) -> Put:
    """A small invented clinic on Monday, 09:00 in Moscow: two branches, one doctor, times of two days."""
    monkeypatch.setattr(clock, "now", lambda: MONDAY)
    card = doctor(1, "Небывалова")
    places = {place.id: place for place in (branch(), ural())}
    answers("directory", "brand", BrandCard())
    answers("directory", "locations", tuple(places.values()))
    answers("directory", "location", places[MOSCOW_BRANCH])
    answers("directory", "specialties", (SpecialtyCard("terapevt", "терапевт", 1),))
    answers("directory", "practitioners", ((card,), None))
    answers("directory", "practitioner", card)
    answers("reviews", "of_doctor", Shown())
    answers("reviews", "of_branch", Shown())
    answers("directory", "profiled", {}).side_effect = lambda ids: dict.fromkeys(ids, (card, PROFILE))
    answers("directory", "service", ServiceCard(SERVICE, "Первичный приём", 30))
    given = ServiceCard(SERVICE, "Первичный приём", 30)
    answers("directory", "priced_services_of", ((given, None),))
    answers("directory", "specialty_work", ((card.id, MOSCOW_BRANCH), (card.id, URAL_BRANCH)))
    answers("directory", "services_beside", ())
    answers("directory", "services_given", (ServiceCard(SERVICE, "Первичный приём", 30),))
    answers("directory", "prices", {})
    answers("directory", "open_practitioner_cards", {card.id: card})
    answers("search", "find", Found())
    answers("redirects", "follow", None)
    slots = (slot(card, 1), slot(card, 2), slot(card, 25))
    answers("selectors", "next_times", {card.id: slots})
    put_list(answers, {card: {MOSCOW_BRANCH: slots}})
    answers("selectors", "waiting", Waiting())
    answers("selectors", "live_stops", ())
    answers("selectors", "alternatives", slots[1:])
    answers("selectors", "peek", slots[0].key)
    days = (OpenDay(MONDAY.date(), slots[:2]), OpenDay(slots[2].key.start.date(), slots[2:]))
    answers("selectors", "open_times", OpenTimes(MONDAY, is_fresh=True, days=days, etag="one"))
    return answers


@pytest.fixture
def live_site(product: Demo) -> str:
    """The site's address, for a real browser: without one the test can't run."""
    if not Path(CHROMIUM).exists():
        missing = f"no {CHROMIUM}; install it: apt-get install chromium"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    return product.site


@pytest.fixture
def bookings(product: Demo) -> Bookings:
    """Read what the site has booked inside the MIS; a registrar's own bookings are left out."""

    def made() -> list[MisBooking]:
        return [
            MisBooking(
                id=item["id"],
                status=item["status"],
                time=datetime.fromisoformat(item["start"]).strftime("%H:%M"),
            )
            for item in product.state()["bookings"]
            if item["source"] == "site"
        ]

    return made
