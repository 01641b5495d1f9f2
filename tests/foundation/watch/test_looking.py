"""What the ticks read, count and raise; doubled, late and missed ones come to the same. Control C35."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from feldsher.foundation.access.models import User
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.step_up import needs_step_up
from feldsher.foundation.access.types import Staff
from feldsher.foundation.audit import following
from feldsher.foundation.watch import looking, services
from feldsher.foundation.watch.models import Alert, Hour, Mark
from feldsher.kernel import clock
from foundation.watch.factory import patients
from foundation.watch.rows import NOON, a_list, hire, looks, refusals, write

pytestmark = pytest.mark.django_db
Tick = Callable[[datetime], int]


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Tick:
    return lambda moment: (monkeypatch.setattr(clock, "now", lambda: moment), services.look())[1]


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> Tick:
    return lambda moment: (monkeypatch.setattr(clock, "now", lambda: moment), services.look_at_once())[1]


def hours() -> list[tuple[datetime, int, int, int]]:
    found = Hour.objects.order_by("hour").values_list("hour", "patients", "opened", "refused")
    return [tuple(row) for row in found]  # type: ignore[misc]


def alerts() -> list[tuple[str, str, int]]:
    return list(Alert.objects.order_by("rule").values_list("rule", "level", "points"))


def test_c35_hours_are_counted_whole_as_often_as_one_likes(slow: Tick) -> None:
    vera = hire("vera")
    whom = patients(9)
    write([*a_list(vera, whom), *looks(vera, whom[:3]), *looks(vera, whom[:2]), *refusals(vera, 2)])
    write(looks(vera, whom[2:5], since=NOON + timedelta(hours=1)))
    expected = [(NOON, 9, 3, 2), (NOON + timedelta(hours=1), 3, 2, 0)]
    for _ in range(2):
        assert slow(NOON + timedelta(hours=2)) == 0
        assert hours() == expected


def test_c35_a_row_that_commits_late_is_counted_at_the_next_tick(slow: Tick) -> None:
    vera = hire("vera")
    write(looks(vera, patients(2)))
    slow(NOON + timedelta(hours=1))
    write(looks(vera, patients(5)[2:]))
    slow(NOON + timedelta(hours=2))
    assert hours() == [(NOON, 5, 5, 0)]


def test_c35_the_end_of_a_day_is_judged_after_midnight(slow: Tick) -> None:
    vera = hire("vera")
    late = NOON + timedelta(hours=11)
    slow(late)
    write(refusals(vera, 60, since=late + timedelta(minutes=30)))
    assert slow(late + timedelta(hours=1, minutes=4)) == 1
    assert Alert.objects.get().day == NOON.date()


def test_c35_what_a_worker_slept_through_is_judged_at_its_next_tick(slow: Tick) -> None:
    vera = hire("vera")
    slow(NOON)
    write(refusals(vera, 60, since=NOON + timedelta(days=1)))
    assert slow(NOON + timedelta(days=4)) == 1
    assert Alert.objects.get().day == NOON.date() + timedelta(days=1)


def test_c35_a_tick_reads_above_the_mark_of_an_earlier_one(slow: Tick) -> None:
    vera = hire("vera")
    write(looks(vera, patients(3), since=NOON - timedelta(days=1)))
    slow(NOON - timedelta(hours=20))
    mark = Mark.objects.get()
    assert mark.newest == following.newest() > 0
    write(looks(vera, patients(2)))
    assert looking._mark(NOON) == mark.newest
    assert looking._mark(mark.at) == 0
    slow(NOON + timedelta(hours=1))
    assert hours()[-1] == (NOON, 2, 2, 0)


def test_c35_who_guesses_is_found_within_the_minute_and_once(fast: Tick) -> None:
    vera = hire("vera")
    write(refusals(vera, 19))
    assert fast(NOON + timedelta(minutes=4)) == 0
    write(refusals(vera, 1, since=NOON + timedelta(minutes=4)))
    assert fast(NOON + timedelta(minutes=5)) == 0
    write(refusals(vera, 40, since=NOON + timedelta(minutes=5)))
    assert fast(NOON + timedelta(minutes=15)) == 1
    assert fast(NOON + timedelta(minutes=15)) == 0
    assert alerts() == [("refusals", "alert", 50)]


def test_c35_a_bulk_scraper_is_blocked_within_the_minute(
    fast: Tick, caplog: pytest.LogCaptureFixture
) -> None:
    vera, other = hire("vera"), hire("other")
    write([*looks(vera, patients(600), every=1), *looks(other, patients(30))])
    with caplog.at_level(logging.WARNING, "feldsher.foundation.watch.raising"):
        assert fast(NOON + timedelta(minutes=10)) == 3
    assert alerts() == [("many", "block", 50), ("pace", "block", 100), ("rhythm", "block", 70)]
    assert not User.objects.get(pk=vera.id).is_active
    assert User.objects.get(pk=other.id).is_active
    assert f"watch.block: rule=pace actor={vera.id} day=2026-11-25 score=220" in caplog.text


def test_c35_one_look_at_a_honey_patient_blocks(fast: Tick) -> None:
    vera = hire("vera")
    trap = uuid4()
    services.mark_honey(trap)
    write(a_list(vera, [*patients(20), trap]))
    assert fast(NOON + timedelta(minutes=1)) == 1
    assert alerts() == [("honey", "block", 100)]
    assert User.objects.get(pk=vera.id).blocked_at == NOON + timedelta(minutes=1)


def test_c35_a_machines_pace_asks_for_a_proof(fast: Tick) -> None:
    vera = hire("vera")
    gaps = (3, 17, 9, 25, 6)
    at, events = NOON, []
    for n, patient in enumerate(patients(45)):
        at += timedelta(seconds=gaps[n % 5])
        events += looks(vera, [patient], since=at) * 2
    write(events)
    assert fast(at + timedelta(minutes=1)) == 1
    assert alerts() == [("pace", "step_up", 80)]
    user = User.objects.get(pk=vera.id)
    assert user.is_active
    assert needs_step_up(user, proved_at=NOON)


def test_c35_minutes_find_what_the_hour_finds(fast: Tick, slow: Tick) -> None:
    """The rules that can't wait are the same code at both ticks: each event's alert is there once."""
    vera = hire("vera")
    write(looks(vera, patients(600), every=1))
    for minute in range(1, 20):
        fast(NOON + timedelta(minutes=minute))
    before = alerts()
    assert slow(NOON + timedelta(hours=1)) == 0
    assert alerts() == before


def test_c35_an_alert_grows_and_a_graver_level_acts_once_more(fast: Tick) -> None:
    vera = hire("vera")
    write(refusals(vera, 60))
    fast(NOON + timedelta(minutes=11))
    assert alerts() == [("refusals", "alert", 50)]
    assert User.objects.get(pk=vera.id).step_up_at is None
    write(refusals(vera, 120, since=NOON + timedelta(minutes=12)))
    assert fast(NOON + timedelta(minutes=40)) == 1
    assert alerts() == [("refusals", "step_up", 80)]
    assert Alert.objects.get().figures["count"] == 180
    assert User.objects.get(pk=vera.id).step_up_at == NOON + timedelta(minutes=40)


def test_c35_the_last_administrator_is_asked_for_a_proof_instead(
    fast: Tick, caplog: pytest.LogCaptureFixture
) -> None:
    root = hire("root", Role.SYSTEM_ADMIN)
    trap = UUID(int=77)
    services.mark_honey(trap)
    write(looks(root, [trap]))
    assert fast(NOON + timedelta(minutes=1)) == 1
    user = User.objects.get(pk=root.id)
    assert user.is_active
    assert needs_step_up(user, proved_at=NOON)
    assert "watch.block_spared" in caplog.text


def test_c35_who_is_no_user_is_an_error_in_the_log_and_an_alert(
    fast: Tick, caplog: pytest.LogCaptureFixture
) -> None:
    nobody = Staff(id=uuid4(), login="nobody", name="", roles=frozenset({Role.REGISTRAR}))
    write(looks(nobody, patients(200), every=1))
    assert fast(NOON + timedelta(minutes=5)) == 2
    assert "watch.unknown_actor" in caplog.text


def lifted(rule: str, *, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: at)
    services.lift_block(Alert.objects.get(rule=rule).id, staff=hire("guard", Role.SECURITY_AUDITOR))


def settled(rule: str, *, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: at)
    staff = hire("officer", Role.DATA_PROTECTION)
    services.settle(Alert.objects.get(rule=rule).id, note="Спросили, повод был", staff=staff)


def is_active(who: Staff) -> bool:
    return User.objects.get(pk=who.id).is_active


@pytest.fixture
def trapped(fast: Tick) -> tuple[Staff, UUID]:
    """Somebody who was blocked at one minute past noon for a look at an invented patient."""
    vera, trap = hire("vera"), uuid4()
    services.mark_honey(trap)
    write(looks(vera, [trap]))
    assert fast(NOON + timedelta(minutes=1)) == 1
    return vera, trap


def test_c35_who_was_let_in_again_and_goes_on_is_blocked_again(
    trapped: tuple[Staff, UUID], fast: Tick, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    vera, _ = trapped
    lifted("honey", at=NOON + timedelta(minutes=30), monkeypatch=monkeypatch)
    assert is_active(vera)
    assert fast(NOON + timedelta(minutes=31)) == 0
    write(looks(vera, patients(600), since=NOON + timedelta(minutes=40), every=1))
    caplog.clear()
    assert fast(NOON + timedelta(minutes=51)) == 3
    assert not is_active(vera)
    assert alerts()[0] == ("honey", "block", 100)
    assert "watch.block: rule=pace" in caplog.text
    caplog.clear()
    write(looks(vera, patients(1900)[600:], since=NOON + timedelta(minutes=50), every=1))
    fast(NOON + timedelta(minutes=75))
    assert "watch.block" not in caplog.text


def test_c35_a_block_is_lifted_from_all_that_laid_it(fast: Tick, monkeypatch: pytest.MonkeyPatch) -> None:
    vera = hire("vera")
    write(looks(vera, patients(600), every=1))
    fast(NOON + timedelta(minutes=10))
    lifted("many", at=NOON + timedelta(minutes=30), monkeypatch=monkeypatch)
    assert Alert.objects.filter(lifted_at=None).count() == 0
    write(looks(vera, patients(600), since=NOON + timedelta(hours=1), every=1))
    assert fast(NOON + timedelta(hours=1, minutes=10)) == 3
    assert not is_active(vera)


def test_c35_a_second_look_at_a_honey_patient_counts_after_the_first_was_settled_and_lifted(
    trapped: tuple[Staff, UUID], fast: Tick, monkeypatch: pytest.MonkeyPatch
) -> None:
    vera, trap = trapped
    settled("honey", at=NOON + timedelta(minutes=20), monkeypatch=monkeypatch)
    lifted("honey", at=NOON + timedelta(minutes=30), monkeypatch=monkeypatch)
    assert fast(NOON + timedelta(minutes=31)) == 0
    write(looks(vera, [trap], since=NOON + timedelta(hours=1)))
    assert fast(NOON + timedelta(hours=1, minutes=1)) == 1
    again = Alert.objects.get()
    assert (again.settled_at, again.lifted_at, again.figures["count"]) == (None, None, 1)
    assert not is_active(vera)
    assert fast(NOON + timedelta(hours=1, minutes=2)) == 0


def test_c35_who_was_let_in_from_the_machine_is_judged_anew_too(
    trapped: tuple[Staff, UUID], fast: Tick
) -> None:
    vera, trap = trapped
    User.objects.filter(pk=vera.id).update(is_active=True, blocked_at=None)
    assert fast(NOON + timedelta(minutes=5)) == 0
    write(looks(vera, [trap], since=NOON + timedelta(hours=1)))
    assert fast(NOON + timedelta(hours=1, minutes=1)) == 1
    assert not is_active(vera)


def test_c35_of_a_settled_rule_only_what_comes_after_counts(
    fast: Tick, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    vera = hire("vera")
    write(refusals(vera, 60))
    fast(NOON + timedelta(minutes=11))
    settled("refusals", at=NOON + timedelta(minutes=15), monkeypatch=monkeypatch)
    write(refusals(vera, 59, since=NOON + timedelta(minutes=16)))
    assert fast(NOON + timedelta(minutes=30)) == 0
    write(refusals(vera, 1, since=NOON + timedelta(minutes=30)))
    caplog.clear()
    assert fast(NOON + timedelta(minutes=31)) == 1
    assert Alert.objects.get().settled_at is None
    assert "watch.alert: rule=refusals" in caplog.text
    assert fast(NOON + timedelta(minutes=32)) == 0
    assert Alert.objects.get().figures["count"] == 60


def test_c35_a_patient_who_was_opened_before_is_opened_anew(
    fast: Tick, monkeypatch: pytest.MonkeyPatch
) -> None:
    vera, whom = hire("vera"), patients(600)
    write(looks(vera, whom, every=1))
    fast(NOON + timedelta(minutes=10))
    lifted("pace", at=NOON + timedelta(minutes=30), monkeypatch=monkeypatch)
    write(looks(vera, whom, since=NOON + timedelta(hours=1), every=1))
    fast(NOON + timedelta(hours=1, minutes=10))
    assert (is_active(vera), Alert.objects.get(rule="pace").figures["count"]) == (False, 600)


def test_what_no_rule_looks_at_any_more_is_forgotten(slow: Tick) -> None:
    write(looks(hire("vera"), patients(2)))
    slow(NOON + timedelta(hours=1))
    assert (Hour.objects.count(), Mark.objects.count()) == (1, 1)
    services.forget()
    assert (Hour.objects.count(), Mark.objects.count()) == (1, 1)
    slow(NOON + timedelta(days=42))
    services.forget()
    assert Hour.objects.count() == 0
    assert list(Mark.objects.values_list("at", flat=True)) == [NOON + timedelta(days=42)]
