"""A visit is booked by phone from the keyboard alone, in the time that a model of hands and heads allows.

The Keystroke-Level Model: S. K. Card, T. P. Moran, A. Newell, «The keystroke-level model for user performance
time with interactive systems», Communications of the ACM 23 (7), 1980, pp. 396-410. A key takes 0.20 s (an
average skilled typist), Shift is a key, making up one's mind 1.35 s; what the system answers is measured.
What the caller says meanwhile is not counted.
"""

from dataclasses import dataclass
from typing import Final

import pytest
from playwright.sync_api import Page
from pytest_django.live_server_helper import LiveServer

from channels.desk.factory import signed_in
from channels.desk.looking import signed_in_visitor
from channels.desk.test_schedule_looks import full
from domain.roster.factory import TODAY, OwnClinic
from domain.scheduling.clinic_of_own import THURSDAY, run_jobs
from feldsher.domain.scheduling.models import Appointment
from feldsher.foundation.access.roles import Role

__all__ = ["full"]
pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.django_db(transaction=True)]
BUDGET: Final = 20.0
KEY: Final = 0.20
MIND: Final = 1.35


@dataclass
class Registrar:
    """One at the keyboard, with what they have done so far."""

    page: Page
    keys: int = 0
    decisions: int = 0
    waited: float = 0.0

    def decide(self) -> None:
        self.decisions += 1

    def press(self, *names: str) -> None:
        """Press keys; a chord is as many as it names."""
        for name in names:
            self.page.keyboard.press(name)
            self.keys += len(name.split("+"))

    def type(self, text: str) -> None:
        self.page.keyboard.type(text)
        self.keys += len(text) + sum(letter.isupper() for letter in text)

    def go(self, name: str, to: str) -> None:
        """Press a key that leads to a page, and wait until it stands there whole."""
        with self.page.expect_navigation(url=to, wait_until="load"):
            self.press(name)
        self.page.wait_for_function("performance.getEntriesByType('navigation')[0].loadEventEnd > 0")
        self.waited += float(
            self.page.evaluate("performance.getEntriesByType('navigation')[0].duration / 1000")
        )

    @property
    def focus(self) -> str:
        return str(self.page.evaluate("document.activeElement.name ?? ''"))

    @property
    def seconds(self) -> float:
        return self.keys * KEY + self.decisions * MIND + self.waited


def test_a_caller_is_booked_in_less_than_twenty_seconds_by_keys_alone(
    full: OwnClinic, live_server: LiveServer
) -> None:
    """From today's schedule of five doctors: tomorrow, the third doctor, the third time, and who it is."""
    client = signed_in(Role.REGISTRAR)
    with signed_in_visitor(live_server, client, look="", size=(1280, 800)) as visitor:
        page, someone = visitor.page, Registrar(visitor.page)
        page.goto(f"/desk/schedule/?location={full.north}&date={TODAY}")
        someone.decide()
        someone.go("Shift+ArrowRight", f"**date={THURSDAY}*")
        someone.decide()
        someone.press("ArrowDown", "ArrowRight", "ArrowRight", "ArrowDown", "ArrowDown")
        chosen = str(page.evaluate("document.activeElement.textContent"))
        someone.go("Enter", "**/desk/book/*-*/")
        assert someone.focus == "family"
        for text, tabs in (("Звонкова", 1), ("Анна", 2), ("89000000077", 1)):
            someone.decide()
            someone.type(text)
            someone.press(*["Tab"] * tabs)
        assert someone.focus == "consent"
        someone.decide()
        someone.press("Space")
        someone.go("Enter", "**/desk/book/*-*/")
        page.get_by_text("Сейчас: записываем").wait_for()
        visitor.check()
    print(  # noqa: T201 - the figure of docs/modules/desk.md
        f"{someone.keys} keys, {someone.decisions} decisions, waited {someone.waited:.2f} s:"
        f" {someone.seconds:.1f} s of {BUDGET:.0f}"
    )
    run_jobs()
    booked = Appointment.objects.get(state="booked", channel="desk")
    at = f"{booked.visit.lower.hour + 3:02}:{booked.visit.lower.minute:02}"
    assert chosen.startswith(f"{at} ")
    assert (someone.keys, someone.decisions) == (39, 6)
    assert someone.seconds < BUDGET


def test_the_search_is_a_key_away_while_the_keyboard_is_russian(
    full: OwnClinic, live_server: LiveServer
) -> None:
    """The key of the slash writes a full stop then."""
    client = signed_in(Role.REGISTRAR)
    with signed_in_visitor(live_server, client, look="", size=(1280, 800)) as visitor:
        page = visitor.page
        page.goto(f"/desk/schedule/?location={full.north}&date={TODAY}")
        page.evaluate(
            "document.body.dispatchEvent("
            "new KeyboardEvent('keydown', {key: '.', code: 'Slash', bubbles: true, cancelable: true}))"
        )
        page.wait_for_url("**/desk/find/")
        assert page.evaluate("document.activeElement.name") == "text"
        visitor.check()
