"""The patient's card (PCODE): found before it is made (contract §1.3, trap 15).

One phone serves a family, so a card is a person's only if its birth date and every word of its name agree.
"""

import logging
from dataclasses import dataclass

from feldsher.domain.scheduling.ports import Ambiguous, NotSent, PatientOutcome, PatientRef, Person, Unknown
from feldsher.foundation.egress.client import LostError, NotSentError
from feldsher.integrations.mis.infoclinica import envelope, times
from feldsher.integrations.mis.infoclinica.door import Door, RefusedError
from feldsher.integrations.mis.infoclinica.envelope import Element, descendants, text
from feldsher.integrations.mis.infoclinica.profile import Profile, is_id

_RUSSIAN_DIGITS = 11
_GENDERS = (("ич", "1"), ("на", "2"))
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patients:
    door: Door

    def ensure(self, person: Person) -> PatientOutcome:
        """Find the card, else make one. A refusal writes nothing and is told as NotSent."""
        try:
            known = self.cards_of(person)
        except (LostError, NotSentError, RefusedError) as error:
            return NotSent(
                f"the patient's card could not be looked for: {error}",
                is_answered=isinstance(error, RefusedError),
            )
        if len(known) > 1:
            return Ambiguous(len(known))
        if known:
            return PatientRef(known[0])
        return self._add(person)

    def cards_of(self, person: Person) -> list[str]:
        """Return the PCODE of every card that is this person's; raises as Door.call does.

        There is none only where the gateway says so: a search that failed must not make a second card.
        """
        profile = self.door.profile
        login = (
            _phone(person.phone, profile.phone_style) if profile.patient_login == "phone" else person.email
        )
        if not login:
            raise NotSentError("the person gave no address to look for a card by")
        try:
            out = self.door.call("CLIENT_CHECK", (("LOGIN", login), ("CHECKMODE", str(profile.check_mode))))
        except RefusedError as error:
            if error.result == envelope.NOT_FOUND or any(
                word in error.words for word in profile.absent_words
            ):
                return []
            raise
        cards = list(descendants(out.element, "CLIENT_MAININFO"))
        if not cards or not all(is_id(text(card, "PCODE")) for card in cards):
            raise LostError("CLIENT_CHECK: a success without cards that can be read")
        return list(dict.fromkeys(text(card, "PCODE") for card in cards if _is_of(card, person)))

    def _add(self, person: Person) -> PatientOutcome:
        try:
            out = self.door.call("CLIENT_ADD", _fields(person, self.door.profile))
        except (NotSentError, RefusedError) as error:
            return NotSent(
                f"the patient's card was not made: {error}", is_answered=isinstance(error, RefusedError)
            )
        except LostError as error:
            return Unknown(str(error))
        code = next((child.text or "" for child in descendants(out.element, "PCODE")), "").strip()
        if not is_id(code):
            return Unknown("a card without PCODE")
        self._warn_if_hidden(person, code)
        return PatientRef(code)

    def _warn_if_hidden(self, person: Person, code: str) -> None:
        """Tell when CLIENT_CHECK can't find what CLIENT_ADD has made: each booking would make a card."""
        try:
            is_hidden = code not in self.cards_of(person)
        except (LostError, NotSentError, RefusedError):
            return
        if is_hidden:
            _log.error("CLIENT_CHECK does not find the card just made: check_mode or patient_login is wrong")


def _is_of(card: Element, person: Person) -> bool:
    born = text(card, "BDATE")
    if born and person.birth_date and born != times.spelt(person.birth_date):
        return False
    told = _plain(text(card, "PNAME")).split()
    ours = _plain(f"{person.family} {person.given} {person.middle}").split()
    return bool(told) and _plain(person.given) in " ".join(told) and set(told) <= set(ours)


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("ё", "е").split())


def _fields(person: Person, profile: Profile) -> list[tuple[str, str]]:
    values = {
        "LASTNAME": person.family,
        "FIRSTNAME": person.given,
        "MIDNAME": person.middle,
        "EMAIL": person.email,
        "PHONE": _phone(person.phone, profile.phone_style),
        "BDATE": times.spelt(person.birth_date) if person.birth_date else "",
        "GENDER": _gender(person.middle) if profile.gender == "patronymic" else "",
    }
    return [(name, value) for name, value in values.items() if value]


def _gender(middle: str) -> str:
    """Return 1 for a patronymic of a man, 2 of a woman, empty where it doesn't say."""
    return next((code for ending, code in _GENDERS if middle.lower().endswith(ending)), "")


def _phone(phone: str, style: str) -> str:
    """Spell an E.164 number; brackets are of the form +7(900)000-00-00 and for +7 only."""
    digits = phone.removeprefix("+")
    if style == "digits":
        return digits
    if style == "e164" or len(digits) != _RUSSIAN_DIGITS or not digits.startswith("7"):
        return phone
    return f"+7({digits[1:4]}){digits[4:7]}-{digits[7:9]}-{digits[9:]}"
