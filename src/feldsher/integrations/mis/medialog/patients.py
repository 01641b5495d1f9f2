"""Patients' cards (PID): found before a visit is written, because one without a PID may make a new card.

The event that finds a card is the profile's (`patient_event`): the list of events that is known is cut before
it. What comes back is held against the person once more: a filter that didn't fit answers everybody.
"""

from feldsher.domain.scheduling.ports import Person
from feldsher.integrations.mis.medialog.carrier import Carrier
from feldsher.integrations.mis.medialog.messages import Row
from feldsher.integrations.mis.medialog.profile import Profile

_PHONES = ("PHONE", "MOBIL_TELEFON", "TEL", "RAB_TEL")
_OWN_DIGITS = 10  # without the country's 7 or 8


def identity(person: Person) -> dict[str, str]:
    """Return the person as QUERY_INFO names one."""
    return {
        "PAT_NOM": person.family,
        "PAT_PRENOM": person.given,
        "PAT_PATRONYME": person.middle,
        "PHONE": _digits(person.phone),
    }


def find_cards(carrier: Carrier, profile: Profile, person: Person, *, clinic: str) -> tuple[str, ...]:
    """Return the PIDs whose name and phone are the person's; raises as Carrier.call does."""
    told = carrier.call(profile.patient_event, clinic, identity(person))
    return tuple(dict.fromkeys(row["PID"] for row in told.rows if row.get("PID") and _fits(row, person)))


def _fits(row: Row, person: Person) -> bool:
    """Whether a card is the person's. A card without a phone fits nobody; without a patronymic, anybody's."""
    names = [("PAT_NOM", person.family), ("PAT_PRENOM", person.given)]
    if row.get("PAT_PATRONYME") and person.middle:
        names.append(("PAT_PATRONYME", person.middle))
    phone = _digits(person.phone)[-_OWN_DIGITS:]
    phones = {_digits(row.get(name, ""))[-_OWN_DIGITS:] for name in _PHONES}
    return phone in phones and all(_plain(row.get(name, "")) == _plain(told) for name, told in names)


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").split())
