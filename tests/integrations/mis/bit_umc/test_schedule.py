"""Free and busy time as the adapter reads it: every format, every shape, and what is left out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.ports import (
    Capabilities,
    MisGateway,
    RemoteResource,
    SlotShape,
    TimeItem,
    TimeKind,
    Window,
)
from feldsher.integrations.mis.bit_umc.documents import read_document
from feldsher.integrations.mis.bit_umc.profile import Profile
from feldsher.integrations.mis.bit_umc.schedule import (
    Schedule,
    day_of,
    is_free,
    others_in,
    read_schedule,
)
from feldsher.integrations.mis.xml import BadDocumentError
from feldsher.kernel.clock import WallTime
from integrations.mis.bit_umc.factory import PERSON, Clinic, held, slot_of, through, wall

WORK = "624f2a40-0000-4000-8000-000000000001"
LUNCH = "5210C9AC-0000-4000-8000-000000000002"


def _read(text: str, profile: Profile | None = None) -> Schedule:
    result = Schedule(datetime(2026, 9, 7, tzinfo=UTC))
    read_schedule(*read_document(text, limit=1_000_000), result, profile=profile or Profile())
    return result


def _period(
    begin: str, end: str, *, kind: str = WORK, day: str = "2026-09-07T00:00:00", clinic: str = "c"
) -> str:
    return (
        f"<ПериодГрафика><Клиника>{clinic}</Клиника><Дата>{day}</Дата><ВремяНачала>{begin}</ВремяНачала>"
        f"<ВремяОкончания>{end}</ВремяОкончания><ВидВремени>{kind}</ВидВремени></ПериодГрафика>"
    )


def _doctor(free: str, busy: str = "", *, doctor: str = "d", clinic: str = "c", usual: str = "00:00") -> str:
    return (
        f"<ГрафикДляСайта><Клиника>{clinic}</Клиника><СотрудникID>{doctor}</СотрудникID><ПериодыГрафика>"
        f"<СвободноеВремя>{free}</СвободноеВремя><ЗанятоеВремя>{busy}</ЗанятоеВремя></ПериодыГрафика>"
        f"<ДлительностьПриема>0001-01-01T{usual}:00</ДлительностьПриема></ГрафикДляСайта>"
    )


def _schedule(*doctors: str) -> str:
    return f'<ГрафикиДляСайта xmlns="S1">{"".join(doctors)}</ГрафикиДляСайта>'


MORNING = _period("2026-09-07T09:00:00", "2026-09-07T12:00:00")


def test_the_gateway_is_the_port_and_says_what_it_can(clinic: Clinic) -> None:
    gateway: MisGateway = clinic.gateway(hold_minutes=20, settle_seconds=90, max_window_days=14)
    able = gateway.capabilities()
    assert able.semantics.shape is SlotShape.INTERVAL
    assert able.semantics.breaks_removed
    assert able.semantics.bookings_removed
    assert not able.semantics.buffers_applied
    assert not able.semantics.duration_applied
    assert able == Capabilities(
        semantics=able.semantics,
        holds=True,
        hold_minutes=20,
        can_move=True,
        move_keeps_ref=True,
        book_repeatable=True,
        reports_busy=True,
        max_window_days=14,
        settle_seconds=100,  # a move may leave two timeouts of 5 s after its call began
    )


def test_what_1c_lacks_is_never_called(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    with pytest.raises(NotImplementedError):
        gateway.changes("")
    with pytest.raises(NotImplementedError):
        gateway.ack("")
    with pytest.raises(NotImplementedError):
        gateway.ensure_patient(PERSON, location_id="1")


@pytest.mark.parametrize(
    ("door", "options"),
    [
        ("soap", {"format": "JSON"}),
        ("soap", {"format": "ZipXML"}),
        ("soap", {"format": "ZipJSON"}),
        ("soap", {"schedule": "GetSchedule"}),
        ("soap", {"soap": "1.1"}),
        ("http", {}),
        ("http", {"format": "ZipXML"}),
        ("http", {"format": "ZipJSON"}),
        ("http", {"schedule": "GetSchedule"}),
    ],
    indirect=["door"],
)
def test_every_door_format_and_operation_says_the_same(clinic: Clinic, options: dict[str, str]) -> None:
    expected = through("soap", clinic.host).free(clinic.window)
    answer = clinic.gateway(**options).free(clinic.window)
    assert answer.completeness is Completeness.FULL
    assert (answer.resources, answer.items) == (expected.resources, expected.items)
    assert len(answer.items) > 500


@pytest.mark.parametrize(
    "options", [{}, {"format": "ZipJSON"}, {"schedule": "GetSchedule"}, {"cyrillic_clinic": True}]
)
def test_one_doctor_in_one_clinic_is_exactly_his_part_of_the_whole(
    clinic: Clinic, options: dict[str, object]
) -> None:
    gateway = clinic.gateway(**options)
    whole = gateway.free(clinic.window)
    for resource in whole.resources[:3]:
        answer = gateway.free(clinic.window, resource=resource)
        assert answer.resources == (resource,)
        assert answer.items == tuple(item for item in whole.items if item.resource == resource)


def test_a_window_is_its_days_with_both_ends(clinic: Clinic) -> None:
    gateway = clinic.gateway()
    whole = gateway.free(clinic.window)
    days = sorted({item.begin.day for item in whole.items})
    window = Window(days[1], days[2])
    answer = gateway.free(window)
    assert {item.begin.day for item in answer.items} == set(days[1:3])
    assert answer.items == tuple(
        item for item in whole.items if item.begin.day in days[1:3] and item.resource in answer.resources
    )


def test_a_reserve_is_busy_and_never_free(clinic: Clinic) -> None:
    gateway, slot = clinic.gateway(), clinic.slot(minutes=30)
    held(gateway.hold(slot))
    answer = gateway.free(day_of(slot), resource=slot.resource)
    assert [item.kind for item in answer.items if item.begin == slot.begin] == [TimeKind.BUSY]
    assert not is_free(list(answer.items), slot)


def test_a_busy_stretch_with_a_kind_is_a_break_unless_the_profile_says_visit() -> None:
    busy = _period("2026-09-07T12:00:00", "2026-09-07T12:30:00", kind=LUNCH)
    busy += _period("2026-09-07T12:30:00", "2026-09-07T13:00:00", kind="")
    text = _schedule(_doctor(MORNING, busy))
    assert [item.kind for item in _read(text).items] == [TimeKind.FREE, TimeKind.BREAK, TimeKind.BUSY]
    told = _read(text, Profile(busy_kinds=(LUNCH.lower(),)))
    assert [item.kind for item in told.items] == [TimeKind.FREE, TimeKind.BUSY, TimeKind.BUSY]


@pytest.mark.parametrize(("usual", "minutes"), [("00:00", None), ("00:15", 15), ("01:30", 90)])
def test_a_usual_length_of_zero_is_unknown(usual: str, minutes: int | None) -> None:
    assert [item.usual_minutes for item in _read(_schedule(_doctor(MORNING, usual=usual))).items] == [minutes]


def test_wall_times_are_kept_verbatim() -> None:
    (item,) = _read(_schedule(_doctor(MORNING))).items
    assert (item.begin.text, item.end.text) == ("2026-09-07T09:00:00", "2026-09-07T12:00:00")
    assert (item.begin, item.end) == (wall("2026-09-07T09:00"), wall("2026-09-07T12:00"))


def test_a_time_of_the_year_one_is_a_time_of_the_period_s_day() -> None:
    night = _period("0001-01-01T21:00:00", "0001-01-01T00:00:00")
    (item,) = _read(_schedule(_doctor(night))).items
    assert (item.begin, item.end) == (wall("2026-09-07T21:00"), WallTime(wall("2026-09-07T00:00").day, 86400))


@pytest.mark.parametrize(
    ("begin", "end", "day"),
    [
        ("07.09.2026 09:00:00", "07.09.2026 12:00:00", "07.09.2026"),
        ("2026/09/07 9:00", "2026-09-07 12:00", ""),
        ("09:00:00", "12:00", "07-09-2026"),
    ],
)
def test_a_stretch_may_be_spelt_in_each_documented_way(begin: str, end: str, day: str) -> None:
    (item,) = _read(_schedule(_doctor(_period(begin, end, day=day)))).items
    assert (item.begin, item.end) == (wall("2026-09-07T09:00"), wall("2026-09-07T12:00"))
    assert (item.begin.text, item.end.text) == (begin, end)


def test_a_period_may_be_in_another_clinic_than_its_doctor() -> None:
    answer = _read(_schedule(_doctor(_period("2026-09-07T09:00:00", "2026-09-07T10:00:00", clinic="other"))))
    assert list(answer.resources) == [RemoteResource("d", "c"), RemoteResource("d", "other")]
    assert [item.resource.location_id for item in answer.items] == ["other"]


def test_a_doctor_without_a_single_stretch_is_named() -> None:
    answer = _read(_schedule(_doctor("")))
    assert (list(answer.resources), answer.items) == ([RemoteResource("d", "c")], [])


@pytest.mark.parametrize(
    "damage",
    [
        _period("2026-09-07T09:00:00", "позже"),
        _period("2026-09-07T09:00:00+03:00", "2026-09-07T10:00:00"),
        _period("0001-01-01T09:00:00", "0001-01-01T10:00:00", day=""),
        "<ПериодГрафика>занято</ПериодГрафика>",
        "<ПериодГрафика><ВремяНачала><x>1</x></ВремяНачала></ПериодГрафика>",
    ],
)
def test_a_doctor_who_cannot_be_read_whole_is_not_named_at_all(damage: str) -> None:
    answer = _read(_schedule(_doctor(MORNING + damage), _doctor(MORNING, doctor="e"), _doctor(MORNING)))
    assert list(answer.resources) == [RemoteResource("e", "c")]
    assert [item.resource.practitioner_id for item in answer.items] == ["e"]
    assert answer.warnings == ["the schedule of doctor d in c can't be read"]


def test_a_schedule_of_nobody_is_a_warning() -> None:
    answer = _read(_schedule(_doctor(MORNING, doctor=""), _doctor(MORNING, clinic=""), _doctor(MORNING)))
    assert list(answer.resources) == [RemoteResource("d", "c")]
    assert answer.warnings == ["2 schedules name no doctor or no clinic"]


@pytest.mark.parametrize(
    "text", ["<Сотрудники/>", '{"Ответ": {"ГрафикДляСайта": "слово"}}', '{"Другое": {}}']
)
def test_a_document_of_something_else_is_refused(text: str) -> None:
    with pytest.raises(BadDocumentError):
        _read(text)


@pytest.mark.parametrize(
    "text", ["<ГрафикиДляСайта/>", "{}", "[]", '{"Ответ": ""}', '{"Ответ": {"ГрафикДляСайта": ""}}']
)
def test_an_empty_document_names_nobody(text: str) -> None:
    assert not _read(text).resources


def _free(*stretches: tuple[str, str], kind: TimeKind = TimeKind.FREE) -> list[TimeItem]:
    return [
        TimeItem(
            RemoteResource("doctor", "clinic"), kind, wall(f"2026-09-07T{begin}"), wall(f"2026-09-07T{end}")
        )
        for begin, end in stretches
    ]


@pytest.mark.parametrize(
    ("stretches", "free"),
    [
        ([("09:00", "09:30")], True),
        ([("08:00", "12:00")], True),
        ([("09:00", "09:20"), ("09:20", "09:30")], True),
        ([("09:10", "09:30"), ("08:30", "09:10")], True),
        ([("09:00", "09:29")], False),
        ([("09:01", "10:00")], False),
        ([("09:00", "09:10"), ("09:15", "10:00")], False),
        ([], False),
    ],
)
def test_a_visit_is_free_only_if_free_time_holds_all_of_it(
    stretches: list[tuple[str, str]], *, free: bool
) -> None:
    assert is_free(_free(*stretches), slot_of()) is free


@pytest.mark.parametrize(
    ("stretch", "others"),
    [
        (("09:00", "09:30"), False),
        (("08:30", "09:00"), False),
        (("09:30", "10:00"), False),
        (("09:20", "09:40"), True),
        (("08:50", "09:10"), True),
    ],
)
def test_what_begins_with_the_visit_is_its_own_reserve(stretch: tuple[str, str], *, others: bool) -> None:
    assert others_in(_free(stretch, kind=TimeKind.BUSY), slot_of()) is others
    assert not others_in(_free(stretch), slot_of())


def test_a_visit_over_midnight_is_looked_up_on_both_days() -> None:
    late = slot_of("2026-09-07T23:45:00")
    assert day_of(late) == Window(wall("2026-09-07T00:00").day, wall("2026-09-08T00:00").day)
    assert day_of(replace(late, minutes=15)) == Window(late.begin.day, late.begin.day)


MINUTES = st.integers(0, 24 * 12 - 1).map(lambda step: step * 5)


@given(st.lists(st.tuples(MINUTES, st.integers(1, 40)), max_size=6), MINUTES, st.integers(1, 120))
def test_is_free_agrees_with_counting_minutes(
    stretches: list[tuple[int, int]], begin: int, length: int
) -> None:
    day = wall("2026-09-07T00:00").day
    items = [
        TimeItem(
            RemoteResource("d", "c"),
            TimeKind.FREE,
            WallTime(day, start * 60),
            WallTime(day, start * 60).plus(size * 60),
        )
        for start, size in stretches
    ]
    free = {minute for start, size in stretches for minute in range(start, start + size)}
    slot = replace(slot_of(), begin=WallTime(day, begin * 60), minutes=length)
    assert is_free(items, slot) is (set(range(begin, begin + length)) <= free)


def test_two_clinics_never_share_a_memory(simulate: Callable[..., Clinic]) -> None:
    one, other = simulate(seed=1), simulate(seed=2)
    assert one.gateway().free(one.window).completeness is Completeness.FULL
    assert other.gateway().free(other.window).completeness is Completeness.FULL
