"""«Доступ для близкого»: to whom the patients of this phone lend access, lending it, and ending it."""

from collections.abc import Mapping
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.cabinet.gate import patient_page
from feldsher.channels.cabinet.pages import page
from feldsher.channels.cabinet.present import grant_words, labels
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.queries import text_in, uuid_in, whole
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients import services
from feldsher.domain.patients.errors import PatientNotFoundError
from feldsher.domain.patients.types import Behind, TypedGrant
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.foundation.access.errors import CodeNotFreshError
from feldsher.foundation.access.phone_sessions import has_fresh_code
from feldsher.foundation.access.types import PhoneHolder
from feldsher.kernel.errors import InvalidInputError

TERMS = ((30, "30\u00a0дней"), (180, "полгода"), (365, "год"))
_NAME, _PHONE = 60, 32
_WHOSE = "Выберите, чьи записи увидит близкий."


@patient_page(methods=("GET", "HEAD", "POST"))
def show(request: HttpRequest, holder: PhoneHolder) -> HttpResponse:
    """Show whom the patients of this phone lend access; a POST lends it to one more."""
    people = _themselves(holder)
    if request.method != "POST":
        return _page(request, holder, people)
    typed = TypedGrant(
        name=text_in(request.POST, "name", limit=_NAME * 2),
        phone=text_in(request.POST, "phone", limit=_PHONE * 2),
        term=whole(text_in(request.POST, "term")) or 0,
        may_change=bool(request.POST.get("may_change")),
    )
    asked = uuid_in(request.POST, "patient")
    if asked is None and len(people) > 1:
        return _page(request, holder, people, typed=typed, faults={"patient": _WHOSE})
    who = next((each for each in people if asked in (None, each.patient_id)), None)
    if who is None:
        raise PatientNotFoundError("nobody of this phone")
    try:
        services.lend_access(who, typed=typed, holder=holder)
    except InvalidInputError as error:
        return _page(request, holder, people, typed=typed, faults=error.fields)
    except CodeNotFreshError as error:
        return _page(request, holder, people, status=error.status)
    return SeeOther(reverse("cabinet:family"))


@patient_page(methods=("POST",))
def end(request: HttpRequest, holder: PhoneHolder, grant_id: UUID) -> HttpResponse:  # noqa: ARG001 - a view
    """End access at once: by who lent it, or by who has it."""
    people = scheduling.behind(holder)
    services.end_access(grant_id, people=people, holder=holder)
    is_lent_here = any(who.grant_id == grant_id for who in people)
    return SeeOther(reverse("cabinet:cabinet" if is_lent_here else "cabinet:family"))


def _themselves(holder: PhoneHolder) -> tuple[Behind, ...]:
    return tuple(who for who in scheduling.represented(holder) if who.guardian_id is None)


def _page(
    request: HttpRequest,
    holder: PhoneHolder,
    people: tuple[Behind, ...],
    *,
    typed: TypedGrant | None = None,
    faults: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    session = holder.session_id
    names = labels([patients.own_person(who, purpose="own_grants", session=session) for who in people])
    context = {
        "people": [
            (
                who.patient_id,
                names[who.patient_id],
                [grant_words(card) for card in patients.grants(who, session=session)],
            )
            for who in people
        ],
        "is_fresh": has_fresh_code(holder),
        "terms": TERMS,
        "typed": typed or TypedGrant("", "", TERMS[0][0]),
        "faults": faults or {},
        "chosen": request.POST.get("patient", ""),
    }
    return page(request, "family.html", context, status=422 if faults else status)
