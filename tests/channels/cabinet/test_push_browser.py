"""A reminder in a real browser: switched on by a tap, shown by the worker, and the worker says so.

Chromium without a network has no push service: its subscription is the stand-in's, which takes what the
product's own worker sends, believes its signature and opens it with the subscription's keys. What it read is
handed to the service worker as the browser itself would. All between is real: nothing is written by hand.
"""

import json
import subprocess
import sys
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from channels.cabinet.test_browser import digits, look_at, sign_in
from channels.site.browser import Visitor, browser, visit
from feldsher.integrations.push import new_private_key
from feldsher.kernel.phone import parse_phone
from support.database import OPEN
from support.patients import Patient, Times
from support.product import Demo, folder, quick_demo, wait_for
from testbench.web_push import server
from testbench.web_push.browser import text

pytestmark = [pytest.mark.slow, pytest.mark.browser]
NOTE = ("Запись 27.11 в 14:00", "Липовая ул., 5")
RECORD = f"""
from datetime import timedelta
from uuid import uuid4
from feldsher.foundation.messaging import pushing
from feldsher.foundation.messaging.types import Kind, PushNote
from feldsher.kernel import clock
now = clock.now()
note = PushNote("{NOTE[0]}", "{NOTE[1]}", %r)
terms = pushing.Terms(%r, uuid4(), now, now + timedelta(hours=1))
assert pushing.record(Kind.REMINDER, note, key="one", terms=terms)
"""
SUBSCRIBE = """
PushManager.prototype.getSubscription = async () => window.made ?? null;
PushManager.prototype.subscribe = async (asked) => {
  window.asked = asked.userVisibleOnly && asked.applicationServerKey.length;
  const key = btoa(String.fromCharCode(...asked.applicationServerKey));
  const told = await window.pushService(key.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, ""));
  window.made = {endpoint: told.endpoint, toJSON: () => told, unsubscribe: async () => true};
  return window.made;
};
"""
SHOWN = (
    "navigator.serviceWorker.ready.then((one) => one.getNotifications())"
    ".then((all) => all.map(({title, body, tag, data}) => [title, body, tag, data]))"
)


@pytest.fixture
def bench() -> Iterator[server.RunningSimulator]:
    running = server.start()
    yield running
    running.stop()


@pytest.fixture
def demo(bench: server.RunningSimulator) -> Iterator[Demo]:
    told = {
        "private_key": new_private_key(),
        "contact": "mailto:site@clinic.example",
        "services": [bench.url],
    }
    with folder() as place:
        running = quick_demo(place / "home")
        running.variables["FELDSHER_PUSH"] = json.dumps(told)
        try:
            running.start()
            yield running
        finally:
            running.end()


@pytest.fixture
def chromium(demo: Demo) -> Iterator[Browser]:
    with browser() as started:
        yield started


def subscribed(page: Page, bench: server.RunningSimulator) -> None:
    """Let the browser subscribe at the stand-in: bound, as browsers bind, to the key that the page gives."""

    def subscribe(key: str) -> dict[str, object]:
        made = bench.post.subscribe(bound_to=key)
        endpoint = f"{bench.url}{server.ENDPOINT}{made.name}"
        return {"endpoint": endpoint, "keys": {"p256dh": text(made.point), "auth": text(made.auth)}}

    page.expose_function("pushService", subscribe)
    page.add_init_script(SUBSCRIBE)


def remind(demo: Demo, phone: str, link: str) -> None:
    """Record a reminder for the phone's devices beside the running product, as its worker does."""
    worker = demo.part("worker").environ()
    asked = [sys.executable, "-m", "feldsher.conf.cli", "manage", "shell", "-v", "0", "-c"]
    subprocess.run(
        [*asked, RECORD % (link, parse_phone(phone))],
        env=worker,
        check=True,
        capture_output=True,
        timeout=120,
    )


def is_heard(demo: Demo) -> bool:
    with psycopg.connect(demo.database, autocommit=True, options=OPEN) as connection:
        return connection.execute("SELECT state FROM messaging_push").fetchall() == [("heard",)]


def deliver(visitor: Visitor, site: str, message: str) -> None:
    """Hand the worker a message, by the protocol of the browser's own tools."""
    tools = visitor.page.context.new_cdp_session(visitor.page)
    found: list[str] = []
    tools.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: found.extend(each["registrationId"] for each in told["registrations"]),
    )
    tools.send("ServiceWorker.enable")
    visitor.page.wait_for_timeout(300)
    tools.send(
        "ServiceWorker.deliverPushMessage", {"origin": site, "registrationId": found[0], "data": message}
    )


def test_a_reminder_is_switched_on_by_a_tap_shown_and_heard(
    demo: Demo, bench: server.RunningSimulator, chromium: Browser
) -> None:
    booked = Patient(demo.site).take(Times(demo).next())
    booked.wait_until("booked")
    visitor = visit(chromium, demo.site)
    page = visitor.page
    subscribed(page, bench)
    sign_in(page, booked.patient.phone, demo)
    assert digits(booked.patient.phone)
    page.get_by_role("link", name="Сообщения").click()
    button = page.get_by_role("button", name="Напоминать на этом устройстве")
    expect(button).to_be_visible()
    assert page.evaluate("Notification.permission") != "granted"
    assert look_at(visitor) == []
    visitor.shoot("push-off")
    page.context.grant_permissions(["notifications"], origin=demo.site)
    button.click()
    expect(page.get_by_text("Включено до")).to_be_visible()
    assert look_at(visitor) == []
    visitor.shoot("push-on")
    page.set_viewport_size({"width": 1280, "height": 800})
    visitor.shoot("push-on")
    link = f"{demo.site}/lk/"
    remind(demo, booked.patient.phone, link)
    (pushed,) = wait_for(bench.post.listing, what="the worker's push")
    assert (bench.post.refused, is_heard(demo)) == ([], False), "taken is not shown"
    deliver(visitor, demo.site, pushed.text)
    wait_for(lambda: is_heard(demo), what="the worker's word")
    told = json.loads(pushed.text)
    assert page.evaluate(SHOWN) == [[*NOTE, told["tag"], link]]
    kept = page.evaluate(
        "caches.keys().then((names) => Promise.all(names.map((name) => caches.open(name)"
        ".then((cache) => cache.keys())))).then((all) => all.flat().map(({url}) => new URL(url).pathname))"
    )
    assert [path for path in kept if not path.startswith("/static/")] == []
    page.get_by_role("button", name="Выключить").click()
    expect(page.get_by_text("Включено до")).to_have_count(0)
    visitor.check()
