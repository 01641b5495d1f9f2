"""From a tapped time to a sent form: the hold, the form, the confirmation.

A lost time never loses what was typed: it travels in the body of the next hold's form, not in an address, a
cookie or a session. A GET acts on nothing.
"""

from dataclasses import dataclass, replace
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from feldsher.channels.frontend.answers import SeeOther, private
from feldsher.channels.frontend.arrivals import click_of, is_robot, source_of
from feldsher.channels.frontend.form_keys import after_its_twin, idempotency_of
from feldsher.channels.frontend.queries import text_in, uuid_in
from feldsher.channels.site import known
from feldsher.channels.site.devices import device_of, remember_device
from feldsher.channels.site.forms import CHOICES, SELF, BookingForm, typed_in
from feldsher.channels.site.freed import remember_freed
from feldsher.channels.site.holding import doctor_url, hold_context
from feldsher.channels.site.pages import page
from feldsher.channels.site.present import link
from feldsher.channels.site.talon import words_of
from feldsher.channels.site.views import proof
from feldsher.channels.site.views.errors import Act, honest, refusal
from feldsher.channels.site.views.lost import lost, nearest
from feldsher.domain.conversions import selectors as conversions
from feldsher.domain.conversions import services as conversion_services
from feldsher.domain.figures import services as figures
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.errors import (
    ConsentRequiredError,
    HoldExpiredError,
    HoldNotFoundError,
    PhoneProofRequiredError,
    SlotTakenError,
    SlotTokenError,
)
from feldsher.domain.scheduling.types import (
    AppointmentCard,
    Confirmation,
    Confirmed,
    Hold,
    Idempotency,
    State,
)
from feldsher.kernel.errors import DomainError, InvalidInputError

_TOKEN = 300
_BIRTH_DATE = "Для\u00a0этого приёма нужна дата рождения. Выберите «Кто-то ещё» и\u00a0заполните форму."


@dataclass(frozen=True, slots=True)
class Notice:
    """A refusal that leaves the form usable: it stands above the form."""

    sentence: str
    code: str


@dataclass(frozen=True, slots=True)
class Chosen:
    """The form and who is chosen in it: somebody known, or None for who is typed."""

    form: BookingForm
    id: UUID | None = None
    is_consent_missing: bool = False


class _RejectedError(DomainError):
    """The clinic's system refused while the person was waiting."""

    code = "rejected"
    status = 409

    def __init__(self, visit: AppointmentCard) -> None:
        super().__init__(visit.reason, sentence=words_of(visit).text)


class _CodeAskedError(Exception):
    """The confirmation goes on after a code; `page` asks for it."""

    def __init__(self, page: HttpResponse) -> None:
        super().__init__()
        self.page = page


@require_POST
@honest
def take(request: HttpRequest) -> HttpResponse:
    """Hold the tapped time; with typed data in the body, answer with the filled form at once."""
    token = text_in(request.POST, "slot", limit=_TOKEN)
    device = device_of(request)
    typed = typed_in(request.POST)
    once = idempotency_of(request, route="site holds", caller=device, subject=token)
    try:
        hold = after_its_twin(lambda: services.hold(token, channel="site", device=device, idempotency=once))
    except DomainError as error:
        if isinstance(error, SlotTokenError):
            raise
        return _not_held(request, error, token=token, typed=typed)
    if not is_robot(request.META.get("HTTP_USER_AGENT", "")):
        figures.note_hold(hold.id, source=source_of(request))
        conversion_services.note(hold.id, click=click_of(request))
    if typed:
        response = _form_page(request, hold, BookingForm(initial=typed))
    else:
        response = private(SeeOther(link("booking", hold.id)))
    remember_device(response, device)
    return response


def _not_held(request: HttpRequest, error: DomainError, *, token: str, typed: dict[str, str]) -> HttpResponse:
    """Refuse with the nearest other times, or with the same one where a second tap may succeed."""
    key = scheduling.peek(token)
    if error.retryable:
        return refusal(request, error, key=key, typed=typed, again=token)
    given = error.alternatives if isinstance(error, SlotTakenError) else ()
    return refusal(request, error, key=key, alternatives=given or nearest(key), typed=typed)


@require_http_methods(["GET", "HEAD", "POST"])
@honest
def form(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Show the form of a held time; POST confirms it."""
    try:
        if request.method == "POST":
            return _edit(request, hold_id) if "edit" in request.POST else _confirm(request, hold_id)
        return _form_page(request, scheduling.held(hold_id), BookingForm())
    except HoldNotFoundError as error:
        mine = Act("Моя запись, если вы уже записались", link("visit", hold_id))
        return refusal(request, error, acts=(mine,))


def _edit(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    """Return from the code to the form, with all that was typed; the consent is given anew."""
    typed = typed_in(request.POST)
    try:
        return _form_page(request, scheduling.held(hold_id), BookingForm(initial=typed))
    except HoldExpiredError as error:
        return lost(request, error, typed)


def _confirm(request: HttpRequest, hold_id: UUID) -> HttpResponse:
    version = text_in(request.POST, "tell_version", limit=32)
    if version:
        conversion_services.choose(hold_id, agrees="tell" in request.POST, version=version)
    choice = known.chosen(request)
    if choice is not None:
        return _confirm_known(request, hold_id, choice)
    typed = BookingForm(request.POST)
    device = device_of(request)
    once = idempotency_of(request, route="site confirmation", caller=device, subject=str(hold_id))
    try:
        if not typed.is_valid():
            return _form_page(request, scheduling.held(hold_id), typed, status=InvalidInputError.status)
        try:
            return _answered(_proved(request, hold_id, typed.confirmation(), once))
        except (HoldNotFoundError, HoldExpiredError, SlotTakenError, _RejectedError):
            raise
        except _CodeAskedError as asked:
            return asked.page
        except DomainError as error:
            return _refused_form(request, hold_id, typed, error)
    except (HoldExpiredError, SlotTakenError, _RejectedError) as error:
        return lost(request, error, typed.typed())


def _proved(request: HttpRequest, hold_id: UUID, what: Confirmation, once: Idempotency) -> Confirmed:
    """Confirm; where a code is asked for, or what came is none, raise _CodeAskedError with its page."""
    try:
        return _send(hold_id, replace(what, phone_proof=proof.code_in(request)), once)
    except PhoneProofRequiredError:
        raise _CodeAskedError(proof.ask(request, hold_id)) from None
    except proof.FAULTS as error:
        raise _CodeAskedError(proof.again(request, hold_id, error)) from None
    except InvalidInputError as error:
        if "phone_proof" not in error.fields:
            raise
        raise _CodeAskedError(proof.again(request, hold_id, error)) from None


def _send(hold_id: UUID, confirmation: Confirmation, once: Idempotency) -> Confirmed:
    return after_its_twin(lambda: services.confirm(hold_id, confirmation=confirmation, idempotency=once))


def _confirm_known(request: HttpRequest, hold_id: UUID, choice: known.Choice) -> HttpResponse:
    """Confirm for somebody whom the device remembers: the same step, with nothing typed."""
    device = device_of(request)
    once = idempotency_of(request, route="site confirmation", caller=device, subject=str(hold_id))
    try:
        response = _answered(_proved(request, hold_id, choice.confirmation, once))
    except _CodeAskedError as asked:
        return asked.page
    except (HoldExpiredError, SlotTakenError, _RejectedError) as error:
        return lost(request, error, choice.typed)
    except HoldNotFoundError:
        raise
    except DomainError as error:
        notice = Notice(_BIRTH_DATE if isinstance(error, InvalidInputError) else error.message, error.code)
        filled = Chosen(choice.form, choice.id, is_consent_missing=isinstance(error, ConsentRequiredError))
        return _form_page(request, scheduling.held(hold_id), filled, notice=notice, status=error.status)
    known.turn_token(request, response)
    return response


def _refused_form(
    request: HttpRequest, hold_id: UUID, typed: BookingForm, error: DomainError
) -> HttpResponse:
    """Show the form again with the refusal beside its fields, or above them."""
    notice = None
    if isinstance(error, InvalidInputError) and error.fields:
        typed.blame(error.fields)
    elif isinstance(error, ConsentRequiredError):
        typed.blame({"consent": error.message})
    else:
        notice = Notice(error.message, error.code)
    return _form_page(request, scheduling.held(hold_id), typed, notice=notice, status=error.status)


def _answered(confirmed: Confirmed) -> HttpResponse:
    """Wait a little for the clinic's answer; a refusal that came in time keeps what was typed."""
    visit = services.wait_for_outcome(
        confirmed.appointment_id, timeout=settings.FELDSHER_BOOKING.confirm_wait_seconds
    )
    if visit.state is State.REJECTED:
        raise _RejectedError(visit)
    return private(SeeOther(link("visit-enter", visit.id, confirmed.token)))


@require_POST
@honest
def forget(request: HttpRequest) -> HttpResponse:
    """Forget somebody on this device, and return to the form or the visit that showed them."""
    known.forget(request)
    for name in ("booking", "visit"):
        back = uuid_in(request.POST, name)
        if back is not None:
            return private(SeeOther(link(name, back)))
    return private(SeeOther(link("home")))


@require_POST
@honest
def release(request: HttpRequest, hold_id: UUID) -> HttpResponse:  # noqa: ARG001 - a view
    """Let the held time go and return to the doctor's schedule; letting go twice is no error."""
    try:
        hold = scheduling.held(hold_id)
        services.release(hold_id)
    except (HoldNotFoundError, HoldExpiredError):
        return private(SeeOther(link("doctors")))
    response = private(SeeOther(doctor_url(hold.key)))
    remember_freed(response, hold.key)
    return response


def _form_page(
    request: HttpRequest,
    hold: Hold,
    filled: BookingForm | Chosen,
    *,
    notice: Notice | None = None,
    status: int = 200,
) -> HttpResponse:
    who = filled if isinstance(filled, Chosen) else Chosen(filled, _carried_choice(filled))
    typed = who.form
    people = known.people(request, hold, missing=who.id if who.is_consent_missing else None)
    is_known = any(person.id == who.id for person in people)
    if not is_known and not typed.is_bound and not typed.initial and people:
        who, is_known = replace(who, id=people[0].id), True
    context = hold_context(hold) | {
        "form": typed,
        "notice": notice,
        "people": people,
        "chosen": who.id if is_known else None,
        "who": typed["who"].value() or SELF,
        "choices": CHOICES,
        "tell": conversions.question(hold.id),
        "asks_email": settings.FELDSHER_BOOKING.letters,
        "asks_birth_date": bool(typed["birth_date"].value() or typed["birth_date"].errors)
        or "birth_date" in typed.data
        or scheduling.needs_birth_date(hold.key),
    }
    place = context["talon"].location
    return private(page(request, "booking.html", context, place=place, status=status))


def _carried_choice(typed: BookingForm) -> UUID | None:
    """Return the known person whose choice came with the tap on another time."""
    try:
        return UUID(str(typed.initial.get("known", "")))
    except ValueError:
        return None
