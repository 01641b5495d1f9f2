"""Emergency access to a patient who stands before the doctor: found by name, opened by a reason, and told.

Who is looked for is compared by blind indexes; of several people by one name none is opened.
"""

import logging
from collections.abc import Callable
from datetime import timedelta

from feldsher.domain.patients import persons, sealed
from feldsher.domain.patients.behind_phone import behind_phone
from feldsher.domain.patients.choosing import is_wrong_number
from feldsher.domain.patients.errors import NobodyFoundError, SeveralFoundError
from feldsher.domain.patients.models import Patient
from feldsher.domain.patients.types import NewPatient, TypedPerson
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.doors import as_staff, note_nobody
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.foundation.clocks import clinic_zone
from feldsher.foundation.emergency import services as emergency
from feldsher.foundation.emergency.types import Glass, notice_key
from feldsher.foundation.messaging import services as messaging
from feldsher.foundation.messaging import texts
from feldsher.foundation.messaging.quiet import daytime
from feldsher.foundation.messaging.types import Kind
from feldsher.foundation.vault.sealing import blind_indexes
from feldsher.kernel import clock

_log = logging.getLogger(__name__)


def open_in_emergency(
    staff: Staff, sought: TypedPerson, *, reason: str, words: str, proof: Callable[[], None]
) -> Glass:
    """Open the one patient who is meant, for an hour, and tell them by SMS, in the morning if it is night.

    `reason`, `words`, `proof`: as `emergency.services.break_glass`. Where nobody or several are found, the
    journal keeps that somebody looked. Raises ForbiddenError, InvalidInputError (a Russian sentence for each
    field), NobodyFoundError, SeveralFoundError, what `proof` raises, VaultError, AuditError.
    """
    person = persons.read_sought(sought, others=emergency.faults(reason, words))
    with as_staff(staff, Action.BREAK_GLASS):
        with as_service("emergency"):
            found = _find(person)
        if not found:
            note_nobody(staff, Action.BREAK_GLASS)
            raise NobodyFoundError("nobody by that name, date and phone")
        if len(found) > 1:
            note_nobody(staff, Action.BREAK_GLASS)
            raise SeveralFoundError("several people")
        glass = emergency.break_glass(staff, patient_id=found[0].pk, reason=reason, words=words, proof=proof)
        _tell(found[0], glass)
    return glass


def _find(person: NewPatient) -> list[Patient]:
    """Return whose family and given name these are, with the birth date and the phone that were told."""
    rows = Patient.objects.filter(
        family_index__in=blind_indexes(sealed.FAMILY, persons.name_key(person.family))
    )
    if person.birth_date is not None:
        birth_date = person.birth_date.isoformat()
        rows = rows.filter(birth_date_index__in=blind_indexes(sealed.BIRTH_DATE, birth_date))
    if person.phone:
        rows = rows.filter(phone_index__in=blind_indexes(sealed.PHONE, person.phone))
    found = rows.order_by("created_at", "id")
    return [row for row in found if persons.same_name(sealed.open_cell(row, "given"), person.given)]


def _tell(row: Patient, glass: Glass) -> None:
    """Record the patient's message in the same commit.

    It goes to whoever sees the patient by this phone: somebody who booked them at their request does not,
    nor who has said that it isn't theirs.
    """
    now, phone = clock.now(), sealed.open_cell(row, "phone")
    zone = clinic_zone()
    with as_service("emergency"):
        is_wrong = is_wrong_number(row.pk)
    if is_wrong or row.pk not in {each.patient_id for each in behind_phone(phone, zones={str(zone)})}:
        _log.warning("emergency.patient_not_told: %s, no phone of their own is known", glass.id)
        return
    not_before = daytime(now, zone)
    messaging.send_sms(
        Kind.EMERGENCY,
        phone=phone,
        text=texts.emergency(opened_at=now.astimezone(zone)),
        key=notice_key(glass.id),
        valid_until=not_before + timedelta(days=1),
        not_before=not_before,
    )
