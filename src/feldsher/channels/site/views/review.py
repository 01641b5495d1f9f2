"""A review of a visit, behind a link of one use: a form, then what became of it, and taking it back.

The secret leaves the address for a cookie of this one review at once. A GET never acts. The page names the
doctor to who has the secret, and neither the patient nor the service.
"""

from collections.abc import Mapping
from http import HTTPStatus
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from feldsher.channels.frontend.answers import SeeOther, private
from feldsher.channels.frontend.queries import text_in
from feldsher.channels.site.pages import page
from feldsher.channels.site.present import link
from feldsher.channels.site.secret_page import SecretPage, bounded
from feldsher.channels.site.views.errors import honest
from feldsher.domain.directory import selectors as directory
from feldsher.domain.patients.selectors import current_consent_text
from feldsher.domain.patients.types import Purpose
from feldsher.domain.reviews import selectors, services
from feldsher.domain.reviews.types import Invitation, TypedReview
from feldsher.kernel.errors import InvalidInputError

PAGE = SecretPage("site:review", cookie="review", days=90)
_MAX_TEXT = 4000
"""More than a review may have: what is too long comes back whole, with its sentence."""
STARS = (
    ("5", "5, отлично"),
    ("4", "4, хорошо"),
    ("3", "3, нормально"),
    ("2", "2, плохо"),
    ("1", "1, очень плохо"),
)


@require_safe
@honest
def enter(request: HttpRequest, visit_id: UUID, token: str) -> HttpResponse:  # noqa: ARG001 - a view
    """Move the secret from the address to a cookie. A wrong one changes nothing."""
    selectors.invitation(visit_id, token=bounded(token))
    return PAGE.entered(visit_id, token)


@require_http_methods(["GET", "HEAD", "POST"])
@honest
def show(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Show the form, or what became of the review; a POST leaves one."""
    token = PAGE.secret_of(request)
    found = selectors.invitation(visit_id, token=token)
    if request.method != "POST":
        return _page(request, found)
    typed = TypedReview(
        stars=text_in(request.POST, "stars", limit=1),
        text=(request.POST.get("text") or "")[:_MAX_TEXT],
        name=text_in(request.POST, "name"),
        consent=text_in(request.POST, "version", limit=32) if request.POST.get("consent") else "",
    )
    try:
        services.leave_review(visit_id, token=token, typed=typed)
    except InvalidInputError as error:
        return _page(request, found, typed=typed, faults=error.fields)
    return private(SeeOther(reverse("site:review", args=[visit_id])))


@require_http_methods(["GET", "HEAD", "POST"])
@honest
def withdraw(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Ask once more, then take the review down for good by POST."""
    token = PAGE.secret_of(request)
    found = selectors.invitation(visit_id, token=token)
    if found.review is None:
        return private(SeeOther(reverse("site:review", args=[visit_id])))
    if request.method == "POST":
        services.take_back(visit_id, token=token)
        return private(page(request, "review_gone.html", {}))
    return private(page(request, "review_withdraw.html", {"invitation": found}))


def _page(
    request: HttpRequest,
    found: Invitation,
    *,
    typed: TypedReview | None = None,
    faults: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Render the form, or what became of the review."""
    doctor = directory.practitioner(found.practitioner_id)
    locations = directory.locations()
    place = next((each for each in locations if each.id == found.location_id), None)
    context: dict[str, object] = {"invitation": found, "doctor": doctor, "place": place}
    if found.review is not None:
        context["doctor_url"] = link("doctor", doctor.id) if doctor.is_open else ""
        return private(page(request, "review_left.html", context, locations=locations, place=place))
    context |= {
        "typed": typed,
        "faults": faults or {},
        "stars": STARS,
        "version": current_consent_text(Purpose.REVIEW).version,
    }
    status = InvalidInputError.status if faults else HTTPStatus.OK
    return private(page(request, "review.html", context, locations=locations, place=place, status=status))
