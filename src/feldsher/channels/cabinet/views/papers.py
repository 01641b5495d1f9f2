"""«Результаты и документы»: what modules bring of each patient of this phone, and where to get the rest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse

from feldsher.channels.cabinet.gate import patient_page
from feldsher.channels.cabinet.pages import page
from feldsher.channels.cabinet.present import clinic_zone, labels
from feldsher.domain.patients import selectors as patients
from feldsher.domain.records import selectors as records
from feldsher.domain.records.types import Paper, PaperKind
from feldsher.domain.scheduling import selectors as scheduling
from feldsher.foundation.access.types import PhoneHolder
from feldsher.kernel import clock, formats

_NOT_HERE = "Сюда они пока не\u00a0приходят."
_PLACES: Mapping[PaperKind, tuple[str, str]] = {
    PaperKind.RESULT: (
        "Результаты анализов и\u00a0исследований",
        f"{_NOT_HERE} Получите их в\u00a0филиале, где вы\u00a0сдавали анализ или проходили исследование.",
    ),
    PaperKind.DOCUMENT: (
        "Медицинские документы",
        f"{_NOT_HERE} Заключение отдаёт врач, выписки и\u00a0копии клиника выдаёт по\u00a0заявлению.",
    ),
    PaperKind.PRESCRIPTION: (
        "Рецепты",
        f"{_NOT_HERE} Рецепт выписывает врач на\u00a0приёме.",
    ),
}
"""The title of each place, and what stands there while no module brings such papers."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place of the page: `otherwise` where nothing is brought, else each patient's titles and days."""

    kind: str
    title: str
    otherwise: str
    people: Sequence[tuple[str, Sequence[tuple[str, str]]]]


@patient_page()
def show(request: HttpRequest, holder: PhoneHolder) -> HttpResponse:
    brought = records.brought_papers()
    own = _own(holder) if brought else []
    places = [
        Place(
            kind,
            title,
            "" if kind in brought else otherwise,
            [(label, _lines(papers[kind])) for label, papers in own] if kind in brought else [],
        )
        for kind, (title, otherwise) in _PLACES.items()
    ]
    return page(request, "papers.html", {"places": places})


def _own(holder: PhoneHolder) -> list[tuple[str, Mapping[PaperKind, tuple[Paper, ...]]]]:
    """Return the papers of each patient by their name; opened, and journalled, only where any are brought."""
    people, session = scheduling.represented(holder), holder.session_id
    names = labels([patients.own_person(who, purpose="own_papers", session=session) for who in people])
    return [(names[who.patient_id], records.own_papers(who, session=session)) for who in people]


def _lines(papers: Sequence[Paper]) -> list[tuple[str, str]]:
    zone = clinic_zone()
    today = formats.local_day(clock.now(), zone)
    return [
        (paper.title, formats.day_month(formats.local_day(paper.issued_at, zone), today=today))
        for paper in papers
    ]
