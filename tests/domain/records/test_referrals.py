"""A referral opens one patient to one doctor until a day, and nobody else to anybody. Controls C12, C13."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from conftest import SetClock
from domain.records.factory import UNTIL, WHY, Ward, a_person
from domain.records.looking import END, reached, relation, row_of
from domain.scheduling.factory import COLLEAGUE, NOW, appointment, at
from domain.scheduling.staff import hired, somebody
from feldsher.domain.directory.models import Practitioner
from feldsher.domain.records import selectors, services
from feldsher.domain.records.errors import AlreadyReferredError, ReferralNotFoundError, VisitNotInCareError
from feldsher.domain.records.models import ServiceRequest
from feldsher.domain.records.types import ReferralState, TypedReferral
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.models import Appointment
from feldsher.foundation.access import grants
from feldsher.foundation.access import services as access
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.errors import ForbiddenError
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.roles import Role
from feldsher.foundation.access.selectors import staff_named
from feldsher.foundation.access.types import Staff
from feldsher.foundation.audit.models import AccessEntry
from feldsher.foundation.audit.reading import JOURNAL
from feldsher.kernel.errors import InvalidInputError

pytestmark = pytest.mark.django_db


def change(**values: object) -> None:
    """Change Anna's visit as the exchange with the clinic does."""
    with as_service("test"):
        Appointment.objects.filter(pk=values.pop("visit")).update(**values)


NOBODY = (0, 0, 0)
ANNA = (2, 1, 1)
"""Anna's visits to both doctors, Anna, the referral."""


@pytest.fixture
def others(ward: Ward) -> None:
    """Anna has a visit to another doctor too, and another patient one to the eye doctor."""
    with as_service("test"):
        appointment(at(9), at(10), patient=ward.anna, practitioner=COLLEAGUE)
        boris = a_person("Борис", "+79000000002")
        appointment(at(11), at(12), patient=boris, practitioner=ward.eye.practitioner_id)


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize("action", [Action.SEE_VISITS, Action.CONSULT])
@pytest.mark.parametrize(
    ("moment", "seen"),
    [
        (NOW, ANNA),
        (END - timedelta(microseconds=1), ANNA),
        (END, NOBODY),
        (END + timedelta(days=300), NOBODY),
    ],
)
def test_c12_a_consultant_reaches_the_patient_until_the_term(
    ward: Ward, set_clock: SetClock, action: Action, moment: datetime, seen: tuple[int, int, int]
) -> None:
    assert reached(ward.heart, action) == NOBODY
    ward.refer()
    set_clock(moment)
    shown = seen if action is Action.CONSULT else (*seen[:2], 0)
    assert reached(ward.heart, action) == shown


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize("role", [role for role in Role if role is not Role.CONSULTANT])
def test_c12_a_referral_gives_nothing_to_the_same_doctor_in_another_role(ward: Ward, role: Role) -> None:
    other = replace(somebody(role), practitioner_id=ward.heart.practitioner_id)
    before = [_reached_or_refused(other, action) for action in Action]
    ward.refer()
    assert [_reached_or_refused(other, action) for action in Action] == before


def _reached_or_refused(staff: Staff, action: Action) -> tuple[int, int, int] | None:
    try:
        return reached(staff, action)
    except ForbiddenError:
        return None


@pytest.mark.usefixtures("others")
def test_c12_a_referral_gives_nothing_to_another_consultant(ward: Ward) -> None:
    ward.refer()
    for other in (ward.plain, None):
        third = replace(somebody(Role.CONSULTANT), practitioner_id=other)
        assert reached(third, Action.CONSULT) == NOBODY
        assert selectors.received(third) == ()


@pytest.mark.usefixtures("others")
def test_c12_the_performer_needs_no_account_and_no_role_until_they_look(ward: Ward) -> None:
    ward.refer(to=ward.plain)
    person = hired("plain", "Простов П. П.")
    access.place("plain", practitioner=ward.plain, department=None)
    with pytest.raises(ForbiddenError):
        selectors.received(staff_named("plain"))
    grants.give_anyway(person.id, Role.CONSULTANT)
    consultant = staff_named("plain")
    assert reached(consultant, Action.CONSULT) == ANNA
    assert len(selectors.received(consultant)) == 1
    grants.end_anyway(person.id, Role.CONSULTANT)
    with pytest.raises(ForbiddenError):
        selectors.received(staff_named("plain"))


@pytest.mark.usefixtures("others")
def test_c12_who_attends_patients_of_their_own_is_a_consultant_too(ward: Ward) -> None:
    ward.refer()
    both = replace(ward.heart, roles=frozenset({Role.ATTENDING_DOCTOR, Role.CONSULTANT}))
    assert reached(both, Action.CONSULT) == ANNA
    assert reached(both, Action.REFER) == NOBODY


@pytest.mark.usefixtures("others")
def test_c12_a_withdrawal_ends_it_at_once_and_for_good(ward: Ward) -> None:
    referral = ward.refer()
    services.withdraw(ward.eye, referral)
    services.withdraw(ward.eye, referral)
    assert relation(referral) is None
    assert reached(ward.heart, Action.CONSULT) == NOBODY
    assert [each.state for each in selectors.written(ward.eye)] == [ReferralState.WITHDRAWN]
    again = ward.refer()
    assert reached(ward.heart, Action.CONSULT) == ANNA
    assert {relation(again) is None, relation(referral) is None} == {True, False}


def test_c12_the_relation_is_what_the_referral_says(ward: Ward) -> None:
    found = relation(ward.refer())
    assert found is not None
    assert (found.kind, found.practitioner, found.department, found.patient) == (
        "referral",
        ward.heart.practitioner_id,
        None,
        ward.anna,
    )
    assert (found.period.lower, found.period.upper) == (NOW, END)


def test_the_last_day_is_that_of_the_branch(ward: Ward) -> None:
    """Midnight in Yekaterinburg comes two hours earlier."""
    with as_service("test"):
        south = appointment(
            at(8), at(9), patient=ward.anna, practitioner=ward.eye.practitioner_id, location=ward.south
        )
    typed = TypedReferral(ward.heart.practitioner_id, UNTIL, WHY)
    found = relation(services.refer(ward.eye, visit_id=south, typed=typed))
    assert found is not None
    assert found.period.upper == END - timedelta(hours=2)
    assert [each.last_day for each in selectors.received(ward.heart)] == [UNTIL]


# The visit at which it was written.


@pytest.mark.parametrize("states", [("cancelling", "cancelled"), ("moved",)])
def test_c12_a_visit_that_is_not_to_be_ends_its_referral(ward: Ward, states: tuple[str, ...]) -> None:
    referral = ward.refer()
    for state in states:
        change(visit=ward.visit, state=state)
    assert relation(referral) is None
    assert reached(ward.heart, Action.CONSULT) == NOBODY
    assert [each.state for each in selectors.written(ward.eye)] == [ReferralState.LAPSED]


@pytest.mark.parametrize("states", [("arrived", "fulfilled"), ("noshow",), ("cancelling", "booked")])
def test_a_visit_that_goes_its_way_leaves_the_referral(ward: Ward, states: tuple[str, ...]) -> None:
    referral = ward.refer()
    for state in states:
        change(visit=ward.visit, state=state)
    assert relation(referral) is not None


def moved_to(ward: Ward, **changes: object) -> None:
    """Move Anna's visit to the afternoon as the exchange does: the old version first."""
    change(visit=ward.visit, state="moved")
    values = {"patient": ward.anna, "practitioner": ward.eye.practitioner_id, "location": ward.north}
    with as_service("test"):
        appointment(at(12), at(13), chain=ward.visit, version=3, **{**values, **changes})


def test_a_moved_visit_takes_its_referral_along(ward: Ward) -> None:
    referral = ward.refer()
    moved_to(ward)
    found = relation(referral)
    assert found is not None
    assert (found.patient, found.period.upper) == (ward.anna, END)
    assert [each.state for each in selectors.written(ward.eye)] == [ReferralState.ACTIVE]


def test_c12_a_visit_that_moved_to_another_doctor_or_lost_its_patient_ends_it(ward: Ward) -> None:
    referral = ward.refer()
    moved_to(ward, practitioner=COLLEAGUE)
    assert relation(referral) is None
    assert not row_of(referral).stands


@pytest.mark.usefixtures("others")
def test_c12_a_corrected_patient_takes_the_referral_along(ward: Ward) -> None:
    referral = ward.refer()
    with as_service("test"):
        vera = a_person("Вера", "+79000000003")
    change(visit=ward.visit, patient=vera)
    found = relation(referral)
    assert found is not None
    assert (found.patient, row_of(referral).patient) == (vera, vera)
    assert reached(ward.heart, Action.CONSULT) == (1, 1, 1)
    (card,) = selectors.received(ward.heart)
    assert card.reason == WHY


def test_a_withdrawn_referral_does_not_come_back_with_the_patient(ward: Ward) -> None:
    referral = ward.refer()
    services.withdraw(ward.eye, referral)
    change(visit=ward.visit, patient=uuid4())
    assert relation(referral) is None


# Who may write, about whom and to whom.


def test_c12_only_the_attending_doctor_refers_and_only_from_their_own_visit(ward: Ward) -> None:
    with as_service("test"):
        foreign = appointment(at(9), at(10), practitioner=COLLEAGUE)
        of_anna = appointment(at(11), at(12), patient=ward.anna, practitioner=COLLEAGUE)
    typed = TypedReferral(ward.heart.practitioner_id, UNTIL, WHY)
    for visit in (foreign, of_anna, uuid4()):
        with pytest.raises(VisitNotInCareError):
            services.refer(ward.eye, visit_id=visit, typed=typed)
    nobody = replace(ward.eye, practitioner_id=None)
    with pytest.raises(VisitNotInCareError):
        services.refer(nobody, visit_id=ward.visit, typed=typed)
    for role in set(Role) - {Role.ATTENDING_DOCTOR}:
        other = replace(somebody(role), practitioner_id=ward.eye.practitioner_id)
        with pytest.raises(ForbiddenError):
            services.refer(other, visit_id=ward.visit, typed=typed)
    with as_service("test"):
        assert ServiceRequest.objects.count() == 0


@pytest.mark.parametrize("days", [-31, 92])
def test_c12_who_does_not_have_the_patient_in_care_refers_nobody(
    ward: Ward, set_clock: SetClock, days: int
) -> None:
    set_clock(at(6) + timedelta(days=days))
    with pytest.raises(VisitNotInCareError):
        ward.refer(last_day=(at(6) + timedelta(days=days + 3)).date())


@pytest.mark.parametrize("state", ["cancelled", "rejected", "moved"])
def test_c12_a_visit_that_is_not_to_be_refers_nobody(ward: Ward, state: str) -> None:
    with as_service("test"):
        gone = appointment(
            at(9), at(10), patient=ward.anna, practitioner=ward.eye.practitioner_id, state=state
        )
    with pytest.raises(VisitNotInCareError):
        services.refer(ward.eye, visit_id=gone, typed=TypedReferral(ward.plain, UNTIL, WHY))


def faults(ward: Ward, *, to: UUID | None, last_day: date | None, reason: str) -> dict[str, str]:
    with pytest.raises(InvalidInputError) as caught:
        services.refer(ward.eye, visit_id=ward.visit, typed=TypedReferral(to, last_day, reason))
    return {name: text.replace("\u00a0", " ") for name, text in caught.value.fields.items()}


def test_each_field_says_what_to_do(ward: Ward) -> None:
    assert faults(ward, to=None, last_day=None, reason=" . ") == {
        "performer": "Выберите врача",
        "last_day": "Укажите последний день",
        "reason": "Напишите, зачем направляете",
    }
    closed = Practitioner.objects.get(pk=ward.plain)
    closed.closed_at = NOW
    closed.save(update_fields=["closed_at"])
    ours, theirs = ward.eye.practitioner_id, ward.heart.practitioner_id
    for to in (ward.plain, uuid4()):
        assert "больше не принимает" in faults(ward, to=to, last_day=UNTIL, reason=WHY)["performer"]
    assert faults(ward, to=ours, last_day=UNTIL, reason=WHY) == {
        "performer": "Это вы. Выберите другого врача"
    }
    assert faults(ward, to=theirs, last_day=date(2026, 11, 24), reason=WHY) == {
        "last_day": "Этот день прошёл. Укажите сегодняшний или позже"
    }
    assert faults(ward, to=theirs, last_day=date(2027, 11, 25), reason="х" * 1001) == {
        "last_day": "Не дольше года: по 24 ноября 2027",
        "reason": "Не длиннее 1000 знаков",
    }


@pytest.mark.parametrize("last_day", [date(2026, 11, 25), date(2027, 11, 24)])
def test_a_referral_is_good_from_today_s_end_to_a_year(ward: Ward, last_day: date) -> None:
    found = relation(ward.refer(last_day=last_day))
    assert found is not None
    assert found.period.upper == datetime(last_day.year, last_day.month, last_day.day, 21, tzinfo=UTC)


def test_a_second_referral_of_one_visit_to_one_doctor_is_refused_while_the_first_is_good(
    ward: Ward, set_clock: SetClock
) -> None:
    ward.refer()
    with pytest.raises(AlreadyReferredError):
        ward.refer(last_day=UNTIL + timedelta(days=5))
    ward.refer(to=ward.plain)
    set_clock(END)
    ward.refer(last_day=UNTIL + timedelta(days=5))


def test_c12_nobody_withdraws_another_s_referral(ward: Ward) -> None:
    referral = ward.refer()
    colleague = replace(hired("third", "", Role.ATTENDING_DOCTOR), practitioner_id=ward.plain)
    with pytest.raises(ReferralNotFoundError):
        services.withdraw(colleague, referral)
    with pytest.raises(ForbiddenError):
        services.withdraw(ward.heart, referral)
    assert relation(referral) is not None


def test_c12_a_doctor_withdraws_what_outlived_their_own_care_and_sees_no_name(
    ward: Ward, set_clock: SetClock
) -> None:
    referral = ward.refer(last_day=date(2027, 11, 1))
    set_clock(at(6) + timedelta(days=120))
    (card,) = selectors.written(ward.eye)
    assert (card.person, card.reason, card.state) == (None, "", ReferralState.ACTIVE)
    assert [each.reason for each in selectors.received(ward.heart)] == [WHY]
    services.withdraw(ward.eye, referral)
    assert selectors.received(ward.heart) == ()


# What is shown, and what stands in the journal.


def test_c16_the_consultant_reads_masked_names_and_the_patient_s_visits(ward: Ward) -> None:
    referral = ward.refer()
    found = selectors.received_referral(ward.heart, referral)
    assert found.referral.person is not None
    assert (found.referral.person.name, found.referral.person.phone[-2:]) == ("Небывалова\u00a0А.", "01")
    assert "•" in found.referral.person.phone
    assert (found.referral.requester_id, found.referral.reason) == (ward.eye.practitioner_id, WHY)
    assert [card.id for card in found.visits] == [ward.visit]
    (own,) = selectors.written(ward.eye)
    assert own.person is not None
    assert (own.person.name, own.last_day, own.state) == ("Небывалова Анна", UNTIL, ReferralState.ACTIVE)


def test_the_list_of_a_day_shows_the_patient_to_the_consultant(ward: Ward) -> None:
    day = at(6).date()
    assert scheduling.day_of_visits(ward.heart, location=ward.north, day=day).visits == ()
    ward.refer()
    (visit,) = scheduling.day_of_visits(ward.heart, location=ward.north, day=day).visits
    assert (visit.id, visit.name) == (ward.visit, "Небывалова\u00a0А.")


def test_the_reason_is_sealed(ward: Ward) -> None:
    assert "аритмию".encode() not in bytes(row_of(ward.refer()).reason)


@JOURNAL.reach()
def journal(staff: Staff) -> list[tuple[object, ...]]:
    rows = AccessEntry.objects.filter(actor=str(staff.id), matrix_column="E").order_by("id")
    return list(
        rows.values_list("role", "what", "purpose", "relation", "result", "patients", "ids", "fields")
    )


def test_c20_each_act_and_each_look_stands_in_the_journal(ward: Ward) -> None:
    referral = ward.refer()
    selectors.received_referral(ward.heart, referral)
    services.withdraw(ward.eye, referral)
    services.withdraw(ward.eye, referral)
    act = ("referral", "refer", "team", "allowed", [ward.anna], [referral])
    assert journal(ward.eye) == [
        ("attending_doctor", *act, ["referral_written"]),
        ("attending_doctor", *act, ["referral_withdrawn"]),
    ]
    look = ("referral", "consult", "ref", "allowed", [ward.anna], [referral], [])
    assert journal(ward.heart) == [("consultant", *look)]


@pytest.mark.django_db(transaction=True)
def test_c20_a_guess_at_a_visit_or_a_referral_is_a_refusal(ward: Ward) -> None:
    stranger, number = replace(ward.heart, id=uuid4()), uuid4()
    with pytest.raises(ReferralNotFoundError):
        selectors.received_referral(stranger, number)
    doctor = replace(ward.eye, id=uuid4())
    for call in (services.withdraw, selectors.new_referral):
        with pytest.raises((ReferralNotFoundError, VisitNotInCareError)):
            call(doctor, number)
    refused = [(row[2], row[4], row[6]) for who in (stranger, doctor) for row in journal(who)]
    assert refused == [
        ("consult", "refused", [number]),
        ("refer", "refused", [number]),
        ("refer", "refused", [number]),
    ]
