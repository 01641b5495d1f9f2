"""The directory and the tickets of everybody: what is believed, and who is left as he was."""

from datetime import date, timedelta

import pytest

from feldsher.domain.directory.types import Completeness
from feldsher.domain.scheduling.ports import GatewayUnavailableError, RemoteResource, Window
from feldsher.integrations.mis.n3 import freetime
from integrations.mis.n3.factory import (
    AREA,
    BY_HAND,
    EYES,
    HEART,
    LPUS,
    ONE_SPECIALITY,
    SHOWN,
    Hand,
    Hub,
    answered,
    doctors,
    field,
    refused,
    tickets,
)

FREE = "GetAvaibleAppointments"
WEEK = Window(date(2026, 9, 1), date(2026, 9, 7))
OTHER = RemoteResource("19@1", "1")
FULL_DAY = (
    "<a:WorkingTimeList><a:WorkingTime><a:DenyCause>Нет свободных талонов</a:DenyCause>"
    "<a:RecordableDay>{}</a:RecordableDay><a:VisitEnd>2026-09-01T12:00:00</a:VisitEnd>"
    "<a:VisitStart>2026-09-01T08:00:00</a:VisitStart></a:WorkingTime></a:WorkingTimeList>"
)


@pytest.fixture
def two_doctors(hand: Hand) -> Hand:
    """Doctor 18, who has a ticket, and doctor 19, of whom the hub says nothing."""
    hand.results = {
        "GetLPUList": (
            "<a:ListLPU><a:Clinic><a:IdLPU>1</a:IdLPU><a:IsActive>true</a:IsActive>"
            "<a:LPUFullName>Поликлиника полностью</a:LPUFullName><a:LPUShortName/></a:Clinic></a:ListLPU>"
        ),
        "GetSpesialityList": ONE_SPECIALITY,
        "GetDoctorList": doctors("18", "19"),
    }
    of_19(hand, tickets())
    return hand


def of_19(hand: Hand, told: str) -> None:
    """Say what the hub answers about doctor 19; doctor 18 has his ticket."""
    hand.results[FREE] = lambda call: answered(call, SHOWN if field(call, "idDoc") == "18" else told)


# The directory.


def test_doctors_of_all_specialities_are_one_each_with_their_snils(hub: Hub) -> None:
    found = hub.gateway().directory()
    assert found.completeness is Completeness.FULL
    assert [(one.id, one.name) for one in found.locations] == list(LPUS.items())
    people = {one.id: one for one in found.practitioners}
    anna = people["17@1"]
    assert (anna.family, anna.given, anna.middle) == ("Пробная", "Анна", "Тестовна")
    assert (anna.specialties, anna.location_ids) == (("Терапия",), ("1",))
    assert anna.snils == people["21@2"].snils != people["17@2"].snils
    assert found.services == found.prices == ()


def test_a_doctor_of_two_specialities_is_one(two_doctors: Hand) -> None:
    two_doctors.results["GetSpesialityList"] = ONE_SPECIALITY.replace(
        "</a:ListSpesiality>",
        "<a:Spesiality><a:IdSpesiality>13</a:IdSpesiality><a:NameSpesiality>Терапия</a:NameSpesiality>"
        "</a:Spesiality></a:ListSpesiality>",
    )
    found = two_doctors.gateway().directory()
    assert [(one.id, one.specialties) for one in found.practitioners] == [
        ("18@1", ("Кардиология", "Терапия")),
        ("19@1", ("Кардиология", "Терапия")),
    ]


def test_where_ids_are_the_network_s_a_doctor_of_two_branches_is_one(hub: Hub) -> None:
    found = hub.gateway(doctor_ids="network").directory()
    both = next(one for one in found.practitioners if one.id == "17")
    assert both.location_ids == ("1", "2")


def test_a_branch_without_a_name_of_ours_has_the_hub_s(two_doctors: Hand) -> None:
    found = two_doctors.gateway(lpus={"1": "", "5": ""}).directory()
    assert [one.name for one in found.locations] == ["Поликлиника полностью", "ЛПУ 5"]
    assert found.completeness is Completeness.PARTIAL
    assert found.warnings == ("the hub does not list LPU 5, or calls it not active",)


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        ("GetLPUList", "the hub does not list LPU 1, or calls it not active"),
        ("GetSpesialityList", "the hub lists no doctors of LPU 1: does the token fit?"),
    ],
)
def test_a_list_that_came_empty_makes_the_directory_not_whole(hub: Hub, operation: str, words: str) -> None:
    hub.fault("empty_ok", operation)
    found = hub.gateway().directory()
    assert found.completeness is not Completeness.FULL
    assert words in found.warnings


@pytest.mark.parametrize("name", ["http_500", "refused", "garbage"])
@pytest.mark.parametrize("operation", ["GetLPUList", "GetSpesialityList", "GetDoctorList"])
def test_a_directory_whose_list_fails_did_not_happen(hub: Hub, operation: str, name: str) -> None:
    hub.fault(name, operation)
    with pytest.raises(GatewayUnavailableError):
        hub.gateway().directory()


def test_a_list_whose_first_answer_is_lost_is_asked_once_more(hub: Hub) -> None:
    hub.fault("http_500", "GetDoctorList", times=1)
    assert hub.gateway().directory().completeness is Completeness.FULL


# Tickets.


def test_everybody_is_named_and_a_ticket_is_as_long_as_the_clinic_made_it(hub: Hub) -> None:
    found = hub.gateway().free(hub.window)
    assert (found.completeness, len(found.resources), found.warnings) == (Completeness.FULL, 8, ())
    lengths = {
        resource.practitioner_id: {
            (item.end.seconds - item.begin.seconds) // 60 for item in found.items if item.resource == resource
        }
        for resource in found.resources
    }
    assert lengths["17@1"] == {15}
    assert lengths["19@1"] == {20}
    assert lengths["18@1"] == {30}
    assert all(item.ticket and item.step_minutes is None for item in found.items)


def test_only_the_asked_days_come_though_more_are_asked_for(hub: Hub) -> None:
    first = hub.window.first + timedelta(days=2)
    found = hub.gateway().free(Window(first, first), resource=HEART)
    assert {item.begin.day for item in found.items} <= {first}
    assert found.resources == (HEART,)


def test_a_branch_that_is_not_ours_is_not_asked(hand: Hand) -> None:
    found = hand.gateway().free(WEEK, resource=RemoteResource("18@9", "9"))
    assert (found.completeness, found.resources, hand.asked) == (Completeness.SUSPICIOUS_EMPTY, (), [])


def test_who_reads_the_schedules_is_the_profile_s(hub: Hub) -> None:
    stranger, neighbour = (
        hub.clerk("patient", lpu=1, surname="Смотрящий", birthday="1980-01-01", area=area)["id"]
        for area in ("", "7")
    )
    assert AREA in hub.gateway().free(hub.window).resources
    assert hub.items(AREA, viewers={"1": neighbour})
    found = hub.gateway(viewers={"1": stranger}, working_time=False).free(hub.window)
    assert {item.resource for item in found.items} & {AREA, HEART} == {HEART}
    assert AREA in found.resources  # NotAvailableReasonCode says why he has none


# An empty list.


def test_trap_07_a_doctor_of_whom_nothing_is_said_is_left_as_he_was(two_doctors: Hand) -> None:
    found = two_doctors.gateway().free(WEEK)
    assert (found.completeness, found.resources) == (Completeness.FULL, (BY_HAND.resource,))


@pytest.mark.parametrize(
    ("options", "recordable", "is_named"),
    [
        ({}, "false", True),
        ({}, "true", False),  # a day with tickets that the list lacks
        ({"working_time": False}, "false", False),
    ],
)
def test_trap_07_working_time_without_a_recordable_day_proves_a_full_doctor(
    two_doctors: Hand, options: dict[str, bool], recordable: str, is_named: object
) -> None:
    two_doctors.results["GetWorkingTime"] = FULL_DAY.format(recordable)
    found = two_doctors.gateway(**options).free(WEEK)
    assert (OTHER in found.resources) is is_named
    alone = two_doctors.gateway(**options).free(WEEK, resource=OTHER)
    assert (alone.completeness is Completeness.FULL) is is_named


@pytest.mark.parametrize(
    ("counts", "count", "is_named", "asked"),
    [
        ("checked", 0, True, 2),
        ("checked", 3, False, 2),
        ("ignored", 0, False, 2),
        ("trusted", 0, True, 1),
    ],
)
def test_trap_07_a_count_of_none_proves_a_full_doctor_beside_one_who_has_tickets(
    two_doctors: Hand, counts: str, count: int, is_named: object, asked: int
) -> None:
    rows = doctors("18"), doctors("19", count=count)
    two_doctors.results["GetDoctorList"] = "".join(rows).replace("</a:Docs><a:Docs>", "")
    found = two_doctors.gateway(counts=counts, working_time=False).free(WEEK)
    assert (OTHER in found.resources) is is_named
    assert len(two_doctors.sent(FREE)) == asked


def test_trap_07_where_nobody_has_a_ticket_a_count_of_none_proves_nothing(two_doctors: Hand) -> None:
    two_doctors.results |= {FREE: tickets(), "GetDoctorList": doctors("18", "19", count=0)}
    for counts in ("checked", "trusted"):
        found = two_doctors.gateway(counts=counts).free(WEEK)
        assert (found.completeness, found.resources) == (Completeness.SUSPICIOUS_EMPTY, ())


def test_a_reason_explains_an_empty_list_beside_one_who_has_tickets(two_doctors: Hand) -> None:
    of_19(two_doctors, tickets(reason="41"))
    assert OTHER in two_doctors.gateway(working_time=False).free(WEEK).resources


def test_a_branch_without_doctors_makes_the_reading_not_whole(hub: Hub) -> None:
    found = hub.gateway(lpus={**LPUS, "77": "Соседняя"}).free(hub.window)
    assert found.completeness is Completeness.PARTIAL
    assert found.warnings == ("the hub lists no doctors of LPU 77: does the token fit?",)


# Failures.


def test_a_doctor_whose_answer_is_lost_twice_is_left_as_he_was_and_named(two_doctors: Hand) -> None:
    two_doctors.results["GetDoctorList"] = doctors("18", "19", "20")
    whole = two_doctors.results[FREE]
    two_doctors.results[FREE] = lambda call: b"<cut" if field(call, "idDoc") == "19" else whole(call)
    found = two_doctors.gateway().free(WEEK)
    assert (found.completeness, found.resources) == (Completeness.FULL, (BY_HAND.resource,))
    assert found.warnings == (
        "the tickets of doctor 19@1 in LPU 1: GetAvaibleAppointments: not XML",
    )  # fmt: skip
    assert [field(call, "idDoc") for call in two_doctors.sent(FREE)].count("19") == 2


def test_a_reading_that_takes_too_long_ends(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freetime, "READING_SECONDS", 0.0)
    with pytest.raises(GatewayUnavailableError, match="took too long"):
        hub.gateway().free(WEEK)


def test_where_more_than_half_are_lost_the_reading_did_not_happen(hub: Hub) -> None:
    hub.fault("http_500", FREE)
    with pytest.raises(GatewayUnavailableError, match="HTTP 500"):
        hub.gateway().free(hub.window)


def test_a_doctor_whom_the_hub_refuses_is_left_as_he_was_and_named(two_doctors: Hand) -> None:
    whole = two_doctors.results[FREE]
    two_doctors.results[FREE] = lambda call: (
        refused(call, (99, "Прочее")) if field(call, "idDoc") == "19" else whole(call)
    )
    found = two_doctors.gateway().free(WEEK)
    assert found.resources == (BY_HAND.resource,)
    assert found.warnings == ("the tickets of doctor 19@1 in LPU 1: was refused: error 99",)


@pytest.mark.parametrize("name", ["http_500", "refused", "garbage", "html", "soap_fault"])
def test_one_doctor_s_reading_that_fails_did_not_happen(hub: Hub, name: str) -> None:
    hub.fault(name, FREE)
    with pytest.raises(GatewayUnavailableError):
        hub.gateway().free(hub.window, resource=HEART)


def test_a_ticket_that_somebody_took_is_gone_from_the_next_reading(hub: Hub) -> None:
    slot = hub.slot(EYES)
    hub.clerk_books(slot)
    left = {(item.begin, item.ticket) for item in hub.items(EYES)}
    assert (slot.begin, slot.ticket) not in left
