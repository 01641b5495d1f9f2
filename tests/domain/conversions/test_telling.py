"""A catalogue hears of a booking once, and only of what its patient wanted it to."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from conftest import SetClock
from domain.conversions.conftest import Recorded
from domain.figures.factory import TO_BOOKED, become, eye, held, north
from domain.scheduling.exchange.world import NOW, VISIT_AT
from feldsher.domain.conversions import alarms, gateways, jobs, selectors, services
from feldsher.domain.conversions.models import Conversion
from feldsher.domain.conversions.types import AlarmCode, Denied, Later, Unfit
from feldsher.domain.patients import services as patients
from feldsher.domain.patients.models import Consent
from feldsher.domain.patients.types import NewPatient
from feldsher.domain.scheduling.types import State
from feldsher.foundation.audit.models import AccessEntry
from feldsher.foundation.audit.reading import JOURNAL
from feldsher.integrations.yandex import YandexDoctors
from support.egress import known
from testbench.yandex_reports import server

pytestmark = pytest.mark.django_db
DOWN, REFUSED = Later("http_503"), Denied("http_401")
MINUTE = timedelta(minutes=1)


def led(*, agrees: bool = True, hour: int = 0) -> UUID:
    """Return a hold to which the catalogue led; its patient says whether to tell."""
    person = NewPatient(phone=f"+7921000000{hour}", family="Выдумкина", given="Проба")
    hold = held(VISIT_AT + timedelta(hours=hour), patient=patients.ensure_patient(person, channel="site"))
    services.note(hold, click=f"mark-{hour}")
    services.choose(hold, agrees=agrees, version="test")
    return hold


def test_a_booking_is_told_once_with_its_mark_and_the_mark_is_forgotten(catalogue: Recorded) -> None:
    hold = led()
    assert services.tell_due() == 0, "nobody has pressed the button yet"
    become(hold, *TO_BOOKED)
    assert [services.tell_due(), services.tell_due()] == [1, 0]
    (report,) = catalogue.told
    assert (report.id, report.click) == (hold, "mark-0")
    assert (report.doctor, report.clinic) == (eye(), north())
    assert report.starts_at == VISIT_AT
    assert report.starts_at.utcoffset() is not None
    row = Conversion.objects.get()
    assert (bytes(row.click), row.told_at, row.due_at) == (b"", NOW, None)
    assert "mark-0" not in repr(report)


@pytest.mark.parametrize(
    "states", [(State.BOOKING, State.REJECTED), (State.BOOKING, State.UNKNOWN), (State.BOOKING,)]
)
def test_a_press_counts_whatever_became_of_it(catalogue: Recorded, states: tuple[State, ...]) -> None:
    become(led(), *states)
    assert services.tell_due() == 1
    assert len(catalogue.told) == 1


@pytest.mark.parametrize("end", [State.EXPIRED, State.RELEASED])
def test_a_hold_that_was_let_go_is_no_booking(catalogue: Recorded, set_clock: SetClock, end: State) -> None:
    become(led(), end)
    services.tell_due()
    set_clock(NOW + services.TERM + MINUTE)
    services.clean()
    assert (catalogue.told, Conversion.objects.count(), alarms.met()) == ([], 0, ())


def test_nothing_leaves_without_the_patients_word(catalogue: Recorded, set_clock: SetClock) -> None:
    silent, taken_back = held(VISIT_AT), led(hour=1)
    services.note(silent, click="mark")
    services.choose(taken_back, agrees=False, version="test")
    become(silent, *TO_BOOKED)
    become(taken_back, *TO_BOOKED)
    assert services.tell_due() == 0
    set_clock(NOW + services.FORGOTTEN + MINUTE)
    services.clean()
    assert (catalogue.told, Conversion.objects.count()) == ([], 0)


def test_who_was_not_led_here_is_not_asked(catalogue: Recorded) -> None:
    assert selectors.question(held(VISIT_AT)) is None
    hold = led(hour=1, agrees=False)
    asked = selectors.question(hold)
    assert asked is not None
    assert (asked.whom, asked.is_yes) == ("Яндексу", False)
    assert asked.what.replace("\u00a0", " ") == "что вы записались, к какому врачу, на какое время"
    services.choose(hold, agrees=True, version="test")
    again = selectors.question(hold)
    assert again is not None
    assert again.is_yes
    become(hold, *TO_BOOKED)
    services.tell_due()
    assert selectors.question(hold) is None
    assert len(catalogue.told) == 1


def test_without_a_catalogue_no_mark_is_kept(catalogue: Recorded) -> None:
    gateways.bind(None)
    hold = held(VISIT_AT)
    services.note(hold, click="mark")
    assert (Conversion.objects.count(), services.tell_due(), selectors.are_clicks_wanted()) == (0, 0, False)
    gateways.bind(catalogue)
    services.note(hold, click="")
    services.note(hold, click="x" * (services.LONGEST + 1))
    assert Conversion.objects.count() == 0
    services.choose(uuid4(), agrees=True, version="test")
    assert Conversion.objects.count() == 0


def test_what_was_not_taken_is_said_again_with_the_same_id(catalogue: Recorded, set_clock: SetClock) -> None:
    become(led(), *TO_BOOKED)
    catalogue.answers += [DOWN] * 6
    moment = NOW
    for number, wait in enumerate((*services.WAITS, services.WAITS[-1])):
        set_clock(moment)
        services.tell_due()
        assert len(catalogue.told) == number + 1
        set_clock(moment + wait * MINUTE - MINUTE / 2)
        services.tell_due()
        assert len(catalogue.told) == number + 1, "not before its time"
        moment += wait * MINUTE
    set_clock(moment)
    assert services.tell_due() == 1
    assert {(each.id, each.click) for each in catalogue.told} == {(catalogue.told[0].id, "mark-0")}


def test_a_catalogue_that_is_down_is_asked_once_a_run(catalogue: Recorded) -> None:
    for hour in range(3):
        become(led(hour=hour), *TO_BOOKED)
    catalogue.answers.append(DOWN)
    assert (services.tell_due(), len(catalogue.told)) == (0, 1)
    assert (services.tell_due(), len(catalogue.told)) == (2, 3)


def test_a_worker_that_dies_after_it_said_it_says_it_once_more(
    catalogue: Recorded, set_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    become(led(), *TO_BOOKED)
    tell = catalogue.tell

    def die(report: object) -> None:
        tell(report)  # type: ignore[arg-type]  # what the service gives
        raise SystemExit

    monkeypatch.setattr(catalogue, "tell", die)
    with pytest.raises(SystemExit):
        services.tell_due()
    monkeypatch.undo()
    set_clock(NOW + MINUTE)
    assert services.tell_due() == 1
    assert len(catalogue.told) == 2


def test_a_refusal_is_an_alarm_and_goes_when_it_is_mended(catalogue: Recorded, set_clock: SetClock) -> None:
    become(led(), *TO_BOOKED)
    catalogue.answers.append(REFUSED)
    services.tell_due()
    (alarm,) = alarms.met()
    assert alarm.code == AlarmCode.BOOKING_REPORTS_REFUSED
    assert "http_401" in alarm.sentence
    set_clock(NOW + MINUTE)
    services.tell_due()
    assert alarms.met() == ()


def test_reports_that_nobody_takes_are_late_then_given_up_and_told(
    catalogue: Recorded, set_clock: SetClock
) -> None:
    become(led(), *TO_BOOKED)
    catalogue.answers += [DOWN] * 100
    services.tell_due()
    assert alarms.met() == ()
    set_clock(NOW + alarms.LATE)
    assert [each.code for each in alarms.met()] == [AlarmCode.BOOKING_REPORTS_LATE]
    set_clock(NOW + services.TERM + MINUTE)
    services.tell_due()
    services.clean()
    assert len(catalogue.told) == 1, "past its term nothing is said"
    row = Conversion.objects.get()
    assert (row.given_up, bytes(row.click)) == (True, b"")
    (alarm,) = alarms.met()
    assert "насовсем: 1" in alarm.sentence.replace("\u00a0", " ")
    set_clock(NOW + services.KEPT + MINUTE)
    services.clean()
    assert (Conversion.objects.count(), alarms.met()) == (0, ())


def test_the_consent_stands_before_anything_leaves_and_the_journal_says_who_heard(
    catalogue: Recorded, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = led()
    become(hold, *TO_BOOKED)
    seen: list[int] = []
    tell = catalogue.tell
    monkeypatch.setattr(
        catalogue, "tell", lambda report: (seen.append(Consent.objects.count()), tell(report))[1]
    )
    services.tell_due()
    consent = Consent.objects.get()
    assert (consent.purpose, consent.version, consent.appointment_id) == ("catalogue", "test", hold)
    assert seen == [1]
    with JOURNAL.reach():
        row = AccessEntry.objects.get(what="conversion")
    assert (row.patients, row.ids, row.fields) == ([consent.patient_id], [hold], ["told"])


def test_a_consent_that_was_taken_back_ends_the_report(catalogue: Recorded, set_clock: SetClock) -> None:
    become(led(), *TO_BOOKED)
    catalogue.answers.append(DOWN)
    services.tell_due()
    Consent.objects.update(withdrawn_at=NOW)
    set_clock(NOW + MINUTE)
    assert (services.tell_due(), len(catalogue.told)) == (0, 1)
    row = Conversion.objects.get()
    assert (row.due_at, bytes(row.click)) == (None, b"")


def test_a_word_counts_while_the_time_is_held_and_of_the_text_in_force(catalogue: Recorded) -> None:
    after, old = led(agrees=False), led(agrees=False, hour=1)
    become(after, *TO_BOOKED)
    services.choose(after, agrees=True, version="test")
    services.choose(old, agrees=True, version="0")
    become(old, *TO_BOOKED)
    assert (services.tell_due(), catalogue.told) == (0, [])


def test_a_mark_that_is_none_of_the_catalogues_holds_up_nobody(catalogue: Recorded) -> None:
    for hour in range(3):
        become(led(hour=hour), *TO_BOOKED)
    catalogue.answers.append(Unfit("http_400"))
    assert (services.tell_due(), len(catalogue.told)) == (2, 3)
    assert (services.tell_due(), alarms.met()) == (0, ())
    assert bytes(Conversion.objects.get(is_unfit=True).click) == b""


def test_a_catalogue_that_takes_none_is_an_alarm(catalogue: Recorded) -> None:
    for hour in range(alarms.FEWEST):
        become(led(hour=hour), *TO_BOOKED)
    catalogue.answers += [Unfit("http_422")] * alarms.FEWEST
    services.tell_due()
    (alarm,) = alarms.met()
    assert (alarm.code, "поля отчёта" in alarm.sentence) == (AlarmCode.BOOKING_REPORTS_REFUSED, True)


def test_a_denial_of_one_ends_with_the_first_that_is_taken(catalogue: Recorded, set_clock: SetClock) -> None:
    become(led(), *TO_BOOKED)
    catalogue.answers.append(REFUSED)
    services.tell_due()
    become(led(hour=1), *TO_BOOKED)
    assert services.tell_due() == 1
    assert alarms.met() == ()


def test_a_branch_without_a_zone_stops_nothing(catalogue: Recorded, monkeypatch: pytest.MonkeyPatch) -> None:
    become(led(), *TO_BOOKED)
    monkeypatch.setattr(services.directory, "zones", dict)
    assert services.tell_due() == 1
    assert catalogue.told[0].starts_at == VISIT_AT


def test_the_job_clears_and_looks_whatever_happened(
    catalogue: Recorded, set_clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    services.note(held(VISIT_AT), click="mark")
    set_clock(NOW + services.FORGOTTEN + MINUTE)
    monkeypatch.setattr(services, "tell_due", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        jobs.tell(0)
    assert Conversion.objects.count() == 0


def test_a_report_goes_the_whole_way_by_the_job(catalogue: Recorded) -> None:
    running = server.start()
    try:
        url = f"{known(running.url)}{server.PATH}"
        told = {"oauth": "token", "mark": "ya_token", "when": "starts_at"}
        gateways.bind(YandexDoctors(token="demo-token", fields=told, url=url, seconds=5))
        become(led(), *TO_BOOKED)
        jobs.tell(0)
        assert running.reports.listing() == [{"mark": "mark-0", "when": "2026-11-26T10:00:00+03:00"}]
    finally:
        running.stop()
