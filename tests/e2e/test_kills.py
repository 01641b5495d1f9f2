"""`kill -9` in the middle of a booking: all comes back by itself, with one booking or none, the same here."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import httpx
import psutil
import pytest

from support.patients import Patient, Reply, Times, Visit
from support.product import Demo, wait_for

pytestmark = pytest.mark.slow

CALL_SECONDS = 1.2
"""How long the MIS keeps us waiting, so that there is a middle; less than its timeout."""
BACK_SECONDS, SETTLED_SECONDS = 20, 60
SERVICES = {"worker": "worker", "talks": "talks", "site": "site", "database": "database", "mis": "bit_umc"}
"""Parts, and how the demo calls them at the terminal."""


@contextmanager
def in_the_middle(product: Demo, times: Times) -> Iterator[Visit]:
    """Yield a visit whose call to the MIS is under way; its reply may never come."""
    slot, patient = times.next(), Patient(product.site)
    visit = Visit(patient, slot, patient.hold(slot).body["id"], Reply(0, None))

    def confirm() -> None:
        with suppress(httpx.HTTPError):
            visit.reply = patient.confirm(visit.id)

    product.fault("slow", operation="book", times=1, delay=CALL_SECONDS)
    caller = threading.Thread(target=confirm)
    caller.start()
    stage = "SELECT stage = 'book' FROM scheduling_exchange WHERE appointment = %s"
    wait_for(lambda: product.ask(stage, visit.id) and product.faults() == [], what="the call to the MIS")
    try:
        yield visit
    finally:
        caller.join()


def settled(product: Demo, times: Times, visit: Visit) -> None:
    """Wait for the end of the visit: booked here and once in the MIS, for nothing was lost for good."""
    state = "SELECT state FROM scheduling_appointment WHERE id = %s"
    wait_for(
        lambda: product.ask(state, visit.id) == "booked", what="the booking's end", seconds=SETTLED_SECONDS
    )
    assert [item["source"] for item in times.in_mis(visit.slot)] == ["site"]
    assert times.in_mis(visit.slot, status="reserved") == []


def books_again(product: Demo, times: Times) -> None:
    """A new patient books as if nothing had happened."""

    def booked() -> bool:
        slot, patient = times.next(), Patient(product.site)
        held = patient.hold(slot)
        return held.status == 201 and patient.confirm(held.body["id"]).status == 201

    wait_for(booked, what="a booking after the crash", seconds=BACK_SECONDS)


@pytest.mark.parametrize("name", SERVICES)
def test_a_part_that_is_killed_in_the_middle_comes_back_and_the_booking_ends_well(
    product: Demo, times: Times, name: str
) -> None:
    with in_the_middle(product, times) as visit:
        killed = product.kill(name)
    successor = product.successor(name, killed)
    books_again(product, times)
    settled(product, times, visit)
    assert product.part(name).pid == successor.pid
    assert f"{SERVICES[name]}: ended by itself (signal SIGKILL)" in product.output


def serving(site: psutil.Process) -> set[psutil.Process]:
    """Return the processes of the site that answer requests."""
    return {child for child in site.children() if "serve" in child.cmdline()}


def test_a_killed_process_of_the_site_is_replaced_and_the_others_serve(product: Demo, times: Times) -> None:
    site = product.part("site")
    workers = serving(site)
    assert len(workers) == 2
    with in_the_middle(product, times) as visit:
        killed = workers.pop()
        killed.kill()
        killed.wait(timeout=10)
        answers = [Patient(product.site).send("GET", "/specialties").status for _ in range(20)]
    assert answers == [200] * 20
    wait_for(lambda: len(serving(site) - {killed}) == 2, what="a new process of the site")
    settled(product, times, visit)
    assert product.part("site") == site


def test_everything_killed_at_once_comes_back(product: Demo, times: Times) -> None:
    with in_the_middle(product, times) as visit:
        killed = {name: product.kill(name) for name in SERVICES}
    for name, process in killed.items():
        product.successor(name, process)
    books_again(product, times)
    settled(product, times, visit)
