"""«Отзывы»: publish as it is or refuse with a reason, answer, and ratings of other sites from a table."""

from collections.abc import Callable, Mapping
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from feldsher.channels.desk.gate import staff_page
from feldsher.channels.desk.pages import Cell, page
from feldsher.channels.frontend.answers import SeeOther
from feldsher.channels.frontend.queries import text_in, whole
from feldsher.domain.directory import selectors as directory
from feldsher.domain.reviews import selectors, services
from feldsher.domain.reviews.errors import RatingsRefusedError
from feldsher.domain.reviews.types import OutsideRating, RefusalReason, RefusalShare, ReviewState
from feldsher.foundation.access.policies import Action
from feldsher.foundation.access.types import Staff
from feldsher.kernel import formats
from feldsher.kernel.errors import InvalidInputError

_TABS = {
    ReviewState.WAITING: "Ждут",
    ReviewState.PUBLISHED: "На\u00a0сайте",
    ReviewState.REFUSED: "Отказы",
}
_LINES = 20
_PAGES = 10_000
_LONGEST = 4000


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
        "share": _share(selectors.refusal_share(staff)),
        "head": ("Отзыв", "Оценка", "Врач", "Когда"),
        "rows": [
            (
                Cell(f"{each.text[:80]}…", reverse("desk:feedback-one", args=[each.id])),
                str(each.stars),
                doctors[each.practitioner_id].name if each.practitioner_id in doctors else "",
                formats.day_year(formats.local_day(each.left_at, formats.MOSCOW)),
            )
            for each in found
        ],
        "state": state.value,
        "number": number,
        "last": max(1, -(-total // _LINES)),
    }
    return page(request, staff, "feedback.html", context)


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
        return _one(request, staff, review_id, faults=error.fields)
    return SeeOther(reverse("desk:feedback-one", args=[review_id]))


def _one(
    request: HttpRequest, staff: Staff, review_id: UUID, *, faults: Mapping[str, str] | None = None
) -> HttpResponse:
    card = selectors.moderated(staff, review_id)
    doctors = directory.practitioner_cards({card.practitioner_id})
    context = {
        "card": card,
        "doctor": doctors[card.practitioner_id].name if card.practitioner_id in doctors else "",
        "title": _TABS.get(card.state, "Снят автором"),
        "reasons": [("", "Выберите"), *((each.value, each.russian) for each in RefusalReason)],
        "faults": faults or {},
    }
    return page(request, staff, "feedback_one.html", context, status=422 if faults else 200)


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
    }
    return page(request, staff, "ratings.html", context, status=422 if faults else 200)


def _target(rating: OutsideRating) -> UUID | None:
    """Return the doctor or the branch that it is of."""
    return rating.practitioner_id or rating.location_id


@staff_page(Action.MODERATE_REVIEWS, methods=("POST",))
def remove(_request: HttpRequest, staff: Staff, rating_id: UUID) -> HttpResponse:
    services.remove_rating(rating_id, staff=staff)
    return SeeOther(reverse("desk:ratings"))
