"""Whose visits a proved phone may see: its owner's, and those of the children whom it represents.

Patients share phones, and a row alone doesn't say whose the phone is: who books another leaves their own.
Hence the rule goes by who booked and who consented; whom it does not name is not seen.
"""

from collections.abc import Collection
from datetime import date
from uuid import UUID

from django.db.models import Q

from feldsher.domain.patients import persons, sealed
from feldsher.domain.patients.models import Consent, Patient, RelatedPerson
from feldsher.domain.patients.types import Behind, Purpose, Relation
from feldsher.foundation.access.context import as_service
from feldsher.foundation.access.journal import journal
from feldsher.foundation.access.matrix import Column
from feldsher.foundation.vault.sealing import blind_indexes
from feldsher.kernel import clock
from feldsher.kernel.formats import local_day


def behind_phone(phone: str, *, zones: Collection[str]) -> tuple[Behind, ...]:
    """Return the patients whom the holder of a phone (E.164) may see now, oldest first; opens no name.

    - A child whom a parent with this phone has booked, until the midnight that begins its 15th birthday, by
      the clock of the clinic (`zones`: of its branches; where it comes first). After that, nobody's here.
    - A patient with this phone whom nobody booked in their stead, or who has consented themself.

    Whom somebody booked at their request (`other`) is left out: that they let themself be booked is no leave
    to look into their visits. Raises VaultError.
    """
    indexes = blind_indexes(sealed.PHONE, phone)
    today = max(local_day(clock.now(), zone) for zone in zones)
    with as_service("phone_holder"):
        booked = RelatedPerson.objects.filter(phone_index__in=indexes, relation=Relation.PARENT)
        parents = dict(booked.order_by("-created_at", "-id").values_list("patient", "id"))
        rows = list(
            Patient.objects.filter(Q(phone_index__in=indexes) | Q(id__in=list(parents))).order_by(
                "created_at", "id"
            )
        )
        found = [row.id for row in rows]
        journal("person", Column.CONTACTS, ids=found, patients=found, fields=("birth_date",))
        ids = [row.id for row in rows if row.id not in parents]
        own = _booked_by_nobody_else(ids) | _consented_themselves(ids)
        wards = {row.id for row in rows if row.id in parents and _is_ward(row, today)}
    return tuple(Behind(row.id, parents.get(row.id)) for row in rows if row.id in own | wards)


def _booked_by_nobody_else(ids: Collection[UUID]) -> set[UUID]:
    booked = RelatedPerson.objects.filter(patient__in=ids).values_list("patient", flat=True)
    return set(ids) - set(booked)


def _consented_themselves(ids: Collection[UUID]) -> set[UUID]:
    booked = Consent.objects.filter(purpose=Purpose.BOOKING.value, given_by=None, withdrawn_at=None)
    found = booked.filter(patient__in=ids)
    return set(found.values_list("patient", flat=True))


def _is_ward(row: Patient, today: date) -> bool:
    birth_date = sealed.open_birth_date(row)
    return birth_date is not None and clock.full_years(birth_date, on=today) < persons.OWN_CONSENT_YEARS
