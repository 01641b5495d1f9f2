"""«Согласия»: what each patient of this phone agreed to, and taking it back after a question."""

from functools import cache
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.cabinet.gate import patient_page
from feldsher.channels.cabinet.pages import page
from feldsher.channels.cabinet.present import ConsentLine, clinic_zone, labels, moment_words
from feldsher.channels.frontend.answers import SeeOther
from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients import selectors as patients
from feldsher.domain.patients.errors import ConsentNotFoundError
from feldsher.domain.patients.types import Behind, Purpose
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.domain.scheduling import services
from feldsher.domain.scheduling.types import OwnConsent
from feldsher.foundation.access.types import PhoneHolder

_PURPOSES = {
    Purpose.BOOKING: "Запись на\u00a0приём",
    Purpose.REVIEW: "Публикация отзыва",
    Purpose.POLICY: "Обработка персональных данных",
    Purpose.COMPANY: "Заявка компании",
    Purpose.CATALOGUE: "Сообщение каталогу о\u00a0записи",
}


@patient_page()
def show(request: HttpRequest, holder: PhoneHolder) -> HttpResponse:
    people = scheduling.represented(holder)
    names = _names(people, holder)
    found = [(names[who.patient_id], _lines(scheduling.own_consents(who, holder=holder))) for who in people]
    return page(request, "consents.html", {"people": found})


@patient_page(methods=("GET", "HEAD", "POST"))
def withdraw(request: HttpRequest, holder: PhoneHolder, consent_id: UUID) -> HttpResponse:
    """Say what withdrawing means, then do it by POST; what is withdrawn already leads to the list."""
    back = SeeOther(reverse("cabinet:consents"))
    if request.method == "POST":
        services.withdraw_consent(consent_id, holder=holder)
        return back
    for who in scheduling.represented(holder):
        for line in _lines(scheduling.own_consents(who, holder=holder)):
            if line.id == consent_id:
                return back if line.withdrawn else page(request, "withdraw.html", {"consent": line})
    raise ConsentNotFoundError("no such consent, or another's")


def _names(people: tuple[Behind, ...], holder: PhoneHolder) -> dict[UUID, str]:
    session = holder.session_id
    return labels([patients.own_person(who, purpose="own_consents", session=session) for who in people])


def _lines(found: tuple[OwnConsent, ...]) -> list[ConsentLine]:
    zone, location = clinic_zone(), cache(directory.location)
    lines = []
    for each in found:
        consent, place = each.consent, location(each.location_id) if each.location_id else None
        operator = place.organization_name if place else ""
        withdrawn = consent.withdrawn_at
        lines.append(
            ConsentLine(
                id=consent.id,
                purpose=_PURPOSES[consent.purpose],
                is_review=consent.purpose is Purpose.REVIEW,
                is_of_catalogue=consent.purpose is Purpose.CATALOGUE,
                operator=operator,
                version=consent.version,
                given=moment_words(consent.given_at, zone=place.zone if place and place.zone else zone),
                withdrawn=moment_words(withdrawn, zone=zone) if withdrawn else "",
                is_by_other=consent.is_by_other,
                text=consent.for_operator(operator or "клинике"),
            )
        )
    return lines
