"""Patients' cards (IdPat), which each LPU keeps for itself: found before one is made (contract §7, trap 15).

The hub answers at most ten cards whose names begin as asked. A card is the person's where names and birth
date agree; of several such the phone tells. Without a birth date the phone must agree.
"""

from feldsher.domain.scheduling.ports import Ambiguous, NotSent, PatientOutcome, PatientRef, Person, Unknown
from feldsher.foundation.egress.client import LostError, NotSentError
from feldsher.integrations.mis.n3 import times
from feldsher.integrations.mis.n3.door import Door
from feldsher.integrations.mis.n3.meaning import Meanings
from feldsher.integrations.mis.n3.profile import Meaning, Profile
from feldsher.integrations.mis.n3.wire import Parameters, RefusedError, Row, is_id, rows, text_of

TOP = 10
"""Cards that SearchTop10Patient answers at most: of more the person's own may be left out."""
NO_CARD = "20"
"""The code of "no such patient", which a search may be refused with."""
_OWN_DIGITS = 10
_PREFIXES = {"9…": "", "79…": "7", "+79…": "+7", "89…": "8"}


class Patients:
    """Thread-safe."""

    def __init__(self, door: Door, meanings: Meanings) -> None:
        self._door = door
        self._meanings = meanings

    def ensure(self, person: Person, *, lpu: str) -> PatientOutcome:
        """Find the card, else make one; a person is asked for one that may not be made.

        A lost answer costs nothing: asked again, what was made is found.
        """
        try:
            known, is_cut = self._found(person, lpu=lpu)
        except (LostError, RefusedError) as error:
            return NotSent(
                f"the patient's card could not be looked for: {error}",
                is_answered=isinstance(error, RefusedError),
            )
        except NotSentError as error:
            return NotSent(str(error))
        if len(known) == 1:
            return PatientRef(known[0])
        profile = self._door.profile
        if known or is_cut or not profile.adds_patients or person.birth_date is None:
            return Ambiguous(len(known))
        return self._add(person, lpu=lpu)

    def cards_of(self, person: Person, *, lpu: str) -> list[str]:
        """Return IdPat of every card that may be the person's; raises as Door.call does."""
        return self._found(person, lpu=lpu)[0]

    def _found(self, person: Person, *, lpu: str) -> tuple[list[str], bool]:
        """Return the cards that fit, and whether the answer was too long to have them all."""
        asked = _names(person)
        if person.birth_date is not None:
            asked["Birthday"] = f"{person.birth_date}T00:00:00"
        try:
            told = self._door.call("SearchTop10Patient", [("pat", asked), ("idLpu", lpu)])
        except RefusedError as refusal:
            if refusal.code == NO_CARD:
                return [], False
            raise
        cards = list(rows(told, "ListPatient"))
        fitting = [card for card in cards if is_id(card.get("IdPat", "")) and _fits(card, person)]
        same_phone = [card for card in fitting if _phone(card, person)]
        if len(fitting) > 1 and same_phone:
            fitting = same_phone
        known = list(dict.fromkeys(card["IdPat"] for card in fitting))
        return known, not known and len(cards) >= TOP

    def _add(self, person: Person, *, lpu: str) -> PatientOutcome:
        profile = self._door.profile
        approved = None if profile.approved_by_tfoms == "nil" else profile.approved_by_tfoms
        parameters: Parameters = [
            ("patient", _card(person, profile)),
            ("idLpu", lpu),
            ("approvedByTfoms", approved),
        ]
        try:
            told = self._door.call("AddNewPatient", parameters)
        except NotSentError as error:
            return NotSent(f"the patient's card was not made: {error}")
        except LostError as error:
            return Unknown(str(error))
        except RefusedError as refusal:
            is_open = self._meanings.of(refusal) in {Meaning.UNKNOWN, Meaning.NO_ACCESS}
            return Unknown(str(refusal)) if is_open else Ambiguous(0)
        number = text_of(told, "IdPat")
        return PatientRef(number) if is_id(number) else Unknown("a card without IdPat")


def _names(person: Person) -> dict[str, str]:
    names = {"Surname": person.family, "Name": person.given, "SecondName": person.middle}
    return {name: told for name, told in names.items() if told}


def _card(person: Person, profile: Profile) -> dict[str, str]:
    digits = _digits(person.phone)[-_OWN_DIGITS:]
    return {
        **_names(person),
        "Birthday": f"{person.birth_date}T00:00:00",
        "CellPhone": f"{_PREFIXES[profile.phone]}{digits}",
    }


def _fits(card: Row, person: Person) -> bool:
    names = [("Surname", person.family), ("Name", person.given)]
    if card.get("SecondName") and person.middle:
        names.append(("SecondName", person.middle))
    if any(_plain(card.get(name, "")) != _plain(told) for name, told in names):
        return False
    if person.birth_date is None:
        return _phone(card, person)
    return times.day(card.get("Birthday", "")) == person.birth_date


def _phone(card: Row, person: Person) -> bool:
    own = _digits(person.phone)[-_OWN_DIGITS:]
    return own in {_digits(card.get(name, ""))[-_OWN_DIGITS:] for name in ("CellPhone", "HomePhone")}


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _plain(text: str) -> str:
    return " ".join(text.casefold().replace("ё", "е").split())
