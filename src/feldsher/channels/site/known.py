"""People whom this device books without typing: their cookie, and what the form shows of them.

The cookie is a random token; names are read on the server and leave it masked. Without the cookie nothing
here asks the database.
"""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest, HttpResponse

from feldsher.channels.frontend.queries import text_in, uuid_in
from feldsher.channels.frontend.remembered import keep_token, token_of
from feldsher.channels.site.devices import known_device
from feldsher.channels.site.forms import CARRIED, BookingForm
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients import services as patient_services
from feldsher.domain.patients.types import Relation, RememberedCard
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling.types import Confirmation, Hold, KnownPerson
from feldsher.kernel import clock
from feldsher.kernel.errors import NotFoundError
from feldsher.kernel.formats import day_month, local_day

_WISH = 500
_MISSING = "Для\u00a0этой записи нужно новое согласие: отметьте его, если согласны"


@dataclass(frozen=True, slots=True)
class Person:
    """One choice of the form. `consent_day` is empty where a consent must be given anew."""

    id: UUID
    label: str
    name: str
    phone: str
    relation: str
    consent_day: str
    faults: tuple[str, ...]

    @property
    def box(self) -> str:
        """The name of the box that belongs to this person alone."""
        return f"consent-{self.id}"

    @property
    def parent_css(self) -> str:
        """A class that hides nothing, where the sentence of a representative belongs to the consent."""
        return "is-said" if self.relation == Relation.PARENT else ""

    @property
    def other_css(self) -> str:
        return "is-said" if self.relation == Relation.OTHER else ""


@dataclass(frozen=True, slots=True)
class Choice:
    """A sent form in which somebody known was chosen; what was typed beside it is kept for the page."""

    id: UUID
    form: BookingForm
    confirmation: Confirmation
    typed: dict[str, str]


def turn_token(request: HttpRequest, response: HttpResponse) -> None:
    """Give the device its next token: one is good for one booking."""
    turned = patient_services.turn(token_of(request))
    if turned:
        keep_token(response, turned)


def people(request: HttpRequest, hold: Hold, *, missing: UUID | None = None) -> tuple[Person, ...]:
    """Return whom this device may book into this hold; `missing` is who was sent without a consent.

    Where a birth date is needed only children come: an adult's was perhaps not typed here.
    """
    token = token_of(request)
    if not token:
        return ()
    is_dated = scheduling.needs_birth_date(hold.key)
    return tuple(
        _person(card, hold, is_missing=card.id == missing)
        for card in patients.remembered(token)
        if card.relation is Relation.PARENT or not is_dated
    )


def _person(card: RememberedCard, hold: Hold, *, is_missing: bool) -> Person:
    given = scheduling.standing_consent(hold.id, patient_id=card.patient_id, given_by=card.related_id)
    today = local_day(clock.now(), hold.zone)
    return Person(
        id=card.id,
        label=card.label,
        name=card.name,
        phone=card.phone,
        relation=card.relation or "",
        consent_day=day_month(local_day(given, hold.zone), today=today) if given else "",
        faults=(_MISSING,) if is_missing else (),
    )


def chosen(request: HttpRequest) -> Choice | None:
    """Return the known person of a sent form, None where somebody was typed; NotFoundError for no id."""
    person = uuid_in(request.POST, "known")
    if person is None:
        return None
    typed = {name: text_in(request.POST, name, limit=_WISH) for name in CARRIED if request.POST.get(name)}
    confirmation = Confirmation(
        KnownPerson(token_of(request), person),
        consents=("booking",) if request.POST.get(f"consent-{person}") else (),
        wish=typed.get("wish", ""),
        channel="site",
    )
    return Choice(person, BookingForm(initial=typed), confirmation, typed)


def offered(request: HttpRequest, visit_id: UUID, *, secret: str) -> RememberedCard | bool:
    """Return whom of this visit the device remembers already, else whether it may be asked to."""
    device = known_device(request)
    booked = scheduling.booked_here(visit_id, token=secret, device=device) if device else None
    if booked is None:
        return False
    token = token_of(request)
    cards = patients.remembered(token) if token else ()
    return next((card for card in cards if card.patient_id == booked.patient_id), True)


def forget(request: HttpRequest) -> None:
    person = uuid_in(request.POST, "who")
    if person is None:
        raise NotFoundError("nobody to forget")
    patient_services.forget(token_of(request), person)
