"""«Отзывы»: publish as it is or refuse with a reason, answer, and ratings of other sites from a table."""

from collections.abc import Callable, Mapping
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import page
from feldsher.channels.desk.scopes import colleagues
from feldsher.channels.desk.zones import told
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.queries import text_in, whole
from feldsher.domain.directory import selectors as directory
from feldsher.domain.reviews import selectors, services
from feldsher.domain.reviews.errors import RatingsRefusedError
from feldsher.domain.reviews.types import (
    RATING_COLUMNS,
    ModeratedReview,
    OutsideRating,
    RefusalReason,
    RefusalShare,
    ReviewState,
)
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel.errors import InvalidInputError

_TABS = {
    ReviewState.WAITING: "Ждут",
    ReviewState.PUBLISHED: "На\u00a0сайте",
    ReviewState.REFUSED: "Отказы",
}
_STATES = {
    ReviewState.WAITING: "Ждёт решения",
    ReviewState.PUBLISHED: "На\u00a0сайте",
    ReviewState.REFUSED: "Отказано",
    ReviewState.WITHDRAWN: "Снят автором, текст и\u00a0имя стёрты",
    ReviewState.FORGOTTEN: "Решения не\u00a0было 90\u00a0дней, текст и\u00a0имя стёрты",
}
_PAGES = 10_000
_LONGEST = 4000
_SAMPLE = "Яндекс; ; Филиал на\u00a0Условной; 4,8; 120; 01.11.2026; https://yandex.ru/maps/org/1"
_GONE = "Текст стёрт по\u00a0сроку"
_GLANCE = 80
"""Characters of a text in the list."""


@staff_page(Action.MODERATE_REVIEWS)
def show(request: HttpRequest, staff: Staff) -> HttpResponse:
    """List the reviews of one state, and how many were refused."""
    asked = request.GET.get("show", "")
    state = ReviewState(asked) if asked in set(_TABS) else ReviewState.WAITING
    number = min(whole(request.GET.get("page")) or 1, _PAGES)
    found, total = selectors.reviews_of_desk(staff, state, page=number)
    doctors = directory.practitioner_cards({each.practitioner_id for each in found})
    address = reverse("desk:feedback")
    context = {
        "tabs": [(title, f"{address}?show={each}", each is state) for each, title in _TABS.items()],
        "asking": selectors.asking(),
        "share": _share(selectors.refusal_share(staff)),
        "rows": [
            (each, _glance(each.text) or _GONE, doctors.get(each.practitioner_id), told(each.left_at))
            for each in found
        ],
        "state": state.value,
        "number": number,
        "last": max(1, -(-total // selectors.LINES)),
    }
    return page(request, staff, "feedback.html", context)


def _glance(text: str) -> str:
    """Return the beginning of a text on one line."""
    line = " ".join(text.split())
    return line if len(line) <= _GLANCE else f"{line[:_GLANCE].rstrip()}…"


def _share(share: RefusalShare) -> str:
    return (
        f"Отказано {share.refused} из\u00a0{share.decided}, из\u00a0критических (1–3 звезды) "
        f"{share.critical_refused} из\u00a0{share.critical_decided}"
    )


@staff_page(Action.MODERATE_REVIEWS)
def one(request: HttpRequest, staff: Staff, review_id: UUID) -> HttpResponse:
    return _one(request, staff, review_id)


@staff_page(Action.MODERATE_REVIEWS, methods=("POST",))
def publish(request: HttpRequest, staff: Staff, review_id: UUID) -> HttpResponse:
    return _done(request, staff, review_id, lambda: services.publish(review_id, staff=staff))


@staff_page(Action.MODERATE_REVIEWS, methods=("POST",))
def refuse(request: HttpRequest, staff: Staff, review_id: UUID) -> HttpResponse:
    reason = text_in(request.POST, "reason", limit=32)
    return _done(request, staff, review_id, lambda: services.refuse(review_id, reason=reason, staff=staff))


@staff_page(Action.MODERATE_REVIEWS, methods=("POST",))
def answer(request: HttpRequest, staff: Staff, review_id: UUID) -> HttpResponse:
    text = (request.POST.get("answer") or "")[:_LONGEST]
    return _done(request, staff, review_id, lambda: services.answer(review_id, text=text, staff=staff))


def _done(request: HttpRequest, staff: Staff, review_id: UUID, act: Callable[[], None]) -> HttpResponse:
    try:
        act()
    except InvalidInputError as error:
        return _one(request, staff, review_id, faults=error.fields, typed=request.POST)
    return SeeOther(reverse("desk:feedback-one", args=[review_id]))


def _one(
    request: HttpRequest,
    staff: Staff,
    review_id: UUID,
    *,
    faults: Mapping[str, str] | None = None,
    typed: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Show a review and what may be done with it; what was typed stays with what is wrong in it."""
    card = selectors.moderated(staff, review_id)
    context = {
        "card": card,
        "title": _STATES[card.state],
        "facts": _facts(card),
        "reasons": [("", "Выберите"), *((each.value, each.russian) for each in RefusalReason)],
        "reason": card.reason or "",
        "answer": (typed or {}).get("answer", card.answer),
        "faults": faults or {},
    }
    return page(request, staff, "feedback_one.html", context, status=422 if faults else 200)


def _facts(card: ModeratedReview) -> list[tuple[str, str]]:
    """Return what is known of a review, of which neither visit nor patient is."""
    doctors = directory.practitioner_cards({card.practitioner_id})
    branches = {each.id: each.name for each in directory.locations()}
    people = colleagues()
    found = [
        ("Врач", doctors[card.practitioner_id].name if card.practitioner_id in doctors else ""),
        ("Филиал", branches.get(card.location_id, "")),
        ("Имя для\u00a0показа", card.name or "Пациент"),
        ("Оставлен", told(card.left_at)),
    ]
    if card.decided_at is not None:
        found.append(("Решение", f"{people.get(card.decided_by, card.decided_by)}, {told(card.decided_at)}"))
    if card.reason is not None:
        found.append(("Причина отказа", card.reason.russian))
    return [(name, value) for name, value in found if value]


@staff_page(Action.MODERATE_REVIEWS, methods=("GET", "HEAD", "POST"))
def ratings(request: HttpRequest, staff: Staff) -> HttpResponse:
    """Show what other sites tell; a POST loads a table, all of it or nothing."""
    faults: tuple[str, ...] = ()
    if request.method == "POST":
        sent = request.FILES.get("table")
        try:
            services.load_ratings(sent.read() if isinstance(sent, UploadedFile) else b"", staff=staff)
            return SeeOther(reverse("desk:ratings"))
        except RatingsRefusedError as error:
            faults = error.faults
    found = selectors.ratings_of_desk(staff)
    doctors = directory.practitioner_cards({each.practitioner_id for each in found if each.practitioner_id})
    names: dict[UUID | None, str] = {each.id: each.name for each in directory.locations()}
    names |= {pk: card.name for pk, card in doctors.items()}
    context = {
        "rows": [(each, names.get(_target(each), "Закрыт")) for each in found],
        "faults": faults,
        "columns": "; ".join(RATING_COLUMNS),
        "sample": _SAMPLE,
    }
    return page(request, staff, "ratings.html", context, status=422 if faults else 200)


def _target(rating: OutsideRating) -> UUID | None:
    """Return the doctor or the branch that it is of."""
    return rating.practitioner_id or rating.location_id


@staff_page(Action.MODERATE_REVIEWS, methods=("POST",))
def remove(_request: HttpRequest, staff: Staff, rating_id: UUID) -> HttpResponse:
    services.remove_rating(rating_id, staff=staff)
    return SeeOther(reverse("desk:ratings"))
