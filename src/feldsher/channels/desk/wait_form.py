"""Who calls and waits: the form by which a registrar puts a phone on the waiting list."""

from collections.abc import Iterable
from typing import Any, cast
from uuid import UUID

from django import forms

from feldsher.channels.frontend.windows import WindowForm
from feldsher.domain.directory.types import LocationCard, VisitOrder
from feldsher.domain.scheduling.types import Answers, WishInput

_PHONE = 32
_OLDEST = 150
_ORDERS = {"first": VisitOrder.FIRST, "repeat": VisitOrder.REPEAT}
_WHOM = "Выберите врача или\u00a0специальность: что-нибудь одно"
_NO_CONSENT = "Спросите человека и\u00a0отметьте, что он согласен"


class WaitForm(WindowForm):
    """A phone, a doctor or a specialty, days, hours and branches, what the visit may ask, and the consent."""

    phone = forms.CharField(max_length=_PHONE, error_messages={"required": "Напишите телефон"})
    practitioner = forms.UUIDField(required=False)
    specialty = forms.CharField(max_length=120, required=False)
    location = forms.MultipleChoiceField(required=False)
    age = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=_OLDEST,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), "Полных лет, числом"),
    )
    visit = forms.ChoiceField(choices=[(name, name) for name in ("", *_ORDERS)], required=False)
    referral = forms.BooleanField(required=False)
    consent = forms.BooleanField(error_messages={"required": _NO_CONSENT})

    def __init__(self, *args: Any, places: Iterable[LocationCard], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = cast("forms.MultipleChoiceField", self.fields["location"])
        field.choices = self._places = [(str(place.id), place.name) for place in places]

    def clean(self) -> None:
        """Ask for one of a doctor and a specialty."""
        if bool(self.cleaned_data.get("practitioner")) == bool(self.cleaned_data.get("specialty")):
            self.add_error("practitioner", _WHOM)

    def wish(self) -> WishInput:
        """Return what is wished; only for a valid form."""
        typed: dict[str, Any] = self.cleaned_data
        marked = tuple(UUID(each) for each in typed["location"])
        return WishInput(
            phone=typed["phone"],
            window=self.window(),
            practitioner_id=typed["practitioner"],
            specialty=typed["specialty"],
            location_ids=marked if len(marked) < len(self._places) else (),
            answers=Answers(
                age=typed["age"],
                visit=_ORDERS.get(typed["visit"]),
                has_referral=True if typed["referral"] else None,
            ),
        )

    @property
    def branches(self) -> list[tuple[str, str, bool]]:
        """Return the branches to choose from, and whether each is marked."""
        marked = set(self["location"].value() or ())
        return [(place, name, place in marked) for place, name in self._places]
