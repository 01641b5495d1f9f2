"""What a person types. Forms keep the values and speak beside the fields; services have the last word."""

from collections.abc import Iterable, Mapping
from typing import Any, cast
from uuid import UUID

from django import forms
from django.http import QueryDict

from feldsher.channels.frontend.forms import SaidForm, iso_date
from feldsher.channels.frontend.queries import text_in
from feldsher.channels.frontend.windows import WindowForm
from feldsher.domain.corporate.types import CompanyInput
from feldsher.domain.scheduling.types import Answers, BookerInput, Confirmation, PersonInput, WishInput
from feldsher.kernel.phone import parse_phone

_NAME = 60
_WHOLE_NAME = 120
_PHONE = 32
_WISH = 500
_EMAIL = 254
_DIGITS = 11
SELF, CHILD, OTHER = "self", "child", "other"
CHOICES = ((SELF, "Я"), (CHILD, "Ребёнок"), (OTHER, "Другой"))
_RELATIONS = {CHILD: "parent", OTHER: "other"}
CARRIED = (
    "known",
    "who",
    "phone",
    "booker",
    "family",
    "given",
    "middle",
    "child_birth_date",
    "birth_date",
    "email",
    "wish",
)
"""What travels to the form of another time: everything but the consent."""


def typed_in(data: QueryDict) -> dict[str, str]:
    """Return what travels of a form that was sent."""
    return {name: text_in(data, name, limit=_WISH) for name in CARRIED if data.get(name)}


def _phone_fault(text: str) -> str:
    """Return what is wrong with a phone in words, empty when nothing is."""
    if parse_phone(text):
        return ""
    digits = sum(char.isdigit() for char in text)
    expected = _DIGITS if text.lstrip().startswith(("+7", "7", "8")) else _DIGITS - 1
    missing = expected - digits
    words = {1: "одной цифры", 2: "двух цифр", 3: "трёх цифр", 4: "четырёх цифр"}
    if missing in words:
        return f"Не хватает {words[missing]}"
    return "Нужен российский номер, например +7\u00a0921\u00a0000-00-00"


class _PhoneForm(SaidForm):
    """Everything that takes a name, a phone and the consent to keep them."""

    phone = forms.CharField(max_length=_PHONE, error_messages={"required": "Напишите телефон"})
    consent = forms.BooleanField(
        error_messages={"required": "Без согласия записать нельзя: отметьте его, если согласны"}
    )

    def clean_phone(self) -> str:
        text = str(self.cleaned_data["phone"])
        fault = _phone_fault(text)
        if fault:
            raise forms.ValidationError(fault)
        return text


class BookingForm(_PhoneForm):
    """Who comes, and who books them.

    A child's birth date has a field of its own: what was typed into it must not become the mother's when she
    changes her mind. That of others is asked only where the service has said that it is needed.
    """

    who = forms.ChoiceField(choices=CHOICES, required=False)
    booker = forms.CharField(max_length=_WHOLE_NAME, required=False)
    child_birth_date = forms.CharField(max_length=10, required=False)
    family = forms.CharField(max_length=_NAME, error_messages={"required": "Напишите фамилию"})
    given = forms.CharField(max_length=_NAME, error_messages={"required": "Напишите имя"})
    middle = forms.CharField(max_length=_NAME, required=False)
    birth_date = forms.CharField(max_length=10, required=False)
    email = forms.CharField(max_length=_EMAIL, required=False)
    wish = forms.CharField(max_length=_WISH, required=False)

    def clean_birth_date(self) -> str:
        return iso_date(str(self.cleaned_data["birth_date"]))

    def clean_child_birth_date(self) -> str:
        return iso_date(str(self.cleaned_data["child_birth_date"]))

    def clean(self) -> None:
        """Ask for what this choice needs; fields of another choice don't count, nor do their faults."""
        who = self._who()
        if who != SELF and not self.cleaned_data.get("booker") and "booker" not in self.errors:
            self.add_error("booker", "Напишите ваши фамилию и\u00a0имя")
        if who != CHILD:
            self.errors.pop("child_birth_date", None)
        elif not self.cleaned_data.get("child_birth_date") and "child_birth_date" not in self.errors:
            self.add_error("child_birth_date", "Напишите дату рождения ребёнка")
        if who == CHILD:
            self.errors.pop("birth_date", None)
        if who == SELF:
            self.errors.pop("booker", None)

    def blame(self, fields: Mapping[str, str]) -> None:
        """Put the sentences of a service beside their fields; that of a birth date beside the shown one."""
        place = {"birth_date": "child_birth_date"} if self._who() == CHILD else {}
        super().blame({place.get(name, name): sentence for name, sentence in fields.items()})

    def _who(self) -> str:
        return str(self.cleaned_data.get("who") or SELF)

    def confirmation(self) -> Confirmation:
        """Return the second step of a booking; only for a valid form."""
        typed: dict[str, Any] = self.cleaned_data
        who = self._who()
        relation = _RELATIONS.get(who)
        person = PersonInput(
            family=typed["family"],
            given=typed["given"],
            middle=typed["middle"],
            phone=typed["phone"],
            birth_date=typed["child_birth_date" if who == CHILD else "birth_date"],
            email=typed["email"],
        )
        booker = BookerInput(relation, typed["booker"]) if relation else None
        return Confirmation(
            person=person, consents=("booking",), wish=typed["wish"], channel="site", booker=booker
        )

    def typed(self) -> dict[str, str]:
        """Return what was typed, as it was, for the form of another time; never the consent."""
        return {name: str(self.data[name])[:_WISH] for name in CARRIED if self.data.get(name)}


class CallForm(_PhoneForm):
    """«Перезвоните мне»."""

    name = forms.CharField(max_length=_NAME, error_messages={"required": "Напишите, как к вам обращаться"})
    topic = forms.CharField(max_length=200, required=False)


class ProgrammeForm(_PhoneForm):
    """Whom to call about a programme of check-ups."""

    name = forms.CharField(max_length=_NAME, error_messages={"required": "Напишите, как к вам обращаться"})


class _LinesField(forms.CharField):
    """Text of several lines, each end of which is one character, as the browser counts them."""

    def to_python(self, value: object) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class CompanyForm(SaidForm):
    """A company's request; the service says what of it is wrong, but for the consent."""

    company = forms.CharField(max_length=200, required=False)
    inn = forms.CharField(max_length=20, required=False)
    contact = forms.CharField(max_length=200, required=False)
    phone = forms.CharField(max_length=_PHONE, required=False)
    email = forms.CharField(max_length=_EMAIL, required=False)
    words = _LinesField(max_length=2000, required=False)
    consent = forms.BooleanField(
        error_messages={"required": "Без согласия ответить нельзя: отметьте его, если согласны"}
    )

    def typed(self) -> CompanyInput:
        """Return what was typed; only for a valid form."""
        said: dict[str, Any] = self.cleaned_data
        return CompanyInput(**{name: value for name, value in said.items() if name != "consent"})


class WaitForm(WindowForm, _PhoneForm):
    """What somebody waits for: days, a part of the day, and some branches of several (`branches`: all).

    None that is marked means any, like all.
    """

    location = forms.MultipleChoiceField(required=False)

    def __init__(self, *args: Any, branches: Iterable[UUID], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.MultipleChoiceField", self.fields["location"])
        field.choices = self._branches = [(str(each), str(each)) for each in branches]

    def wish(
        self, *, doctor: UUID | None, specialty: str, service: UUID | None, answers: Answers
    ) -> WishInput:
        """Return what is wished; only for a valid form."""
        typed: dict[str, Any] = self.cleaned_data
        marked = tuple(UUID(each) for each in typed["location"])
        return WishInput(
            phone=typed["phone"],
            window=self.window(),
            practitioner_id=doctor,
            specialty=specialty,
            location_ids=marked if len(marked) < len(self._branches) else (),
            service_id=service,
            answers=answers,
        )
